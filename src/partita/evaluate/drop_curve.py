"""What a score gains as frames leave: the temptation made visible.

The frames in which a system is unsure are mostly those that it makes quiet. Whoever leaves out
quiet frames before averaging leaves those out, and the score rises without a better separation. The
curve shows by how much. Frames are chosen within each track, out of those that count (defined, and
with a target that sounds); of n frames, floor(share · n) leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError, UsageError
from partita.core.scores import Scores
from partita.evaluate.aggregate import higher_is_better, mean, median
from partita.evaluate.frame_states import counted, level_grid
from partita.evaluate.levels import ESTIMATE_LEVEL
from partita.metrics.silence import THRESHOLD_DB

SHARES = tuple(n / 20 for n in range(11))
"""0, 5, … 50 % of the frames."""


@dataclass(frozen=True, eq=False)
class DropCurve:
    """A system's score against the share of frames left out.

    Attributes
    ----------
    by : what chose the frames, "estimate_dbfs" or the metric's name.
    share : (shares,) asked for, 0 … 1.
    median_median, mean_mean : (shares,) in the metric's unit; as `evaluate.aggregate`.
    frames : (shares,) how many frames are left.
    infinite : how many infinite values the means leave out before anything is dropped.
    """

    metric: str
    target: str
    by: str
    share: NDArray[np.float64]
    median_median: NDArray[np.float64]
    mean_mean: NDArray[np.float64]
    frames: NDArray[np.int64]
    infinite: int

    @property
    def gain(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How much median/median and mean/mean rise above their first value: (shares,) each."""
        with np.errstate(invalid="ignore"):  # an infinite median gains nothing that has a name
            return (
                self.median_median - self.median_median[0],
                self.mean_mean - self.mean_mean[0],
            )


def drop_curve(
    scores: Scores,
    metric: str,
    target: str,
    *,
    shares: Sequence[float] = SHARES,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> DropCurve:
    """The score as each track's quietest frames leave: quietest by the level of the estimate.

    Parameters
    ----------
    shares : of the frames that count, 0 … 1, without 1. Frames of equal level leave from the
        first one on.
    threshold_db, strict : where the target is silent, see `frame_states.states_of`.

    Raises
    ------
    UsageError : no frames of this metric and target, or no levels. OptionError : a share out of
        its range.

    Examples
    --------
    >>> values, levels = [1.0, 5.0, 6.0, 8.0], [-50.0, -20.0, -20.0, -10.0]
    >>> rows = [("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate(values)]
    >>> rows += [("a", "bass", "estimate_dbfs", n, n, 1.0, v) for n, v in enumerate(levels)]
    >>> drop_curve(Scores.from_rows(rows), "sdr", "bass", shares=[0, 0.25, 0.5]).mean_mean
    array([5.        , 6.33333333, 7.        ])
    """
    grid, counts = counted(scores, metric, target, threshold_db=threshold_db, strict=strict)
    _check(grid.tracks, metric, target)
    level = level_grid(scores, ESTIMATE_LEVEL, target, grid)
    if np.isnan(level[counts]).any():
        raise UsageError(
            f"{target}: the level of the estimate ({ESTIMATE_LEVEL}) is not known in all frames; "
            "tables of partita evaluate have it, others can be dropped by score only"
        )
    rows = zip(grid.value, level, counts, strict=True)
    return _curve([(v[c], x[c]) for v, x, c in rows], metric, target, ESTIMATE_LEVEL, shares)


def drop_by_score(
    scores: Scores,
    metric: str,
    target: str,
    *,
    shares: Sequence[float] = SHARES,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> DropCurve:
    """The score as each track's worst-scored frames leave: the upper bound of any such choice.

    For tables without levels. Parameters and errors as `drop_curve`.

    Examples
    --------
    >>> rows = [("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate([-5.0, 5.0, 6.0, 8.0])]
    >>> drop_by_score(Scores.from_rows(rows), "sdr", "bass", shares=[0, 0.25]).mean_mean.round(3)
    array([3.5  , 6.333])
    """
    grid, counts = counted(scores, metric, target, threshold_db=threshold_db, strict=strict)
    _check(grid.tracks, metric, target)
    sign = 1 if higher_is_better(metric) else -1
    rows = zip(grid.value, counts, strict=True)
    return _curve([(v[c], sign * v[c]) for v, c in rows], metric, target, metric, shares)


def _check(tracks: tuple[str, ...], metric: str, target: str) -> None:
    if not tracks:
        raise UsageError(f"there are no frames of {metric} and {target} to drop")


def _curve(
    tracks: list[tuple[NDArray[np.float64], NDArray[np.float64]]],
    metric: str,
    target: str,
    by: str,
    shares: Sequence[float],
) -> DropCurve:
    """The curve from each track's values and what orders them, lowest leaving first."""
    if not len(shares) or any(not 0 <= share < 1 for share in shares):
        raise OptionError(f"shares must be at least 0 and below 1, got {list(shares)}")
    ordered = [values[np.argsort(key, kind="stable")] for values, key in tracks]
    medians, means, frames = [], [], []
    for share in shares:
        left = [values[_dropped(share, len(values)) :] for values in ordered]
        medians.append(median(np.array([median(values) for values in left])))
        means.append(mean(np.array([mean(values) for values in left])))
        frames.append(sum(len(values) for values in left))
    infinite = sum(int(np.isinf(values).sum()) for values in ordered)
    curves = np.array(shares, float), np.array(medians), np.array(means), np.array(frames)
    return DropCurve(metric, target, by, *curves, infinite)


def _dropped(share: float, frames: int) -> int:
    return int(share * frames + 1e-9)  # 0.29 · 100 is a hair below 29
