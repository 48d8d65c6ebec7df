"""The table of scores: a row for each stem of each system, and for each song in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from partita.evaluate.aggregate import aggregate
from partita.evaluate.summary import Summary
from partita.metrics.registry import find, names
from partita.metrics.silence import STATES
from partita.report.numbers import heading, percent, shown
from partita.report.overview import Stem
from partita.report.result import Result
from partita.report.settings import Settings


@dataclass(frozen=True)
class Cell:
    """One figure. `key` names it: system/stem/metric, or system/stem/song/metric."""

    key: str
    text: str
    interval: str = ""


@dataclass(frozen=True)
class Row:
    """One stem of one system.

    Attributes
    ----------
    baselines : name -> cell, of the metric that the report speaks of.
    states : (state, share 0 … 1, text), nothing where states are not known.
    songs : (song, its cells, its counts of frames).
    averages : (way of averaging, cell, what it stands on).
    """

    system: int
    stem: str
    cells: tuple[Cell | None, ...]
    baselines: tuple[Cell | None, ...]
    silence: tuple[Cell, ...]
    states: tuple[tuple[str, float, str], ...]
    counts: str
    tracks: int
    songs: tuple[tuple[str, tuple[Cell | None, ...], str], ...]
    averages: tuple[tuple[str, Cell, str], ...]


@dataclass(frozen=True)
class Table:
    """All rows, and what stands at the head of the columns: (name, unit, better, explanation)."""

    columns: tuple[tuple[str, str, str, str], ...]
    baselines: tuple[str, ...]
    rows: tuple[Row, ...]


def table(
    results: Sequence[Result],
    overviews: Sequence[Sequence[Stem]],
    metric: str,
    settings: Settings,
) -> Table:
    """The table of scores.

    Parameters
    ----------
    metric : the one that baselines and other averages are given of.
    """
    metrics = dict.fromkeys(m for stems in overviews for stem in stems for m in stem.metrics)
    ordered = [metric, *(m for m in metrics if m != metric)]
    stems = dict.fromkeys(stem.name for each in overviews for stem in each)
    baselines = dict.fromkeys(n for each in overviews for stem in each for n in stem.baselines)
    rows = [
        _row(system, stem, ordered, list(baselines), results[system], settings)
        for name in stems
        for system, each in enumerate(overviews)
        for stem in each
        if stem.name == name
    ]
    return Table(tuple(_column(m) for m in ordered), tuple(baselines), tuple(rows))


def _column(metric: str) -> tuple[str, str, str, str]:
    if metric not in names():
        return heading(metric), "", "", ""
    spec = find(metric)
    better = "higher is better" if spec.higher_is_better else "lower is better"
    return heading(metric), spec.unit, better, spec.summary


def _row(
    system: int,
    stem: Stem,
    metrics: Sequence[str],
    baselines: Sequence[str],
    result: Result,
    settings: Settings,
) -> Row:
    key = f"{system}/{stem.name}"
    known = stem.coverage is not None
    return Row(
        system=system,
        stem=stem.name,
        cells=tuple(_cell(key, stem, m) for m in metrics),
        baselines=tuple(_baseline(key, stem, name, metrics[0]) for name in baselines),
        silence=tuple(
            Cell(f"{key}/{m}", shown(stem.whole.values[m], 1)) for m in ("pes", "eps") if known
        ),
        states=tuple((s, stem.coverage.shares[s], percent(stem.coverage.shares[s])) for s in STATES)
        if stem.coverage
        else (),
        counts=_counts(stem.whole) if known else "",
        tracks=stem.tracks_with(metrics[0]),
        songs=tuple(
            (
                name,
                tuple(
                    Cell(f"{key}/{name}/{m}", shown(song.values[m])) if m in song.values else None
                    for m in metrics
                ),
                _counts(song) if known else "",
            )
            for name, song in stem.songs.items()
        ),
        averages=tuple(_averages(key, stem, result, metrics[0], settings)),
    )


def _cell(key: str, stem: Stem, metric: str) -> Cell | None:
    if metric not in stem.whole.values:
        return None
    interval = stem.intervals[metric]
    text = f"{shown(interval[0])} … {shown(interval[1])}" if interval else ""
    return Cell(f"{key}/{metric}", shown(stem.whole.values[metric]), text)


def _baseline(key: str, stem: Stem, name: str, metric: str) -> Cell | None:
    value = stem.baselines[name].values.get(metric, math.nan) if name in stem.baselines else None
    return None if value is None else Cell(f"{key}/{name}:{metric}", shown(value))


def _counts(summary: Summary) -> str:
    text = f"{summary.sounding} of {summary.frames} frames sound"
    extra = []
    if summary.lost:
        extra.append(f"{summary.lost} lost")
    if summary.leaked:
        extra.append(f"{summary.leaked} leaked into")
    return ", ".join([text, *extra])


def _averages(
    key: str, stem: Stem, result: Result, metric: str, settings: Settings
) -> list[tuple[str, Cell, str]]:
    if metric not in stem.whole.values:
        return []
    found = aggregate(
        result.scores,
        metric,
        stem.name,
        threshold_db=settings.threshold_db,
        strict=settings.strict,
    )
    rows = []
    for kind, each in found.items():
        stands = f"{each.tracks} of {each.of_tracks} songs"
        if each.of_frames:
            stands += f", {each.frames} of {each.of_frames} frames"
        if each.infinite:
            stands += f", {each.infinite} infinite left out"
        rows.append((kind, Cell(f"{key}/{kind}", shown(each.value)), stands))
    return rows
