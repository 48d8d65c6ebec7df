"""Several systems on the same frames: those in which each of them has a value.

Axes: (systems, tracks) of track scores, (tracks, frames) of one system's frames. Tracks are matched
by name, frames by number; frames of one number that begin at other times are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.scores import WHOLE, Scores
from partita.evaluate.aggregate import INNER, whole_values
from partita.evaluate.frame_states import FrameGrid, check_same_times, counted
from partita.metrics.registry import find, names
from partita.metrics.silence import THRESHOLD_DB

LENGTH_S = 1e-3
"""Frames of one number whose lengths differ by more are not the same frame, seconds."""

By = Literal["median", "mean"]
Counted = tuple[FrameGrid, NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class TrackScores:
    """The scores of several systems on what they have in common.

    Attributes
    ----------
    systems, tracks : names, one a row, one a column.
    score : (systems, tracks) finite, in the metric's unit.
    tracks_left_out : those that not every system has, or where one has no finite score.
    frames : how many each score stands on, all tracks together; 0 where tracks were measured whole.
    frames_left_out : frames of the same tracks that are undefined for a system, or silent in the
        target.
    same_frames : False where the frames of a system are not known, though its metric goes by
        frames: then each system stands on frames of its own.
    """

    systems: tuple[str, ...]
    tracks: tuple[str, ...]
    score: NDArray[np.float64]
    tracks_left_out: int
    frames: int
    frames_left_out: int
    same_frames: bool


def common_scores(
    systems: Mapping[str, Scores],
    metric: str,
    target: str,
    *,
    by: By = "median",
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> TrackScores:
    """The score of every track, over the frames that all systems with this target share.

    Parameters
    ----------
    by : how a track's frames make its score.
    threshold_db, strict : where the target is silent, see `frame_states.states_of`.

    Raises
    ------
    UsageError : fewer than two systems have the target, or they share no track, or no track has a
        finite score, or their frames lie at other times.

    Examples
    --------
    >>> rows = lambda *values: Scores.from_rows(
    ...     ("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate(values))
    >>> found = common_scores({"A": rows(1, 2, 9), "B": rows(1, 2, np.nan)}, "sdr", "bass")
    >>> found.score.tolist(), found.frames, found.frames_left_out
    ([[1.5], [1.5]], 2, 1)
    """
    tracks_of = {name: tracks_with(s, metric, target) for name, s in systems.items()}
    tracks_of = {name: tracks for name, tracks in tracks_of.items() if tracks}
    every, tracks = _shared_tracks(tracks_of, metric, target)
    framed: dict[str, Counted] = {}
    scores: dict[str, list[float]] = {}
    for name in tracks_of:
        if has_frames(systems[name], metric, target):
            framed[name] = counted(
                systems[name],
                metric,
                target,
                tracks=tracks,
                threshold_db=threshold_db,
                strict=strict,
            )
        else:
            whole = whole_values(systems[name], metric, target)
            scores[name] = [whole[track] for track in tracks]
    common = exists = np.zeros((len(tracks), 0), dtype=np.bool_)
    if len(framed) == len(tracks_of):
        framed, common, exists = _same_frames(framed, target)
    for name, (grid, frames) in framed.items():
        rows = zip(grid.value, frames, strict=True)
        scores[name] = [INNER[by](value[row]) for value, row in rows]
    score = np.array([scores[name] for name in tracks_of])
    keep = np.isfinite(score).all(axis=0)
    if not keep.any():
        raise UsageError(
            f"{metric} of {target}: on no track do {', '.join(tracks_of)} all have a finite score"
        )
    return TrackScores(
        systems=tuple(tracks_of),
        tracks=tuple(track for track, kept in zip(tracks, keep, strict=True) if kept),
        score=score[:, keep],
        tracks_left_out=len(every) - int(keep.sum()),
        frames=int(common[keep].sum()),
        frames_left_out=int(exists[keep].sum() - common[keep].sum()),
        same_frames=len(framed) == len(tracks_of) or not (framed or _goes_by_frames(metric)),
    )


def has_frames(scores: Scores, metric: str, target: str) -> bool:
    """Whether the table has the metric frame by frame."""
    rows = (scores.metric == metric) & (scores.target == target)
    return bool((scores.frame[rows] > WHOLE).any())


def tracks_with(scores: Scores, metric: str, target: str) -> list[str]:
    """The tracks that have the metric (by frames, where any has), in order of appearance."""
    rows = (scores.metric == metric) & (scores.target == target)
    if has_frames(scores, metric, target):
        rows &= scores.frame > WHOLE
    return list(dict.fromkeys(scores.track[rows].tolist()))


def _shared_tracks(
    tracks_of: Mapping[str, Sequence[str]], metric: str, target: str
) -> tuple[list[str], list[str]]:
    """The tracks that any system has, and those that all have."""
    if len(tracks_of) < 2:
        raise UsageError(
            f"a comparison needs two systems with {metric} of {target}, got {len(tracks_of)} "
            f"({', '.join(tracks_of) or 'none'})"
        )
    every = list(dict.fromkeys(track for tracks in tracks_of.values() for track in tracks))
    sets = [set(tracks) for tracks in tracks_of.values()]
    shared = [track for track in every if all(track in each for each in sets)]
    if not shared:
        examples = ", ".join(f"{name} has {tracks[0]!r}" for name, tracks in tracks_of.items())
        raise UsageError(
            f"{metric} of {target}: the systems share no track; tracks are matched by name "
            f"({examples})"
        )
    return every, shared


def _same_frames(
    framed: Mapping[str, Counted], target: str
) -> tuple[dict[str, Counted], NDArray[np.bool_], NDArray[np.bool_]]:
    """The grids with only common frames counted; the common ones; and those any system has."""
    width = max(grid.value.shape[1] for grid, _ in framed.values())
    wide = {name: grid.widened(width) for name, (grid, _) in framed.items()}
    first_name, first = next(iter(wide.items()))
    common = np.ones(first.value.shape, dtype=np.bool_)
    exists = np.zeros_like(common)
    for name, grid in wide.items():
        check_same_times(first.time_s, grid.time_s, f"{target}: {first_name} and {name}")
        counts = framed[name][1]
        common &= np.pad(counts, ((0, 0), (0, width - counts.shape[1])))
        common &= np.abs(first.duration_s - grid.duration_s) <= LENGTH_S
        exists |= grid.exists
    return {name: (grid, common) for name, grid in wide.items()}, common, exists


def _goes_by_frames(metric: str) -> bool:
    return metric in names() and find(metric).framewise
