"""A segment in shorter pieces where memory does not suffice for the whole of it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import PartitaWarning
from partita.signal.overlap import crossfade, segments

FLOOR_S = 3.0
"""A piece is never shorter: from there on, out of memory is an error."""

Separate = Callable[[int, NDArray[np.floating]], NDArray[np.float32]]
"""(start, samples) -> rows (…, time), as long as the samples."""


@dataclass
class WithinMemory:
    """Calls `separate`; where that runs out of memory, on pieces of half the length, and so on.

    The pieces of a segment are crossfaded, so that what comes out is as long as the segment. The
    length that worked is kept for the segments to come.

    Attributes
    ----------
    piece : samples that are separated at once; None: a whole segment.
    """

    separate: Separate
    rate: int
    overlap: float
    piece: int | None = None

    def __call__(self, start: int, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(…, time) rows of a segment that begins at sample `start`."""
        while True:
            try:
                return self._in_pieces(start, samples)
            except Exception as error:
                half = min(self.piece or samples.shape[-1], samples.shape[-1]) // 2
                if not is_out_of_memory(error) or half < FLOOR_S * self.rate:
                    raise
                self.piece = half
            warnings.warn(
                f"not enough memory: separating {half / self.rate:.1f} s at a time",
                PartitaWarning,
                stacklevel=2,
            )

    def _in_pieces(self, start: int, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        if self.piece is None or samples.shape[-1] <= self.piece:
            return self.separate(start, samples)
        overlap = int(self.overlap * self.piece)
        pieces = (
            self.separate(start + offset, piece)
            for offset, piece in segments([samples], length=self.piece, overlap=overlap)
        )
        return np.concatenate(list(crossfade(pieces, overlap=overlap)), axis=-1)


def is_out_of_memory(error: Exception) -> bool:
    """Whether an error, of whatever library, says that memory does not suffice."""
    text = str(error).lower()
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or "out of memory" in text
        or "failed to allocate" in text
    )
