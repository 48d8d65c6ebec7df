"""The frames of a song as strips: one path for each kind of frame, so that a strip stays small.

A strip is as wide as the song has frames, and 100 high. Up from the line at 68: frames where the
target sounds, the higher the better the score. Down from it: what leaks into silence, the longer
the louder. State and score are told by place and length as well as by colour.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

import numpy as np
from numpy.typing import NDArray

from partita.evaluate.aggregate import higher_is_better
from partita.metrics.registry import find, names
from partita.report.frames import ALL_STATES, StemFrames
from partita.report.numbers import clock, shown

LINE, HEIGHT = 68, 100
CLASSES = 5
"""Colours from worst to best."""

DB_LIMITS = (0.0, 3.0, 6.0, 10.0)
DB_ENDS = (-5.0, 15.0)
"""Of metrics in dB: where colours change, and the scores of the shortest and the longest bar."""

LEAK_ENDS = (-60.0, -15.0)
"""dBFS of the shortest and the longest bar of a leak."""


@dataclass(frozen=True)
class Scale:
    """How scores become colours and lengths.

    Attributes
    ----------
    limits : four scores, ascending in quality, between the five colours.
    worst, best : of the shortest and the longest bar.
    labels : of the five colours.
    """

    limits: tuple[float, ...]
    worst: float
    best: float
    labels: tuple[str, ...]

    def colour(self, score: NDArray[np.float64]) -> NDArray[np.int64]:
        """(frames,) -> 0 (worst) … 4 (best); NaN counts as worst."""
        sign = 1 if self.best >= self.worst else -1
        with np.errstate(invalid="ignore"):
            found: NDArray[np.int64] = np.sum(
                [sign * score >= sign * limit for limit in self.limits], axis=0
            )
        return found

    def height(self, score: NDArray[np.float64]) -> NDArray[np.int64]:
        """(frames,) -> 3 … LINE."""
        low, high = sorted((self.worst, self.best))
        clipped = np.clip(np.nan_to_num(score, nan=self.worst), low, high)
        share = (clipped - self.worst) / (self.best - self.worst)
        found: NDArray[np.int64] = np.rint(3 + (LINE - 3) * share).astype(np.int64)
        return found


@dataclass(frozen=True)
class Strip:
    """One stem of one song: what the picture consists of."""

    stem: str
    frames: int
    bars: tuple[tuple[int, str], ...]
    tints: tuple[tuple[int, str], ...]
    leaks: str
    lost: str
    silent: str
    unknown: str
    label: str


@dataclass(frozen=True)
class SongStrips:
    """A song: its strips, and marks along the time: (percent, text)."""

    system: int
    song: str
    duration_s: float
    strips: tuple[Strip, ...]
    marks: tuple[tuple[float, str], ...]


def scale_of(metric: str, scores: Iterable[NDArray[np.float64]]) -> Scale:
    """The scale of a metric: fixed where it is in dB and more is better, else from the scores."""
    limits: tuple[float, ...]
    if higher_is_better(metric) and (metric not in names() or find(metric).unit == "dB"):
        limits, (worst, best) = DB_LIMITS, DB_ENDS
    else:
        found = np.concatenate([np.zeros(0), *scores])
        found = found[np.isfinite(found)]
        edges = np.quantile(found if len(found) else [0.0, 1.0], [0.02, 0.2, 0.4, 0.6, 0.8, 0.98])
        if not higher_is_better(metric):
            edges = edges[::-1]
        worst, *inner, best = (float(edge) for edge in edges)
        limits = tuple(inner)
        if worst == best:
            best = worst + (1 if higher_is_better(metric) else -1)
    digits = 0 if all(abs(x - round(x)) < 1e-9 for x in limits) else 2
    text = [shown(limit, digits) for limit in limits]
    below, above = ("below", "over") if best > worst else ("over", "below")
    labels = (
        f"{below} {text[0]}",
        *(f"{a} … {b}" for a, b in pairwise(text)),
        f"{above} {text[-1]}",
    )
    return Scale(tuple(limits), worst, best, labels)


def song_strips(system: int, stems: Sequence[StemFrames], scale: Scale) -> SongStrips:
    """The strips of a song, one under the other.

    Parameters
    ----------
    stems : of one song, at least one.
    """
    first = stems[0]
    end_s = max(float(s.time_s[-1] + s.duration_s[-1]) for s in stems)
    return SongStrips(
        system=system,
        song=first.track,
        duration_s=end_s,
        strips=tuple(_strip(frames, scale) for frames in stems),
        marks=tuple(_marks(end_s)),
    )


def _strip(frames: StemFrames, scale: Scale) -> Strip:
    states, height = frames.states, scale.height(frames.score)
    colour = np.where(states == "active", scale.colour(frames.score), -1)
    low, high = LEAK_ENDS
    loud = np.nan_to_num(np.clip((frames.estimate_dbfs - low) / (high - low), 0, 1))
    depth = np.rint(4 + (HEIGHT - LINE - 8) * loud).astype(np.int64)
    bars, tints = [], []
    for n in range(CLASSES):
        here = np.flatnonzero(colour == n)
        if len(here):
            bars.append((n, "".join(f"M{x} {LINE}v-{height[x]}h1v{height[x]}z" for x in here)))
            tints.append((n, _runs(colour == n, 0, LINE)))
    leaks = np.flatnonzero(states == "target silent")
    counts = ", ".join(
        f"{np.mean(states == state):.0%} {state}" for state in ALL_STATES if (states == state).any()
    )
    return Strip(
        stem=frames.stem,
        frames=len(states),
        bars=tuple(bars),
        tints=tuple(tints),
        leaks="".join(f"M{x} {LINE + 3}v{depth[x]}h1v-{depth[x]}z" for x in leaks),
        lost=_runs(states == "estimate silent", 0, LINE),
        silent=_runs(states == "both silent", LINE, 3),
        unknown=_runs(states == "undefined", LINE - 6, 12),
        label=f"{frames.stem}: {counts}",
    )


def _runs(here: NDArray[np.bool_], top: int, height: int) -> str:
    """Boxes over runs of frames."""
    path, x = [], 0
    for inside, run in groupby(here.tolist()):
        width = len(list(run))
        if inside:
            path.append(f"M{x} {top}h{width}v{height}h-{width}z")
        x += width
    return "".join(path)


def _marks(duration_s: float) -> list[tuple[float, str]]:
    """About six marks at even times."""
    steps = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
    step = next((s for s in steps if duration_s / s <= 7), 7200)
    times = range(0, int(0.9 * duration_s) + 1, step)
    return [(round(100 * t / duration_s, 2), clock(t)) for t in times]
