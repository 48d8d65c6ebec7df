"""What the user named: files as they are, folders searched for audio."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from partita.core.errors import InputError
from partita.core.names import printable
from partita.io.formats import AUDIO_ENDINGS


def find_inputs(
    paths: Iterable[str | os.PathLike[str]], *, leave_out: Path | None = None
) -> list[Path | InputError]:
    """Every file to work on, in a stable order, each once; an error in place of what cannot be.

    Parameters
    ----------
    paths : files (taken whatever their ending) and folders (searched below, by ending; hidden
        files and folders are passed over, links to folders not followed).
    leave_out : a folder not searched: where the results go.
    """
    found: dict[Path, Path | InputError] = {}
    for path in map(Path, paths):
        try:
            is_folder = path.is_dir()
        except (OSError, ValueError) as error:
            found[path] = InputError(f"{printable(path)} cannot be read: {error}")
            continue
        if not is_folder:
            found.setdefault(path, path)
            continue
        inside = list(_audio_below(path, leave_out))
        if not inside:
            found[path] = InputError(f"{printable(path)} holds no audio files")
        for file in inside:
            found.setdefault(file, file)
    return list(found.values())


def _audio_below(folder: Path, leave_out: Path | None) -> Iterator[Path]:
    skip = leave_out.resolve() if leave_out else None
    for root, folders, files in os.walk(folder):
        here = Path(root)
        folders[:] = sorted(
            f for f in folders if not f.startswith(".") and (here / f).resolve() != skip
        )
        for name in sorted(files):
            if not name.startswith(".") and Path(name).suffix.lower() in AUDIO_ENDINGS:
                yield here / name
