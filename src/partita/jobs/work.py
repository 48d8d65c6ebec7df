"""One file on its way to stems on disk.

    separate ─► spool (raw samples, beside the results) ─► encode ─► rename into place

Everything before the last step lies in a folder of its own, which goes in the end whatever
happens: what is interrupted leaves nothing behind.
"""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partita.core.errors import OutputError
from partita.core.names import printable
from partita.core.separator import Session
from partita.io.audio import AudioFile, open_audio
from partita.jobs.encode import ClipWatch, encode
from partita.jobs.manifest import manifest, sha256_of, write_manifest
from partita.jobs.request import Request
from partita.jobs.selection import Selection
from partita.jobs.spool import Spool
from partita.jobs.streaming import Progress, stream


@dataclass(frozen=True)
class Written:
    """What came of one file: its stems, their length, and the gain that all of them got."""

    stems: dict[str, Path]
    duration_s: float
    gain_db: float


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
    file = open_audio(path)
    digest = sha256_of(path)
    encoding = request.encoding_for(file)
    with _work_folder(request) as folder:
        spool = Spool(folder / "spool.f32")
        try:
            gain = _fill(spool, file, request, selection, session, progress)
            partial = [folder / f"{n}.{request.format}" for n in range(len(selection.outputs))]
            encode(
                spool,
                partial,
                selection=selection,
                rate=file.rate,
                channels=file.channels,
                format=request.file_format,
                encoding=encoding,
                gain=gain,
            )
        finally:
            spool.close()
        stems = {name: request.stem_path(track, name) for name in selection.outputs}
        written = Written(stems, spool.length / file.rate, round(20 * math.log10(gain), 3))
        content = manifest(
            request.engine,
            file,
            input_sha256=digest,
            length=spool.length,
            output=_describe(written, request, selection, file),
            warnings=tuple(warned()),
        )
        _put_in_place(folder, partial, stems, content, request.manifest_path(track))
    return written


def _fill(
    spool: Spool,
    file: AudioFile,
    request: Request,
    selection: Selection,
    session: Session,
    progress: Progress | None,
) -> float:
    """Separate into the spool; the gain that all stems need."""
    watch = ClipWatch(selection, request.encoding_for(file))
    rows = stream(
        request.engine,
        session,
        file,
        request.hints,
        stems=selection.computed,
        progress=progress,
    )
    for block in rows:
        watch.look(block)
        spool.append(block)
    return watch.gain


def _describe(
    written: Written, request: Request, selection: Selection, file: AudioFile
) -> dict[str, Any]:
    names = {n: p.relative_to(request.root).as_posix() for n, p in written.stems.items()}
    return {
        "format": request.format,
        "encoding": request.encoding_for(file),
        "rate": request.file_format.rate_for(file.rate),
        "channels": file.channels,
        "stems": {name: printable(path) for name, path in names.items()},
        "adds_up": selection.adds_up,
        "gain_db": written.gain_db,
    }


@contextmanager
def _work_folder(request: Request) -> Iterator[Path]:
    """A folder for work in progress, on the file system of the results; gone afterwards.

    Folders that did not exist before are removed again where nothing was put into them.
    """
    made = [p for p in (request.root, request.folder) if not p.exists()]
    folder = request.root / f".partita-{os.getpid()}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        where = printable(request.folder)
        raise OutputError(f"cannot write to {where}: {error.strerror}") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for place in made:
            if place.is_dir() and not any(place.iterdir()):
                place.rmdir()


def _put_in_place(
    folder: Path,
    partial: list[Path],
    stems: dict[str, Path],
    content: dict[str, Any],
    manifest_path: Path,
) -> None:
    try:
        write_manifest(folder / "manifest.json", content)
        sources = [*partial, folder / "manifest.json"]
        for source, target in zip(sources, [*stems.values(), manifest_path], strict=True):
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)
    except OSError as error:
        where = printable(manifest_path.parent)
        raise OutputError(f"cannot write to {where}: {error.strerror}") from error
