"""How far a median over tracks could have come out otherwise, with other tracks like these."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError
from partita.evaluate import paired

FEWEST = 5
"""With fewer tracks no interval is given: it would be the range of the tracks."""

RESAMPLES = 10_000


def median_interval(
    values: NDArray[np.float64], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> tuple[float, float] | None:
    """The bootstrap interval of the median over tracks; None with fewer than FEWEST tracks.

    Parameters
    ----------
    values : (tracks,), one score a track; NaN (no score) is left out, infinite values keep their
        place in the order.
    level : 0 … 1, without both.
    resamples, seed : of the bootstrap.

    Raises
    ------
    OptionError : a level out of its range, or no resample.

    Examples
    --------
    >>> median_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    (1.0, 5.0)
    >>> median_interval(np.array([1.0, 2.0, 3.0]))

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (percentiles). A
    little narrow with fewer than about 20 tracks.
    """
    if not 0 < level < 1 or resamples < 1:
        raise OptionError(
            f"level must lie in 0 … 1 and resamples be 1 or more, got {level}, {resamples}"
        )
    known = np.sort(values[~np.isnan(values)])
    if len(known) < FEWEST:
        return None
    drawn = np.sort(paired.resampled_tracks(len(known), resamples, seed), axis=1)
    low, high = drawn[:, (len(known) - 1) // 2], drawn[:, len(known) // 2]
    lower, upper = known[low], known[high]
    with np.errstate(invalid="ignore"):
        middle = np.where(np.isfinite(lower + upper), (lower + upper) / 2, lower)
    if np.isfinite(middle).all():
        return paired.interval(middle, level=level)
    ends = np.quantile(middle, [(1 - level) / 2, (1 + level) / 2], method="nearest")
    return float(ends[0]), float(ends[1])
