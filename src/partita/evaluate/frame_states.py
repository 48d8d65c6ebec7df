"""The frames of a table of scores: side by side, with their states, coverage, PES and EPS.

Axes: (tracks, frames), a row for each track; shorter tracks are filled up with frames that do not
exist (NaN). States and levels follow from the rows `target_dbfs` and `estimate_dbfs`, so any
threshold can be asked for after the audio is gone. Tables from elsewhere have no such rows: their
states are unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.scores import WHOLE, Scores
from partita.evaluate.levels import ESTIMATE_LEVEL, LEVELS, TARGET_LEVEL
from partita.metrics.silence import FLOOR, STATES, THRESHOLD_DB

SAME_TIME_S = 1e-3
"""Frames of one number whose times differ by more belong to different evaluations, seconds."""

ALL = ""
"""The track of a row that speaks of all tracks."""


@dataclass(frozen=True, eq=False)
class FrameGrid:
    """One metric of one target, every frame of every track.

    Attributes
    ----------
    tracks : names, one a row.
    value : (tracks, frames) in the metric's unit; NaN where undefined, or no such frame.
    exists : (tracks, frames) whether there is such a frame.
    time_s, duration_s : (tracks, frames) seconds; NaN where there is no such frame.
    """

    tracks: tuple[str, ...]
    value: NDArray[np.float64]
    exists: NDArray[np.bool_]
    time_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]

    def widened(self, frames: int) -> FrameGrid:
        """The same with at least so many columns."""
        more = max(frames - self.value.shape[1], 0)
        if not more:
            return self
        pad = ((0, 0), (0, more))
        exists = np.pad(self.exists, pad)
        padded = (
            np.pad(a, pad, constant_values=np.nan)
            for a in (self.value, self.time_s, self.duration_s)
        )
        value, time_s, duration_s = padded
        return replace(self, value=value, exists=exists, time_s=time_s, duration_s=duration_s)


@dataclass(frozen=True)
class Coverage:
    """What the frames of a target are, in one track or in all (track "").

    Attributes
    ----------
    frames : how many there are.
    shares : state -> share of the frames, 0 … 1; they add up to one.
    pes_db : mean level of the estimate where the target is silent, dBFS; NaN without such frames.
    eps_db : mean level of the target where the estimate is silent, dBFS; NaN without such frames.
    """

    track: str
    target: str
    frames: int
    shares: dict[str, float]
    pes_db: float
    eps_db: float


def frame_grid(
    scores: Scores, metric: str, target: str, *, tracks: Sequence[str] | None = None
) -> FrameGrid:
    """The frames of a metric, a row for each track. Values of whole tracks are no frames.

    Parameters
    ----------
    tracks : which, in this order (a track without frames has a row in which none exists); by
        default those that have frames, in order of appearance.

    Raises
    ------
    UsageError : a frame is there twice.

    Examples
    --------
    >>> rows = [("a", "bass", "sdr", 0, 0.0, 1.0, 5.0), ("b", "bass", "sdr", 1, 1.0, 1.0, 7.0)]
    >>> frame_grid(Scores.from_rows(rows), "sdr", "bass").value
    array([[ 5., nan], [nan,  7.]])
    """
    keep = (scores.metric == metric) & (scores.target == target) & (scores.frame > WHOLE)
    names: list[str] = scores.track[keep].tolist()
    order = tuple(dict.fromkeys(names) if tracks is None else tracks)
    row_of = {name: row for row, name in enumerate(order)}
    row = np.array([row_of.get(name, -1) for name in names], dtype=np.int64)
    wanted = row >= 0
    row, frame = row[wanted], scores.frame[keep][wanted]
    shape = len(order), int(frame.max()) + 1 if len(frame) else 0
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, (row, frame), 1)
    if (count > 1).any():
        where = order[int(np.argwhere(count > 1)[0][0])]
        raise UsageError(f"{where}, {target}, {metric}: a frame is in the table twice")
    columns = [np.full(shape, np.nan) for _ in range(3)]
    for name, column in zip(("value", "time_s", "duration_s"), columns, strict=True):
        column[row, frame] = getattr(scores, name)[keep][wanted]
    return FrameGrid(order, columns[0], count > 0, columns[1], columns[2])


def states_of(
    scores: Scores,
    track: str,
    target: str,
    *,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> NDArray[np.str_]:
    """The state of every frame of a stem: exactly one of `metrics.silence.STATES`.

    Parameters
    ----------
    threshold_db : dBFS; a frame below it is silent, a frame at it is not. Unused in strict mode.
    strict : silent is exactly zero.

    Returns
    -------
    (frames,) text.

    Raises
    ------
    UsageError : the table lacks the levels of this stem.

    Examples
    --------
    >>> levels = [("target_dbfs", -20.0), ("estimate_dbfs", -70.0)]
    >>> scores = Scores.from_rows(("a", "bass", m, 0, 0.0, 1.0, v) for m, v in levels)
    >>> states_of(scores, "a", "bass").tolist()
    ['estimate silent']
    >>> states_of(scores, "a", "bass", strict=True).tolist()
    ['active']
    """
    reference, estimate = _levels(scores.where(track=track), target)
    if not reference.tracks:
        raise UsageError(_unknown(f"{track}, {target}"))
    return _states(reference.value[0], estimate.value[0], threshold_db, strict)


def coverage_table(
    scores: Scores, *, threshold_db: float = THRESHOLD_DB, strict: bool = False
) -> list[Coverage]:
    """The share of frames in each state, PES and EPS: by stem and track, then by stem over all.

    Frames of silence on both sides count in PES and EPS: they are right, and score -120 dB. The
    rows over all tracks pool their frames.

    Parameters
    ----------
    threshold_db, strict : as `states_of`.

    Raises
    ------
    UsageError : the table has no levels.

    Examples
    --------
    >>> levels = [("target_dbfs", -np.inf), ("estimate_dbfs", -50.0)]
    >>> scores = Scores.from_rows(("a", "bass", m, 0, 0.0, 1.0, v) for m, v in levels)
    >>> round(coverage_table(scores)[-1].pes_db, 3)
    -50.0

    References
    ----------
    Schulze-Forster, Doire, Richard and Badeau, "Weakly informed audio source separation", WASPAA
    2019, section 4.2. Departures: mean energy a sample in place of the frame's sum, in strict mode
    too (a table does not know the number of samples), and an audible threshold by default.
    """
    has_levels = np.isin(scores.metric, LEVELS)
    targets = list(dict.fromkeys(scores.target[has_levels].tolist()))
    if not targets:
        raise UsageError(_unknown("this table"))
    rows: list[Coverage] = []
    for target in targets:
        reference, estimate = _levels(scores, target)
        parts = [*zip(reference.tracks, reference.exists, strict=True), (ALL, reference.exists)]
        for track, exists in parts:
            row = ... if track == ALL else reference.tracks.index(track)
            levels = reference.value[row][exists], estimate.value[row][exists]
            rows.append(_coverage(track, target, *levels, threshold_db, strict))
    return [row for row in rows if row.track != ALL] + [row for row in rows if row.track == ALL]


def counted(
    scores: Scores,
    metric: str,
    target: str,
    *,
    tracks: Sequence[str] | None = None,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> tuple[FrameGrid, NDArray[np.bool_]]:
    """The frames of a metric, and which of them its averages stand on.

    A frame counts where the value is defined (infinite is defined) and the target is not silent:
    silence is what PES is for. A muted estimate counts. Without levels nobody knows where the
    target is silent, and every defined value counts.

    Returns
    -------
    The grid, and (tracks, frames) bool.

    Examples
    --------
    >>> rows = [("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate([4.0, np.nan, -np.inf])]
    >>> levels = [("a", "bass", "target_dbfs", n, n, 1.0, v) for n, v in enumerate([-20, -20, -99])]
    >>> counted(Scores.from_rows(rows), "sdr", "bass")[1]
    array([[ True, False,  True]])
    >>> counted(Scores.from_rows(rows + levels), "sdr", "bass")[1]
    array([[ True, False, False]])
    """
    grid = frame_grid(scores, metric, target, tracks=tracks)
    level = level_grid(scores, TARGET_LEVEL, target, grid)
    return grid, ~np.isnan(grid.value) & ~_silent(level, threshold_db, strict)


def level_grid(scores: Scores, level: str, target: str, grid: FrameGrid) -> NDArray[np.float64]:
    """A level in the frames of a grid: (tracks, frames) dBFS, NaN where it is not known.

    Raises
    ------
    UsageError : the levels belong to frames at other times.
    """
    frames = grid.value.shape[1]
    found = frame_grid(scores, level, target, tracks=grid.tracks).widened(frames)
    time_s = found.time_s[:, :frames]
    check_same_times(grid.time_s, time_s, f"{target}: the levels")
    return found.value[:, :frames]


def check_same_times(one: NDArray[np.float64], other: NDArray[np.float64], what: str) -> None:
    """Nothing, where frames of one number begin at one time.

    Raises
    ------
    UsageError : they do not, so they were made with different hops.
    """
    apart = np.abs(one - other)
    if np.any(apart[~np.isnan(apart)] > SAME_TIME_S):
        raise UsageError(f"{what} have frames at other times: evaluate both with one hop")


def _levels(scores: Scores, target: str) -> tuple[FrameGrid, FrameGrid]:
    reference = frame_grid(scores, TARGET_LEVEL, target)
    estimate = frame_grid(scores, ESTIMATE_LEVEL, target, tracks=reference.tracks)
    if not np.array_equal(reference.exists, estimate.exists):
        raise UsageError(f"{target}: {TARGET_LEVEL} and {ESTIMATE_LEVEL} have different frames")
    return reference, estimate


def _unknown(what: str) -> str:
    return (
        f"{what}: the frames' states are unknown, for there are no rows {' and '.join(LEVELS)}; "
        "tables of partita evaluate have them"
    )


def _silent(level: NDArray[np.float64], threshold_db: float, strict: bool) -> NDArray[np.bool_]:
    return level == -np.inf if strict else level < threshold_db


def _states(
    reference: NDArray[np.float64],
    estimate: NDArray[np.float64],
    threshold_db: float,
    strict: bool,
) -> NDArray[np.str_]:
    silent = [_silent(level, threshold_db, strict) for level in (reference, estimate)]
    return np.array(STATES)[silent[0] + 2 * silent[1]]


def _coverage(
    track: str,
    target: str,
    reference: NDArray[np.float64],
    estimate: NDArray[np.float64],
    threshold_db: float,
    strict: bool,
) -> Coverage:
    states = _states(reference, estimate, threshold_db, strict)
    shares = {state: float(np.mean(states == state)) for state in STATES}
    silent = [_silent(level, threshold_db, strict) for level in (reference, estimate)]
    pes_db, eps_db = _mean_level(estimate[silent[0]]), _mean_level(reference[silent[1]])
    return Coverage(track, target, len(states), shares, pes_db, eps_db)


def _mean_level(level: NDArray[np.float64]) -> float:
    if not len(level):
        return float("nan")
    return float(np.mean(10 * np.log10(10 ** (level / 10) + FLOOR)))
