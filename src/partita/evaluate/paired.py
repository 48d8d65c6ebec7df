"""Statistics of paired differences: one number a track, (tracks,) finite, in the metric's unit.

Positive means that the first of two systems is better. Nothing here knows what the numbers measure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_TRACKS = 200
"""Above so many tracks, the signed-rank test uses the normal approximation."""

Z_ALPHA, Z_POWER = 1.959963984540054, 0.8416212335729143
"""Quantiles of the normal distribution: two-sided 5 %, and a power of 80 %."""

Values = NDArray[np.float64]


def resampled_tracks(tracks: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """Which tracks each resample holds: (resamples, tracks), drawn with replacement."""
    return np.random.default_rng(seed).integers(tracks, size=(resamples, tracks))


def interval(resampled: Values, *, level: float = 0.95) -> tuple[float, float]:
    """The percentile interval of a resampled statistic: (resamples,) -> low and high.

    Examples
    --------
    >>> interval(np.arange(101.0), level=0.5)
    (25.0, 75.0)
    """
    low, high = np.quantile(resampled, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def signed_rank(differences: Values) -> tuple[float, float]:
    """Wilcoxon's signed-rank test: the two-sided p, and which way the ranks lean, -1 … 1.

    Zero differences leave first (as Wilcoxon did); equal ones share their mean rank. The p is
    exact, ties or not, up to 200 differences; scipy.stats.wilcoxon goes over to the normal
    approximation at the first tie. Above, that approximation with the correction for ties.

    Returns
    -------
    p (1 where no difference is left), and (W₊ - W₋) / (W₊ + W₋).

    Examples
    --------
    >>> signed_rank(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]))
    (0.03125, 1.0)

    References
    ----------
    Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin 1(6), 1945. Exact
    distribution: Pagano and Tritchler, JASA 78, 1983.
    """
    nonzero = differences[differences != 0]
    if not len(nonzero):
        return 1.0, 0.0
    ranks = _doubled_ranks(np.abs(nonzero))
    total, positive = int(ranks.sum()), int(ranks[nonzero > 0].sum())
    lean = (2 * positive - total) / total
    smaller = min(positive, total - positive)
    if len(nonzero) <= EXACT_TRACKS:
        return min(2 * _chance_up_to(ranks, smaller), 1.0), lean
    deviation = math.sqrt(float((ranks.astype(np.float64) ** 2).sum()) / 4)
    return math.erfc((total / 2 - smaller) / deviation / math.sqrt(2)), lean


def holm(p: Sequence[float]) -> list[float]:
    """The p-values after Holm's correction, in the given order: all may be read at one level.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]

    References
    ----------
    Holm, "A simple sequentially rejective multiple test procedure", Scand. J. Statist. 6, 1979.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    found: list[float] = corrected.tolist()
    return found


def tracks_needed(differences: Values) -> int | None:
    """How many tracks the signed-rank test needs to see such a difference (80 % power at 5 %).

    Noether's formula, n = (z₀.₉₇₅ + z₀.₈)² / (3 (p' - ½)²) with p' the chance that the mean of two
    tracks' differences is positive (equal to zero counts half), estimated from all pairs of tracks.
    It says what would be needed if the difference were as it was seen here: rough, with few tracks.

    Returns
    -------
    None where no number would do (p' is ½), or with fewer than two tracks.

    Examples
    --------
    >>> tracks_needed(np.array([1.0, 2.0, 3.0])), tracks_needed(np.array([1.0, -1.0]))
    (11, None)

    References
    ----------
    Noether, "Sample size determination for some common nonparametric tests", JASA 82, 1987.
    """
    if len(differences) < 2:
        return None
    first, second = np.triu_indices(len(differences), 1)
    sums = differences[first] + differences[second]
    chance = float(np.mean(sums > 0) + np.mean(sums == 0) / 2)
    if chance == 0.5:
        return None
    return math.ceil((Z_ALPHA + Z_POWER) ** 2 / (3 * (chance - 0.5) ** 2))


def _doubled_ranks(values: Values) -> NDArray[np.int64]:
    """Twice the rank of each value, from 2; equal values share their mean rank."""
    ordered = np.sort(values)
    before = np.searchsorted(ordered, values, side="left")
    upto = np.searchsorted(ordered, values, side="right")
    return before + upto + 1


def _chance_up_to(ranks: NDArray[np.int64], limit: int) -> float:
    """The chance that the ranks of fair coins that fell on heads add up to at most `limit`."""
    chance = np.zeros(limit + 1)
    chance[0] = 1.0
    for rank in ranks.tolist():
        chance /= 2
        if rank <= limit:
            chance[rank:] += chance[: limit + 1 - rank].copy()
    return float(chance.sum())
