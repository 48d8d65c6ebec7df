"""One file on its way to stems on disk.

    separate ─► spool (raw segments, beside the results) ─► crossfade, encode ─► rename into place

Formats without loss are encoded while it is separated, and once more out of the spool if the stems
turn out to need a gain; encoding the others takes longer than separating, and waits for the gain.
Everything before the last step lies in a work folder. What fails leaves nothing behind; what is
stopped leaves its spool, and the same work goes on from there.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partita.core.cores import usable_cores
from partita.core.digest import digest
from partita.core.errors import OutputError, PartitaWarning
from partita.core.names import printable
from partita.core.separator import Session
from partita.io.audio import open_audio
from partita.io.stem_mp4 import StemMp4Writer
from partita.io.tags import Tags, read_tags
from partita.jobs.disk_space import check_disk_space
from partita.jobs.encode import ClipWatch, Layout, Rows, StemFiles, encode
from partita.jobs.key import work_key
from partita.jobs.manifest import manifest, read_manifest, write_manifest
from partita.jobs.request import Request
from partita.jobs.selection import Selection
from partita.jobs.spool import INDEX, Spool
from partita.jobs.streaming import Progress, report, segment_and_overlap, stream
from partita.jobs.unchanging import CheckedSpool, Unchanging
from partita.jobs.work_folder import WorkFolder
from partita.signal.overlap import crossfade

SEPARATING = 0.5
"""Of the whole work, where encoding comes afterwards: about, on two cores."""


@dataclass(frozen=True)
class Written:
    """What came of one file: its stems, their length, the gain that all of them got.

    `kept` tells that all this was there before.
    """

    stems: dict[str, Path]
    duration_s: float
    gain_db: float
    kept: bool = False


def separate_file(
    path: Path,
    track: str,
    request: Request,
    session: Session,
    *,
    progress: Progress | None = None,
    warned: Callable[[], Sequence[str]] = tuple,
) -> Written:
    """Separate one file and write its stems and manifest, all or none.

    Parameters
    ----------
    track : what the file is called in the results, and in the names of hint files.
    warned : gives the warnings so far, for the manifest.

    Raises
    ------
    InputError, HintError, OutputError, Cancelled : see their texts.
    """
    request = request.of(track)
    selection = request.check()
    file = Unchanging(open_audio(path))
    work = _Work(file, track, request, selection)
    work.refuse_to_replace_its_input()
    if request.resume and (written := work.already_there()):
        return written
    with WorkFolder(request, track, waiting=lambda: report(progress, 0.0)) as folder:
        if folder.waited and request.resume and (written := work.already_there()):
            return written
        if not request.resume:
            (folder.path / INDEX).unlink(missing_ok=True)
        with Spool(folder.path, work.key, one=work.is_short) as spool:
            check_disk_space(file.audio, request, selection, spooled=spool.size, folder=folder.path)
            files, gain, length = work.make(spool, folder.path, session, progress)
        written = Written(work.stems, length / file.audio.rate, round(20 * math.log10(gain), 3))
        work.put_in_place(folder.path, files, work.manifest(written, length, tuple(warned())))
    if folder.waited:
        warnings.warn(
            f"{printable(path)}: another run was working on it; this one waited for it to end",
            PartitaWarning,
            stacklevel=2,
        )
    return written


class _TooLoudError(Exception):
    """What was encoded so far needs a gain."""


def _part(progress: Progress | None, start: float, end: float) -> Progress | None:
    """Progress of what is a part of the whole, from `start` to `end`."""
    return progress and (lambda fraction: progress(start + (end - start) * fraction))


def _told(blocks: Iterable[Rows], length: int, progress: Progress | None) -> Iterator[Rows]:
    """The blocks; how many of `length` samples there were is told."""
    done = 0
    for rows in blocks:
        yield rows
        done += rows.shape[-1]
        report(progress, done / length)


class _Work:
    """One recording, and what is to be made of it."""

    def __init__(
        self, file: Unchanging, track: str, request: Request, selection: Selection
    ) -> None:
        self.file = file
        self.request = request
        self.selection = selection
        self.key = work_key(request, selection, track=track, input_sha256=file.sha256)
        self.stems = {name: request.stem_path(track, name) for name in selection.outputs}
        self.layout = Layout(selection, request.encoding_for(file.audio), request.one_file)
        self._manifest_path = request.manifest_path(track)

    def refuse_to_replace_its_input(self) -> None:
        """Stems may lie anywhere but where the recording itself lies."""
        for place in self.stems.values():
            if place.exists() and place.samefile(self.file.audio.path):
                raise OutputError(
                    f"{printable(place)} is the recording itself, a stem would replace it: "
                    "choose another output folder or --filename"
                )

    @property
    def is_short(self) -> bool:
        """Whether one segment is expected to hold all of it."""
        audio = self.file.audio
        segment, _ = segment_and_overlap(self.request.engine, audio.rate)
        return bool(segment and audio.declared_length and audio.declared_length <= segment)

    def already_there(self) -> Written | None:
        """The results, if they lie there complete."""
        content = read_manifest(self._manifest_path)
        if content is None or content.get("key") != self.key:
            return None
        if not all(path.is_file() for path in self.stems.values()):
            return None
        duration_s = content["input"]["length"] / content["input"]["rate"]
        return Written(self.stems, duration_s, content["output"]["gain_db"], kept=True)

    def make(
        self, spool: Spool, folder: Path, session: Session, progress: Progress | None
    ) -> tuple[dict[Path, Path], float, int]:
        """Separate into the spool and write the results into the folder.

        Returns
        -------
        Each file in the folder -> where it belongs; the gain that all stems got; their length.

        Raises
        ------
        OutputError : naming the folder of the results, where they cannot be written.
        """
        audio, request = self.file.audio, self.request
        watch = ClipWatch(self.layout)
        declared = audio.declared_length if self.layout.encoding else None
        share = SEPARATING if declared is None else 1.0
        files: dict[Path, Path] = {}
        with closing(self._separated(spool, session, _part(progress, 0.0, share))) as separated:
            blocks = watch.watched(separated)
            if declared is not None:
                with suppress(_TooLoudError):
                    files = self._encode(self._fitting(blocks, watch), folder, 1.0, declared)
            for _ in blocks:
                pass
        gain = watch.gain if self._rescales else 1.0
        if gain != 1 or watch.length != declared:
            _, overlap = segment_and_overlap(request.engine, audio.rate, request.overlap)
            joined = crossfade(spool, overlap=overlap)
            told = _told(joined, watch.length, _part(progress, share, 1.0))
            files = self._encode(told, folder, gain, watch.length)
        if watch.clips and not self._rescales:
            warnings.warn(
                f"{printable(audio.path)}: stems go beyond full scale and are clipped there; "
                "in those places they do not add up",
                PartitaWarning,
                stacklevel=2,
            )
        return files, gain, watch.length

    @property
    def _rescales(self) -> bool:
        return self.request.clip == "rescale"

    def _fitting(self, blocks: Iterable[Rows], watch: ClipWatch) -> Iterator[Rows]:
        """The blocks, as long as they need no gain."""
        for rows in blocks:
            if watch.clips and self._rescales:
                raise _TooLoudError
            yield rows

    def _separated(
        self, spool: Spool, session: Session, progress: Progress | None
    ) -> Generator[Rows]:
        """Recording and computed stems, block by block, which go into the spool on their way."""
        request = self.request
        return stream(
            request.engine,
            session,
            self.file.audio,
            request.hints,
            stems=self.selection.computed,
            progress=progress,
            overlap=request.overlap,
            shifts=request.shifts,
            spool=CheckedSpool(spool, self.file),
        )

    def _encode(
        self, blocks: Iterable[Rows], folder: Path, gain: float, length: int
    ) -> dict[Path, Path]:
        """Write blocks into the folder; each file there -> where it belongs."""
        request = self.request
        tags = read_tags(self.file.audio.path)
        self.file.check()
        if request.one_file:
            paths = dict.fromkeys(self.stems, folder / "stems")
        else:
            paths = {name: folder / f"{number}" for number, name in enumerate(self.stems)}
        try:
            with self._sink(paths, tags, length) as sink:
                encode(blocks, sink, layout=self.layout, gain=gain)
        except OutputError as error:
            cause = error.__cause__
            reason = (cause.strerror or cause) if isinstance(cause, OSError) else error
            where = printable(self._manifest_path.parent)
            raise OutputError(f"cannot write to {where}: {reason}") from error
        return {path: self.stems[name] for name, path in paths.items()}

    def _sink(
        self, paths: Mapping[str, Path], tags: Tags, length: int
    ) -> StemFiles | StemMp4Writer:
        audio, encoding = self.file.audio, self.layout.encoding
        rate, channels = audio.rate, audio.channels
        threads = self.request.threads or usable_cores()
        if self.request.one_file:
            return StemMp4Writer(
                next(iter(paths.values())),
                rate=rate,
                channels=channels,
                names=tuple(paths),
                encoding=encoding,
                tags=tags,
                threads=threads,
            )
        return StemFiles(
            paths,
            rate=rate,
            channels=channels,
            encoding=encoding,
            format=self.request.file_format,
            length=length,
            tags=tags,
            threads=threads,
        )

    def manifest(self, written: Written, length: int, warnings: tuple[str, ...]) -> dict[str, Any]:
        """What was done."""
        audio, request = self.file.audio, self.request
        places = {n: p.relative_to(request.root).as_posix() for n, p in self.stems.items()}
        return manifest(
            request.engine,
            audio,
            key=self.key,
            input_sha256=self.file.sha256,
            length=length,
            hints=self._hint_rows(),
            streaming={
                "segment_s": request.engine.segment_s,
                "overlap": request.engine.overlap if request.overlap is None else request.overlap,
                "shifts": max(request.shifts, 1),
            },
            output={
                "format": request.format,
                "encoding": self.layout.encoding,
                "rate": request.file_format.rate_for(audio.rate),
                "channels": audio.channels,
                "stems": {name: printable(place) for name, place in places.items()},
                "adds_up": self.selection.adds_up,
                "gain_db": written.gain_db,
            },
            warnings=warnings,
        )

    def _hint_rows(self) -> list[dict[str, Any]]:
        """What the hints were: their files, or the checksum of what came without a file."""
        hints, sources = self.request.hints, self.request.hint_sources
        from_files = {source.hint for source in sources}
        others = [
            {"hint": n, "name": None, "sha256": digest(getattr(hints, n))}
            for n in hints.given
            if n not in from_files
        ]
        return [*(source.row() for source in sources), *others]

    def put_in_place(self, folder: Path, files: dict[Path, Path], content: dict[str, Any]) -> None:
        """Move results and manifest to where they belong, the manifest last.

        An old manifest goes first: at no time does one lie beside stems that it does not describe.
        """
        target = self._manifest_path
        try:
            write_manifest(folder / "manifest.json", content)
            for path in (*files, folder / "manifest.json"):
                _sync(path)
            target.unlink(missing_ok=True)
            for path, place in (files | {folder / "manifest.json": target}).items():
                place.parent.mkdir(parents=True, exist_ok=True)
                os.replace(path, place)
        except OSError as error:
            where = printable(target.parent)
            raise OutputError(f"cannot write to {where}: {error.strerror}") from error


def _sync(path: Path) -> None:
    """Have a file's content on the disk before anything says that it is complete."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
