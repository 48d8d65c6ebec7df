"""The mean over time-shifted passes: what depends on where frames happen to fall cancels out.

The shifts are the same every time: the k-th is the fraction of k times the golden ratio, of half a
second. So they spread over the hop of an engine, whatever its length, where halves and quarters
could be whole numbers of hops; and a larger number of passes keeps the shifts of a smaller one.

Défossez et al., "Music source separation in the waveform domain", arXiv:1911.13254, 2019, draw them
at random up to half a second, so that two runs differ; theirs shift the whole recording, these each
segment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import HintError, UsageError
from partita.core.hints import Hints
from partita.jobs.out_of_memory import Separate

LONGEST_S = 0.5
MOST = 50
GOLDEN = (5**0.5 - 1) / 2


def shift_lengths(passes: int, rate: int) -> tuple[int, ...]:
    """Samples by which each pass is shifted, the first by none.

    Examples
    --------
    >>> shift_lengths(4, 44_100)
    (0, 13628, 5205, 18833)
    """
    fractions = (number * GOLDEN % 1 for number in range(max(passes, 1)))
    return tuple(round(fraction * LONGEST_S * rate) for fraction in fractions)


def check_shifts(shifts: int, hints: Hints) -> None:
    """Refuse a number of passes that makes no sense.

    Raises
    ------
    UsageError : not from 0 to MOST. HintError : the true stems are given, which leave nothing to
        be averaged.
    """
    if not 0 <= shifts <= MOST:
        raise UsageError(f"--shifts must be from 0 to {MOST} passes, got {shifts}")
    if shifts > 1 and hints.references is not None:
        raise HintError("--shifts has no meaning where the true stems are given")


@dataclass(frozen=True)
class Shifted:
    """Calls `separate` on a segment and on shifted copies of it; gives the mean.

    A copy begins with the mirror image of the segment's own beginning, so that the engine meets
    neither an edge nor a level that is not in the music; what became of it is cut off.

    Attributes
    ----------
    lengths : samples, one a pass (see `shift_lengths`).
    """

    separate: Separate
    lengths: tuple[int, ...]

    def __call__(self, start: int, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(1 + stems, channels, time): the recording as it is, and the mean of each stem."""
        rows = self.separate(start, samples)
        for length in self.lengths[1:]:
            longer = np.pad(samples, ((0, 0), (length, 0)), mode="symmetric")
            rows[1:] += self.separate(start - length, longer)[1:, :, length:]
        rows[1:] /= len(self.lengths)
        return rows
