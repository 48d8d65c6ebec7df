"""Dynamic time warping: the cheapest way through two sequences at once, within a band.

A path is a list of pairs (i, j), from (0, 0) to the ends of both, each step one of (1, 1), (1, 0)
and (0, 1). A band is for each i the range of j that may be visited; it bounds time and memory. All
cells of an antidiagonal are independent of each other, so that numpy computes them at once.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

Ints = NDArray[np.intp]
Cost = Callable[[Ints, Ints], NDArray[np.floating]]
"""(i, j) arrays of equal length -> the cost of matching each i with its j, from 0 on."""

WEIGHTS = (1.0, 1.0, 1.0)
"""Of the steps (1, 1), (1, 0), (0, 1): a detour costs as much as two diagonal steps."""


def full_band(rows: int, columns: int) -> Ints:
    """(rows, 2): every cell."""
    return np.broadcast_to(np.array([0, columns], dtype=np.intp), (rows, 2)).copy()


def band_around(path: Ints, *, rows: int, columns: int, scale: int, radius: int) -> Ints:
    """(rows, 2): the band around a path that was found on a coarser grid.

    Parameters
    ----------
    path : (steps, 2) on the coarse grid.
    rows, columns : of the fine grid.
    scale : fine cells in a coarse one.
    radius : coarse cells to either side.
    """
    coarse_rows = int(path[-1, 0]) + 1
    low = np.full(coarse_rows, np.iinfo(np.intp).max)
    high = np.zeros(coarse_rows, dtype=np.intp)
    np.minimum.at(low, path[:, 0], path[:, 1])
    np.maximum.at(high, path[:, 0], path[:, 1])
    reach = np.arange(coarse_rows)
    low = low[np.clip(reach - radius, 0, None)] - radius
    high = high[np.clip(reach + radius, None, coarse_rows - 1)] + radius + 1
    at = np.minimum(np.arange(rows) // scale, coarse_rows - 1)
    band = np.stack([low[at] * scale, high[at] * scale], axis=1)
    clipped: Ints = np.clip(band, 0, columns)
    return clipped


def dtw(
    cost: Cost,
    rows: int,
    columns: int,
    *,
    band: Ints | None = None,
    weights: tuple[float, float, float] = WEIGHTS,
) -> tuple[Ints, float]:
    """The cheapest path, and what it costs.

    Parameters
    ----------
    cost : see Cost. rows, columns : lengths of the two sequences.
    band : (rows, 2), for each i the first j and the one after the last; both never fall, and
        neighbouring ranges meet. It must hold (0, 0) and the last cell.
    weights : of the steps (1, 1), (1, 0), (0, 1); they multiply the cost of the cell they lead to.

    Returns
    -------
    path : (steps, 2). total : the sum over the path, its first cell counted once.

    Raises
    ------
    UsageError : a band that breaks off, so that there is no path.

    Examples
    --------
    >>> x, y = np.array([0.0, 1.0, 5.0]), np.array([0.0, 0.0, 1.0, 5.0])
    >>> path, total = dtw(lambda i, j: abs(x[i] - y[j]), 3, 4)
    >>> path.tolist(), total
    ([[0, 0], [0, 1], [1, 2], [2, 3]], 0.0)

    References
    ----------
    Müller, "Fundamentals of Music Processing", 2015, section 3.2.
    """
    band = full_band(rows, columns) if band is None else band
    first, past = band[:, 0], band[:, 1]
    order = np.arange(rows)
    opens, closes = order + first, order + past  # the antidiagonals that meet row i
    if first[0] > 0 or past[-1] < columns or np.any(first[1:] > past[:-1]) or np.any(past <= first):
        raise UsageError("a band must lead from the first cell to the last without a gap")
    now, one_back, two_back = np.full((3, rows + 1), np.inf)  # element i + 1 is row i
    steps: list[NDArray[np.uint8]] = []
    tops = np.zeros(rows + columns - 1, dtype=np.intp)
    for diagonal in range(rows + columns - 1):
        low = int(np.searchsorted(closes, diagonal, side="right"))
        high = int(np.searchsorted(opens, diagonal, side="right"))
        i = order[low:high]
        local = cost(i, diagonal - i)
        choices = np.stack(
            [
                two_back[low:high] + weights[0] * local,
                one_back[low:high] + weights[1] * local,
                one_back[low + 1 : high + 1] + weights[2] * local,
            ]
        )
        if diagonal == 0:
            choices[:, 0] = local
        step = np.argmin(choices, axis=0).astype(np.uint8)
        now[low] = np.inf  # what lies above is never looked at again
        now[low + 1 : high + 1] = choices[step, np.arange(high - low)]
        steps.append(step)
        tops[diagonal] = low
        now, one_back, two_back = two_back, now, one_back
    total = float(one_back[rows])
    if not np.isfinite(total):
        raise UsageError("a band must lead from the first cell to the last without a gap")
    return _traced(steps, tops, rows, columns), total


def _traced(steps: list[NDArray[np.uint8]], tops: Ints, rows: int, columns: int) -> Ints:
    i, j = rows - 1, columns - 1
    path = [(i, j)]
    while i or j:
        step = steps[i + j][i - tops[i + j]]
        i, j = i - int(step != 2), j - int(step != 1)
        path.append((i, j))
    return np.array(path[::-1], dtype=np.intp)
