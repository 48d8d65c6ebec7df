"""A recording that may not change under the work: its samples and its checksum belong together."""

from __future__ import annotations

from dataclasses import dataclass

from partita.core.digest import file_digest
from partita.core.errors import InputError
from partita.core.names import printable
from partita.io.audio import AudioFile
from partita.jobs.spool import Rows, Spool


class Unchanging:
    """A file that must stay as it is while it is worked on, and its checksum."""

    def __init__(self, audio: AudioFile) -> None:
        self.audio = audio
        self._before = self._state()
        self.sha256 = file_digest(audio.path)
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
class CheckedSpool:
    """A spool that takes no segment of a file that changed."""

    spool: Spool
    file: Unchanging

    def __len__(self) -> int:
        return len(self.spool)

    def read(self, number: int) -> Rows:
        return self.spool.read(number)

    def append(self, rows: Rows) -> None:
        self.file.check()
        self.spool.append(rows)
