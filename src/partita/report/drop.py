"""What the score gains as quiet frames leave, as small charts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from partita.evaluate.common_frames import has_frames
from partita.evaluate.drop_curve import DropCurve, drop_by_score, drop_curve
from partita.evaluate.levels import ESTIMATE_LEVEL
from partita.report.axis import Axis, axis_of
from partita.report.numbers import percent, shown, signed
from partita.report.result import Result
from partita.report.settings import Settings

WIDTH, HEIGHT = 300, 170
LEFT, RIGHT, TOP, BOTTOM = 40, 12, 12, 30
LEAST = 2.0
"""The axis spans so much at least: less is hardly heard, and shall not look like more."""

WAYS = ("median of medians", "mean of means")


@dataclass(frozen=True)
class Curve:
    """One line: its points as text for a polyline, and (x, y, share, value) of each."""

    system: int
    way: str
    points: str
    dots: tuple[tuple[float, float, str, str], ...]


@dataclass(frozen=True)
class Chart:
    """One stem: curves, marks of both axes (place, text), and what to say about it."""

    stem: str
    curves: tuple[Curve, ...]
    x_marks: tuple[tuple[float, str], ...]
    y_marks: tuple[tuple[float, str], ...]
    says: str
    by_score: bool


def drop_charts(
    results: Sequence[Result], stems: Sequence[str], metric: str, unit: str, settings: Settings
) -> list[Chart]:
    """A chart for each stem that has frames; with several systems, their medians of medians."""
    found = []
    for stem in stems:
        curves = list(_curves(results, stem, metric, settings))
        if curves:
            found.append(_chart(stem, curves, unit))
    return found


def _curves(
    results: Sequence[Result], stem: str, metric: str, settings: Settings
) -> Iterator[tuple[int, str, DropCurve, Sequence[float]]]:
    several = len(results) > 1
    for system, result in enumerate(results):
        if not has_frames(result.scores, metric, stem):
            continue
        curve = _curve_of(result, stem, metric, settings)
        yield system, result.name if several else WAYS[0], curve, curve.median_median.tolist()
        if not several:
            yield system, WAYS[1], curve, curve.mean_mean.tolist()


def _curve_of(result: Result, stem: str, metric: str, settings: Settings) -> DropCurve:
    """By level; by score where levels are not known."""
    rows = (result.scores.target == stem) & (result.scores.metric == ESTIMATE_LEVEL)
    by = drop_curve if rows.any() else drop_by_score
    return by(
        result.scores,
        metric,
        stem,
        threshold_db=settings.threshold_db,
        strict=settings.strict,
    )


def _chart(
    stem: str, curves: Sequence[tuple[int, str, DropCurve, Sequence[float]]], unit: str
) -> Chart:
    found = [v for *_, values in curves for v in values if math.isfinite(v)]
    middle = (min(found) + max(found)) / 2 if found else 0.0
    y = axis_of(found, around=(middle - LEAST / 2, middle + LEAST / 2), marks=4)
    first = curves[0][2]
    x = axis_of(first.share.tolist(), marks=5)
    drawn = [_curve(system, way, curve, values, x, y) for system, way, curve, values in curves]
    return Chart(
        stem=stem,
        curves=tuple(drawn),
        x_marks=tuple((_x(x, t), f"{100 * t:.0f}") for t in x.ticks),
        y_marks=tuple((_y(y, t), shown(t, 0 if float(t).is_integer() else 1)) for t in y.ticks),
        says=_says(curves, unit),
        by_score=first.by != ESTIMATE_LEVEL,
    )


def _curve(
    system: int, way: str, curve: DropCurve, values: Sequence[float], x: Axis, y: Axis
) -> Curve:
    dots = [
        (_x(x, share), _y(y, value), f"{100 * share:.0f} %", shown(value))
        for share, value in zip(curve.share.tolist(), values, strict=True)
        if math.isfinite(value)
    ]
    return Curve(system, way, " ".join(f"{a:g},{b:g}" for a, b, *_ in dots), tuple(dots))


def _says(curves: Sequence[tuple[int, str, DropCurve, Sequence[float]]], unit: str) -> str:
    share = curves[0][2].share
    at = int(np.argmin(np.abs(share - 0.1)))
    gains = []
    for _, way, _, values in curves:
        gain = values[at] - values[0] if math.isfinite(values[0]) else math.nan
        gains.append(f"{signed(gain)}{' ' + unit if unit else ''} ({way})")
    return f"without the quietest {percent(float(share[at]))}: {', '.join(gains)}"


def _x(axis: Axis, value: float) -> float:
    return round(LEFT + axis.percent(value) / 100 * (WIDTH - LEFT - RIGHT), 1)


def _y(axis: Axis, value: float) -> float:
    return round(HEIGHT - BOTTOM - axis.percent(value) / 100 * (HEIGHT - TOP - BOTTOM), 1)
