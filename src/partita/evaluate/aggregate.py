"""All the ways of averaging frames and tracks into one number, beside each other.

    median/median   the median over a track's frames, then over tracks (SiSEC)
    mean/mean       the mean over a track's frames, then over tracks
    median/mean     the median over a track's frames, then the mean over tracks
    mean/median     the mean over a track's frames, then the median over tracks
    pooled median   over all frames of all tracks
    pooled mean     over all frames of all tracks: a long song counts for more
    global          the mean over tracks of the whole track's value (`sdr_global`: MDX)
    median, mean    over tracks, of a metric that has one value a track

NaN (undefined) is left out and counted. Infinite: medians keep it, at its end of the order (of two
middle values of which one is infinite, the lower one); means are over finite values, and say how
many they left out. Frames whose target is silent do not count, where the table knows the levels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.scores import WHOLE, Scores
from partita.evaluate.frame_states import counted
from partita.metrics.registry import find, names
from partita.metrics.silence import THRESHOLD_DB

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Aggregate:
    """One number over frames and tracks, and what it stands on.

    Attributes
    ----------
    value : in the metric's unit; NaN where nothing is defined.
    tracks, of_tracks : how many tracks it stands on, and how many there are.
    frames, of_frames : the same of frames; both 0 where whole tracks were measured.
    infinite : how many infinite values (of frames, and of tracks) a mean left out.
    """

    value: float
    tracks: int
    of_tracks: int
    frames: int
    of_frames: int
    infinite: int


@dataclass(frozen=True)
class RankStability:
    """The rank of each system under each way of averaging.

    Attributes
    ----------
    values : system -> aggregation -> value.
    ranks : system -> aggregation -> rank, from 1 (best); equal values share the better rank.
    left_out : systems that have no such target or metric.
    """

    metric: str
    target: str
    values: dict[str, dict[str, float]]
    ranks: dict[str, dict[str, int]]
    left_out: tuple[str, ...] = ()

    @property
    def moves(self) -> dict[str, int]:
        """System -> the distance between its best and its worst rank."""
        return {s: max(r.values()) - min(r.values()) for s, r in self.ranks.items()}

    @property
    def largest_move(self) -> tuple[str, int]:
        """The system that moves most, and by how many ranks."""
        return max(self.moves.items(), key=lambda item: item[1])


def aggregate(
    scores: Scores,
    metric: str,
    target: str,
    *,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> dict[str, Aggregate]:
    """Every aggregation that the table allows: see the module.

    Parameters
    ----------
    threshold_db, strict : where the target is silent, see `frame_states.states_of`.

    Raises
    ------
    UsageError : the table has no such metric or target.

    Examples
    --------
    >>> rows = [("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate([1.0, 2.0, 9.0])]
    >>> found = aggregate(Scores.from_rows(rows), "sdr", "bass")
    >>> found["median/median"].value, found["mean/mean"].value, found["mean/mean"].frames
    (2.0, 4.0, 3)
    """
    grid, counts = counted(scores, metric, target, threshold_db=threshold_db, strict=strict)
    if grid.tracks:
        of_frames = int(grid.exists.sum())
        found = _over_frames([v[c] for v, c in zip(grid.value, counts, strict=True)], of_frames)
        whole = whole_values(scores, f"{metric}_global", target)
        if whole:
            found["global"] = _over_tracks(mean, list(whole.values()))
        return found
    whole = whole_values(scores, metric, target)
    if not whole:
        raise UsageError(_nothing(scores, metric, target))
    values = list(whole.values())
    return {"median": _over_tracks(median, values), "mean": _over_tracks(mean, values)}


def rank_stability(
    systems: Mapping[str, Scores],
    metric: str,
    target: str,
    *,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> RankStability:
    """The rank of each system under each aggregation that all of them allow.

    Parameters
    ----------
    systems : name -> scores; those without this metric and target are left out, and named.
    threshold_db, strict : as `aggregate`.

    Raises
    ------
    UsageError : no system has this metric and target.

    Examples
    --------
    >>> rows = lambda *values: Scores.from_rows(
    ...     ("a", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate(values))
    >>> found = rank_stability({"A": rows(1, 5, 6), "B": rows(4, 4, 5)}, "sdr", "bass")
    >>> found.ranks["A"]["median/median"], found.ranks["A"]["mean/mean"], found.largest_move
    (1, 2, ('A', 1))
    """
    found: dict[str, dict[str, float]] = {}
    for name, scores in systems.items():
        if not ((scores.metric == metric) & (scores.target == target)).any():
            continue
        kinds = aggregate(scores, metric, target, threshold_db=threshold_db, strict=strict)
        found[name] = {kind: each.value for kind, each in kinds.items()}
    if not found:
        raise UsageError(_nothing(Scores.concatenate(systems.values()), metric, target))
    shared = [k for k in next(iter(found.values())) if all(k in v for v in found.values())]
    if not shared:
        raise UsageError(
            f"{metric}, {target}: some systems have frames and others only whole tracks, so no "
            "average is common to all"
        )
    values = {name: {k: kinds[k] for k in shared} for name, kinds in found.items()}
    left_out = tuple(name for name in systems if name not in found)
    return ranked(values, metric, target, left_out=left_out)


def ranked(
    values: Mapping[str, Mapping[str, float]],
    metric: str,
    target: str,
    *,
    left_out: tuple[str, ...] = (),
) -> RankStability:
    """Ranks from values that are already there: system -> aggregation -> value.

    Undefined values share the last rank.
    """
    sign = 1 if higher_is_better(metric) else -1
    ranks: dict[str, dict[str, int]] = {name: {} for name in values}
    for kind in next(iter(values.values())):
        column = np.array([sign * each[kind] for each in values.values()])
        column[np.isnan(column)] = -np.inf
        for name, value in zip(values, column, strict=True):
            ranks[name][kind] = 1 + int((column > value).sum())
    return RankStability(metric, target, {k: dict(v) for k, v in values.items()}, ranks, left_out)


def whole_values(scores: Scores, metric: str, target: str) -> dict[str, float]:
    """Track -> value, of rows that speak of whole tracks.

    Raises
    ------
    UsageError : a track is there twice.
    """
    keep = (scores.metric == metric) & (scores.target == target) & (scores.frame == WHOLE)
    tracks, values = scores.track[keep].tolist(), scores.value[keep].tolist()
    found = dict(zip(tracks, values, strict=True))
    if len(found) < len(tracks):
        twice = next(track for track in tracks if tracks.count(track) > 1)
        raise UsageError(f"{twice}, {target}, {metric}: the track is in the table twice")
    return found


def higher_is_better(metric: str) -> bool:
    """Whether more is better; of metrics that are not ours, it is taken to be."""
    return find(metric).higher_is_better if metric in names() else True


def median(values: Values) -> float:
    """The median of what is not NaN; of two middle values that are infinite, the lower one.

    Examples
    --------
    >>> median(np.array([1.0, np.nan, 3.0])), median(np.array([1.0, np.inf]))
    (2.0, 1.0)
    """
    ordered = np.sort(values[~np.isnan(values)])
    if not len(ordered):
        return float("nan")
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if np.isinf(low) or np.isinf(high) else (low + high) / 2)


def mean(values: Values) -> float:
    """The mean of the finite values, NaN where there are none.

    Examples
    --------
    >>> mean(np.array([1.0, np.nan, np.inf, 3.0]))
    2.0
    """
    finite = values[np.isfinite(values)]
    return float(np.mean(finite)) if len(finite) else float("nan")


INNER: Mapping[str, Callable[[Values], float]] = {"median": median, "mean": mean}


def _over_frames(tracks: list[Values], of_frames: int) -> dict[str, Aggregate]:
    frames = sum(len(track) for track in tracks)
    found: dict[str, Aggregate] = {}
    for inner, outer in (
        ("median", "median"),
        ("mean", "mean"),
        ("median", "mean"),
        ("mean", "median"),
    ):
        each = [INNER[inner](track) for track in tracks]
        lost = sum(_infinite(track) for track in tracks) if inner == "mean" else 0
        found[f"{inner}/{outer}"] = _over_tracks(
            INNER[outer], each, frames=frames - lost, of_frames=of_frames, infinite=lost
        )
    pooled = np.concatenate(tracks)
    used = sum(len(track) > 0 for track in tracks)
    for kind in ("median", "mean"):
        lost = _infinite(pooled) if kind == "mean" else 0
        value = INNER[kind](pooled)
        found[f"pooled {kind}"] = Aggregate(
            value, used, len(tracks), frames - lost, of_frames, lost
        )
    return found


def _over_tracks(
    outer: Callable[[Values], float],
    each: list[float],
    *,
    frames: int = 0,
    of_frames: int = 0,
    infinite: int = 0,
) -> Aggregate:
    values = np.array(each, dtype=np.float64)
    lost = _infinite(values) if outer is mean else 0
    used = int((~np.isnan(values)).sum()) - lost
    return Aggregate(outer(values), used, len(values), frames, of_frames, infinite + lost)


def _infinite(values: Values) -> int:
    return int(np.isinf(values).sum())


def _nothing(scores: Scores, metric: str, target: str) -> str:
    metrics = ", ".join(dict.fromkeys(scores.metric.tolist())) or "none"
    targets = ", ".join(dict.fromkeys(scores.target.tolist())) or "none"
    return f"no {metric} of {target} here; there are metrics {metrics}, and targets {targets}"
