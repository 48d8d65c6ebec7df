"""A scale for a chart: where values lie between its two ends, and where its marks stand."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MARKS = 6
"""About so many marks."""


@dataclass(frozen=True)
class Axis:
    """A scale from `low` to `high`, with marks at `ticks`."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def percent(self, value: float) -> float:
        """Where a value lies, 0 … 100; what lies outside is put at the end.

        Examples
        --------
        >>> Axis(0.0, 10.0, ()).percent(2.5), Axis(0.0, 10.0, ()).percent(math.inf)
        (25.0, 100.0)
        """
        place = 100 * (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(place, 2)


def axis_of(values: Iterable[float], *, around: Iterable[float] = (), marks: int = MARKS) -> Axis:
    """The scale that holds all finite values, and `around`, with even marks at both ends.

    Examples
    --------
    >>> axis_of([0.3, 8.7])
    Axis(low=0.0, high=10.0, ticks=(0.0, 2.0, 4.0, 6.0, 8.0, 10.0))
    >>> axis_of([math.nan, math.inf])
    Axis(low=0.0, high=1.0, ticks=(0.0, 0.2, 0.4, 0.6, 0.8, 1.0))
    """
    finite = [v for v in (*values, *around) if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    step = _step((high - low) / marks)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(n * step, 10) for n in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def _step(rough: float) -> float:
    """The next larger of 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 5, 10) if power * n >= rough * (1 - 1e-9))
