"""The first page: how good is it, for which stem, and where does it fail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from partita.evaluate.aggregate import higher_is_better
from partita.report.axis import Axis, axis_of
from partita.report.numbers import counted, heading, percent, shown
from partita.report.overview import ErrorShares, Stem, place
from partita.report.pairs import Pair, told_apart
from partita.report.result import Result


@dataclass(frozen=True)
class Line:
    """One stem of one system on the scale; places are percent of its width.

    Attributes
    ----------
    value, low, high : the median over songs and its interval; `low` and `high` are None without.
    songs : (place, song and value) of every song.
    baselines : (name, place, value).
    """

    system: int
    stem: str
    value: float
    text: str
    interval: str
    place: float | None
    low: float | None
    high: float | None
    songs: tuple[tuple[float, str], ...]
    baselines: tuple[tuple[str, float, float], ...]
    errors: ErrorShares | None
    blame: str


@dataclass(frozen=True)
class Glance:
    """Everything on the first page."""

    lead: tuple[str, ...]
    axis: Axis
    stems: tuple[tuple[str, tuple[Line, ...]], ...]
    baselines: tuple[str, ...]
    unit: str
    metric: str
    few: bool
    intervals: bool


def glance(
    results: Sequence[Result],
    overviews: Sequence[Sequence[Stem]],
    metric: str,
    unit: str,
    compared: Sequence[Pair],
) -> Glance:
    """The first page of one or more systems.

    Parameters
    ----------
    overviews : of each result, in the same order.
    metric, unit : what it speaks of.
    compared : the systems beside each other.
    """
    names = sorted({s.name for stems in overviews for s in stems}, key=lambda n: (place(n), n))
    pairs = [(n, stem) for n, stems in enumerate(overviews) for stem in stems]
    pairs = [(n, stem) for n, stem in pairs if metric in stem.whole.values]
    axis = axis_of(_values([stem for _, stem in pairs], metric), around=(0.0,))
    lines = [_line(n, stem, metric, axis) for n, stem in pairs]
    groups = ((name, tuple(line for line in lines if line.stem == name)) for name in names)
    return Glance(
        lead=tuple(_lead(results, overviews, metric, unit, compared)),
        axis=axis,
        stems=tuple(group for group in groups if group[1]),
        baselines=tuple(dict.fromkeys(name for line in lines for name, _, _ in line.baselines)),
        unit=unit,
        metric=heading(metric),
        few=any(stem.intervals[metric] is None for _, stem in pairs),
        intervals=any(stem.intervals[metric] is not None for _, stem in pairs),
    )


def blame(errors: ErrorShares | None) -> str:
    r"""What most of an error is, in words: one cause, or two.

    Examples
    --------
    >>> shares = {"bleed": 0.7, "loss": 0.2, "artifact": 0.1}
    >>> blame(ErrorShares(shares, {"drums": 0.6, "bass": 0.4})).replace("\u202f", " ")
    '70 % bleed (mostly drums)'
    >>> shares = {"bleed": 0.3, "loss": 0.6, "artifact": 0.1}
    >>> blame(ErrorShares(shares, {"band": 1.0})).replace("\u202f", " ")
    '60 % loss, 30 % bleed (of band)'
    """
    if errors is None:
        return ""
    ordered = sorted(errors.shares, key=lambda cause: -errors.shares[cause])
    told = [cause for n, cause in enumerate(ordered[:2]) if not n or errors.shares[cause] >= 0.25]
    return ", ".join(_told(cause, errors) for cause in told)


def _told(cause: str, errors: ErrorShares) -> str:
    text = f"{percent(errors.shares[cause])} {cause}"
    if cause != "bleed" or not errors.sources:
        return text
    source = next(iter(errors.sources))
    if len(errors.sources) == 1:
        return f"{text} (of {source})"
    return f"{text} (mostly {source})" if errors.sources[source] > 0.5 else text


def _values(stems: Sequence[Stem], metric: str) -> list[float]:
    found: list[float] = []
    for stem in stems:
        found.append(stem.whole.values[metric])
        found += stem.intervals[metric] or ()
        found += [song.values.get(metric, math.nan) for song in stem.songs.values()]
        found += [base.values.get(metric, math.nan) for base in stem.baselines.values()]
    return found


def _line(system: int, stem: Stem, metric: str, axis: Axis) -> Line:
    value, interval = stem.whole.values[metric], stem.intervals[metric]
    songs = [(name, song.values.get(metric, math.nan)) for name, song in stem.songs.items()]
    bases = [(n, base.values.get(metric, math.nan)) for n, base in stem.baselines.items()]
    return Line(
        system=system,
        stem=stem.name,
        value=value,
        text=shown(value),
        interval=f"{shown(interval[0])} … {shown(interval[1])}" if interval else "",
        place=None if math.isnan(value) else axis.percent(value),
        low=axis.percent(interval[0]) if interval else None,
        high=axis.percent(interval[1]) if interval else None,
        songs=tuple(
            (axis.percent(v), f"{name}: {shown(v)}")
            for name, v in songs
            if not math.isnan(v) and len(songs) > 1
        ),
        baselines=tuple((n, axis.percent(v), v) for n, v in bases if not math.isnan(v)),
        errors=stem.errors,
        blame=blame(stem.errors),
    )


def _lead(
    results: Sequence[Result],
    overviews: Sequence[Sequence[Stem]],
    metric: str,
    unit: str,
    compared: Sequence[Pair],
) -> list[str]:
    """Two or three sentences."""
    songs = dict.fromkeys(name for stems in overviews for stem in stems for name in stem.songs)
    if len(results) > 1:
        lead = [f"{len(results)} systems on {counted(len(songs), 'song')}."]
        return [*lead, told_apart(compared)] if len(results) == 2 else lead
    stems = [s for s in overviews[0] if not math.isnan(s.whole.values.get(metric, math.nan))]
    if not stems:
        return [f"{counted(len(songs), 'song')}; no stem has a {heading(metric)}."]
    sign = 1 if higher_is_better(metric) else -1
    ordered = sorted(stems, key=lambda stem: -sign * stem.whole.values[metric])
    best, worst = ordered[0], ordered[-1]
    after = f" {unit}" if unit else ""
    values = {id(s): f"{shown(s.whole.values[metric])}{after}" for s in (best, worst)}
    sentences = [f"{values[id(best)]} for {best.name}."]
    if best is not worst:
        sentences = [
            f"Best at {best.name}, {values[id(best)]}; weakest at {worst.name}, "
            f"{values[id(worst)]}."
        ]
    if worst.errors is not None:
        sentences.append(f"What is wrong with “{worst.name}”: {blame(worst.errors)}.")
    if worst.coverage is not None and worst.coverage.shares["target silent"] > 0.05:
        share = percent(worst.coverage.shares["target silent"])
        sentences.append(
            f"In {share} of the seconds something is heard where “{worst.name}” is silent."
        )
    return sentences
