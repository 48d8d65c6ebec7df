"""One file on its way to stems on disk.

    separate ─► spool (raw segments, beside the results) ─► crossfade, encode ─► rename into place

Everything before the last step lies in a work folder. What fails leaves nothing behind; what is
stopped leaves its spool, and the same work goes on from there.
"""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partita.core.errors import InputError, OutputError, PartitaWarning
from partita.core.names import printable
from partita.core.separator import Session
from partita.io.audio import AudioFile, open_audio
from partita.jobs.disk_space import check_disk_space
from partita.jobs.encode import ClipWatch, encode
from partita.jobs.key import sha256_of, work_key
from partita.jobs.manifest import manifest, read_manifest, write_manifest
from partita.jobs.request import Request
from partita.jobs.selection import Selection
from partita.jobs.spool import INDEX, Rows, Spool
from partita.jobs.streaming import Progress, report, segment_and_overlap, stream
from partita.jobs.work_folder import WorkFolder
from partita.signal.overlap import crossfade


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
    selection: Selection,
    session: Session,
    *,
    progress: Progress | None = None,
    warned: Callable[[], Sequence[str]] = tuple,
) -> Written:
    """Separate one file and write its stems and manifest, all or none.

    Parameters
    ----------
    track : what the file is called in the results.
    warned : gives the warnings so far, for the manifest.

    Raises
    ------
    InputError, OutputError, Cancelled : see their texts.
    """
    file = _Unchanging(open_audio(path))
    work = _Work(file, track, request, selection)
    if request.resume and (written := work.already_there()):
        return written
    with WorkFolder(request, track, waiting=lambda: report(progress, 0.0)) as folder:
        if folder.waited and request.resume and (written := work.already_there()):
            return written
        if not request.resume:
            (folder.path / INDEX).unlink(missing_ok=True)
        with Spool(folder.path, work.key) as spool:
            check_disk_space(file.audio, request, selection, spooled=spool.size, folder=folder.path)
            gain, length = work.fill(spool, session, progress)
            partial = work.encode(spool, folder.path, gain, length)
        written = Written(work.stems, length / file.audio.rate, round(20 * math.log10(gain), 3))
        work.put_in_place(folder.path, partial, work.manifest(written, length, tuple(warned())))
    if folder.waited:
        warnings.warn(
            f"{printable(path)}: another run was working on it; this one waited for it to end",
            PartitaWarning,
            stacklevel=2,
        )
    return written


class _Unchanging:
    """A file that must stay as it is while it is worked on, and its checksum."""

    def __init__(self, audio: AudioFile) -> None:
        self.audio = audio
        self._before = self._state()
        self.sha256 = sha256_of(audio.path)
        self.check()

    def check(self) -> None:
        """Refuse what was read if the file is another by now.

        Raises
        ------
        InputError : it changed, grew, or is gone.
        """
        if self._state() != self._before:
            raise InputError(
                f"{printable(self.audio.path)} changed while it was read: "
                "run again when it is complete"
            )

    def _state(self) -> tuple[int, ...] | None:
        try:
            state = self.audio.path.stat()
        except FileNotFoundError:
            return None
        return state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns


@dataclass
class _CheckedSpool:
    """A spool that takes no segment of a file that changed."""

    spool: Spool
    file: _Unchanging

    def __len__(self) -> int:
        return len(self.spool)

    def read(self, number: int) -> Rows:
        return self.spool.read(number)

    def append(self, rows: Rows) -> None:
        self.file.check()
        self.spool.append(rows)


class _Work:
    """One recording, and what is to be made of it."""

    def __init__(
        self, file: _Unchanging, track: str, request: Request, selection: Selection
    ) -> None:
        self.file = file
        self.request = request
        self.selection = selection
        self.key = work_key(request, selection, track=track, input_sha256=file.sha256)
        self.stems = {name: request.stem_path(track, name) for name in selection.outputs}
        self._manifest_path = request.manifest_path(track)

    def already_there(self) -> Written | None:
        """The results, if they lie there complete."""
        content = read_manifest(self._manifest_path)
        if content is None or content.get("key") != self.key:
            return None
        if not all(path.is_file() for path in self.stems.values()):
            return None
        duration_s = content["input"]["length"] / content["input"]["rate"]
        return Written(self.stems, duration_s, content["output"]["gain_db"], kept=True)

    def fill(self, spool: Spool, session: Session, progress: Progress | None) -> tuple[float, int]:
        """Separate into the spool; the gain that all stems need, and their length."""
        audio, request = self.file.audio, self.request
        watch = ClipWatch(self.selection, request.encoding_for(audio))
        length = 0
        for block in stream(
            request.engine,
            session,
            audio,
            request.hints,
            stems=self.selection.computed,
            progress=progress,
            overlap=request.overlap,
            spool=_CheckedSpool(spool, self.file),
        ):
            watch.look(block)
            length += block.shape[-1]
        if request.clip == "rescale":
            return watch.gain, length
        if watch.clips:
            warnings.warn(
                f"{printable(audio.path)}: stems go beyond full scale and are clipped there; "
                "in those places they do not add up",
                PartitaWarning,
                stacklevel=2,
            )
        return 1.0, length

    def encode(self, spool: Spool, folder: Path, gain: float, length: int) -> list[Path]:
        """Write the stems into the folder."""
        audio, request = self.file.audio, self.request
        paths = [folder / f"{n}.{request.file_format.ending}" for n in range(len(self.stems))]
        _, overlap = segment_and_overlap(request.engine, audio.rate, request.overlap)
        encode(
            crossfade(spool, overlap=overlap),
            paths,
            length=length,
            selection=self.selection,
            rate=audio.rate,
            channels=audio.channels,
            format=request.file_format,
            encoding=request.encoding_for(audio),
            gain=gain,
        )
        return paths

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
            output={
                "format": request.format,
                "encoding": request.encoding_for(audio),
                "rate": request.file_format.rate_for(audio.rate),
                "channels": audio.channels,
                "stems": {name: printable(place) for name, place in places.items()},
                "adds_up": self.selection.adds_up,
                "gain_db": written.gain_db,
            },
            warnings=warnings,
        )

    def put_in_place(self, folder: Path, partial: list[Path], content: dict[str, Any]) -> None:
        """Move stems and manifest to where they belong, the manifest last.

        An old manifest goes first: at no time does one lie beside stems that it does not describe.
        """
        target = self._manifest_path
        try:
            write_manifest(folder / "manifest.json", content)
            for path in (*partial, folder / "manifest.json"):
                _sync(path)
            target.unlink(missing_ok=True)
            for source, stem in zip(partial, self.stems.values(), strict=True):
                stem.parent.mkdir(parents=True, exist_ok=True)
                os.replace(source, stem)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder / "manifest.json", target)
        except OSError as error:
            where = printable(target.parent)
            raise OutputError(f"cannot write to {where}: {error.strerror}") from error


def _sync(path: Path) -> None:
    """Have a file's content on the disk before anything says that it is complete."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
