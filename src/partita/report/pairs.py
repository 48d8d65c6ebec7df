"""Several systems beside each other: differences track by track, on the same frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partita.core.errors import UsageError
from partita.core.scores import Scores
from partita.evaluate.aggregate import higher_is_better
from partita.evaluate.common_frames import common_scores
from partita.evaluate.compare import MANY_TRACKS, Comparison, compare
from partita.report.axis import Axis, axis_of
from partita.report.numbers import listed, percent, shown, signed
from partita.report.overview import place
from partita.report.settings import Settings


@dataclass(frozen=True)
class Pair:
    """Two systems on one stem.

    Attributes
    ----------
    found : the comparison. verdict : in words.
    dots : (place, song and difference) of every song, positive where the first is better.
    middle, low, high, zero : places of the median difference, its interval, and of no difference.
    jnd : places of the just-noticeable difference to both sides, None where it is not known.
    """

    found: Comparison
    verdict: str
    cells: tuple[tuple[str, str], ...]
    standing: str
    dots: tuple[tuple[float, str], ...]
    axis: Axis
    middle: float
    low: float
    high: float
    zero: float
    jnd: tuple[float, float] | None


def pairs(systems: Mapping[str, Scores], metric: str, settings: Settings) -> list[Pair]:
    """Every pair of systems on every stem that both have; none with fewer than two systems.

    Parameters
    ----------
    systems : name -> scores.
    """
    if len(systems) < 2:
        return []
    try:
        found = compare(
            systems, metric=metric, threshold_db=settings.threshold_db, strict=settings.strict
        )
    except UsageError:  # no stem or no song in common
        return []
    found.sort(key=lambda each: place(each.target))
    return [_pair(each, systems, settings) for each in found]


def told_apart(found: Sequence[Pair]) -> str:
    """On which stems two systems can be told apart, in one sentence; nothing without pairs."""
    told = [pair.found for pair in found if pair.found.told_apart]
    rest = [pair.found.target for pair in found if not pair.found.told_apart]
    ahead = [f"{c.target} ({c.first if c.lean > 0 else c.second} is ahead)" for c in told]
    if not told:
        return f"They cannot be told apart on {listed(rest)}." if rest else ""
    but = f", but not for sure on {listed(rest)}" if rest else ""
    return f"They differ on {listed(ahead)}{but}."


def _pair(c: Comparison, systems: Mapping[str, Scores], settings: Settings) -> Pair:
    common = common_scores(
        systems, c.metric, c.target, threshold_db=settings.threshold_db, strict=settings.strict
    )
    one, other = (common.score[common.systems.index(name)] for name in (c.first, c.second))
    better = (one - other if higher_is_better(c.metric) else other - one).tolist()
    limits = () if c.jnd is None else (-c.jnd, c.jnd)
    axis = axis_of([*better, *c.median_interval], around=(0.0, *limits))
    names = list(common.tracks)
    return Pair(
        found=c,
        verdict=c.verdict,
        cells=tuple(_cells(c)),
        standing=_standing(c),
        dots=tuple(
            (axis.percent(v), f"{name}: {signed(v)}") for name, v in zip(names, better, strict=True)
        ),
        axis=axis,
        middle=axis.percent(c.median_difference),
        low=axis.percent(c.median_interval[0]),
        high=axis.percent(c.median_interval[1]),
        zero=axis.percent(0.0),
        jnd=None if c.jnd is None else (axis.percent(-c.jnd), axis.percent(c.jnd)),
    )


def _cells(c: Comparison) -> Sequence[tuple[str, str]]:
    low, high = c.median_interval
    cells = [
        (c.first, shown(c.first_score)),
        (c.second, shown(c.second_score)),
        ("difference", f"{signed(c.median_difference)} [{signed(low)}, {signed(high)}]"),
        ("wins", percent(c.win_rate)),
        ("p (Holm)", f"{c.p_holm:.3f}" if c.p_holm >= 0.001 else "< .001"),
    ]
    if c.jnd is not None:
        cells.append(("chance that it is heard", percent(c.chance_audible)))
    needed = "–" if c.tracks_needed is None else str(c.tracks_needed)
    if c.tracks_needed is not None and c.tracks_needed > MANY_TRACKS:
        needed = f"> {MANY_TRACKS}"
    return [*cells, ("songs needed", needed)]


def _standing(c: Comparison) -> str:
    if not c.same_frames:
        return "Not the same frames: some tables have whole songs only."
    if not c.frames + c.frames_left_out:
        return f"{c.tracks} songs, measured whole."
    every = c.frames + c.frames_left_out
    return f"{c.tracks} songs, {c.frames} of {every} frames, the same of all."
