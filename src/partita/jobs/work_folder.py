"""The folder in which one recording is worked on: one process at a time, tidy afterwards.

It lies beside the results, is hidden, and is named after the place where the manifest will be: two
runs that would write the same files meet there. What a stopped run leaves in it is its spool.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

from partita.core.errors import Cancelled, OutputError
from partita.core.names import printable
from partita.jobs.lock import FileLock
from partita.jobs.request import Request
from partita.jobs.spool import INDEX, SEGMENTS, holds_segments

PREFIX = ".partita-"
LOCK = "lock"
WAIT_S = 0.1
FORGOTTEN_AFTER_S = 7 * 86400.0
"""Work that nobody went on with for so long is removed."""
STOPPED = (Cancelled, KeyboardInterrupt, SystemExit, GeneratorExit)
"""Ends that say nothing against the work so far."""


class WorkFolder:
    """A locked folder for work in progress; use it in a `with` statement.

    Whatever happens inside, it is gone afterwards; only where the work was stopped, and is to be
    resumed, the spool stays.

    Parameters
    ----------
    waiting : called again and again while another process works on the same recording; may raise.

    Raises
    ------
    OutputError : on entering, the folder cannot be made.
    """

    def __init__(
        self, request: Request, track: str, *, waiting: Callable[[], None] = lambda: None
    ) -> None:
        self.path = request.root / work_folder_name(request, track)
        self.waited = False
        self._request = request
        self._tries = 5
        self._lock = FileLock(self.path / LOCK)
        self._waiting = waiting

    def __enter__(self) -> Self:
        try:
            while not self._take():
                self.waited = True
                self._waiting()
                time.sleep(WAIT_S)
        except OSError as error:
            where = printable(self._request.folder)
            raise OutputError(f"cannot write to {where}: {error.strerror}") from error
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        stopped = kind is not None and issubclass(kind, STOPPED)
        tidy(self.path, keep_spool=stopped and self._request.resume)
        self._lock.release()
        remove_empty(self.path)

    def _take(self) -> bool:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            return self._lock.acquire()
        except (FileNotFoundError, FileExistsError):
            # Another process may have removed the folder just now, as it ended: look again.
            self._tries -= 1
            if not self._tries:
                raise
            return False


def work_folder_name(request: Request, track: str) -> str:
    """The folder's name: always the same for the same place of results."""
    place = os.fsencode(request.manifest_path(track).relative_to(request.root))
    return PREFIX + hashlib.sha256(place).hexdigest()[:16]


def tidy(folder: Path, *, keep_spool: bool) -> None:
    """Remove what is in a work folder, but a spool that holds something if that is to stay."""
    kept = {SEGMENTS, INDEX} if keep_spool and holds_segments(folder) else set()
    with suppress(FileNotFoundError):
        for path in folder.iterdir():
            if path.name not in kept:
                with suppress(OSError):
                    path.unlink()


def tidy_after_death(request: Request, track: str) -> None:
    """Tidy what a process left that died in the middle; its spool stays where that is wanted."""
    folder = request.root / work_folder_name(request, track)
    lock = FileLock(folder / LOCK)
    with suppress(OSError):
        if folder.is_dir() and lock.acquire():
            tidy(folder, keep_spool=request.resume)
            lock.release()
            remove_empty(folder)


def remove_empty(*folders: Path) -> None:
    """Remove the folders that are empty, in this order."""
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()


def remove_forgotten(root: Path, *, older_than_s: float = FORGOTTEN_AFTER_S) -> None:
    """Remove work below `root` that no process is at and that is older than that."""
    with suppress(OSError):
        for folder in root.glob(f"{PREFIX}*"):
            with suppress(OSError):
                if time.time() - _touched(folder) > older_than_s and _is_free(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _touched(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.iterdir()))


def _is_free(folder: Path) -> bool:
    lock = FileLock(folder / LOCK)
    free = lock.acquire()
    lock.release()
    return free
