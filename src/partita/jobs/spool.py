"""Separated samples on disk, raw, until it is known whether one gain must be applied to all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OutputError
from partita.core.names import printable


class Spool:
    """Blocks of rows, appended and read back in order: (rows, channels, time) float32."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.length = 0
        self._shapes: list[tuple[int, ...]] = []
        self._file = path.open("wb")

    def append(self, rows: NDArray[np.float32]) -> None:
        self._shapes.append(rows.shape)
        self.length += rows.shape[-1]
        try:
            np.ascontiguousarray(rows).tofile(self._file)
        except OSError as error:
            reason = error.strerror or "the disk is full"
            raise OutputError(f"cannot write {printable(self.path.parent)}: {reason}") from error

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        self._file.flush()
        with self.path.open("rb") as file:
            for shape in self._shapes:
                count = int(np.prod(shape))
                yield np.fromfile(file, np.float32, count).reshape(shape)

    def close(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)
