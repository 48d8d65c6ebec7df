"""A lock between processes, held by the system: it goes when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """An exclusive lock on a file that is made for the purpose and may be deleted while held."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: int | None = None

    def acquire(self) -> bool:
        """Take the lock if nobody has it; whether it was free.

        Raises
        ------
        OSError : the file cannot be made.
        """
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        if _lock(file) and self._is_there(file):
            self._file = file
            return True
        os.close(file)
        return False

    def release(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _is_there(self, file: int) -> bool:
        """Whether the locked file is still the one of that name: its last holder deletes it."""
        try:
            return os.path.samestat(os.fstat(file), os.stat(self.path))
        except FileNotFoundError:
            return False


def _lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    except OSError:  # a file system without locks: better to work than to refuse
        return True
    return True
