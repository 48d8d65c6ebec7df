"""Scores: measurements as plain columns, a row for each (track, target, frame, metric).

`frame` counts from 0; -1 marks a value that belongs to the whole track. A value may be NaN
(undefined) or infinite (a perfect estimate): nothing is dropped here, readers decide.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

WHOLE = -1
"""The `frame` of a value that belongs to the whole track."""

COLUMNS = ("track", "target", "metric", "frame", "time_s", "duration_s", "value")


@dataclass(frozen=True, eq=False)
class Scores:
    """A long table of measurements.

    Parameters
    ----------
    track, target, metric : (rows,) names.
    frame : (rows,) int, from 0; -1 for the whole track.
    time_s, duration_s : (rows,) where the frame starts, and how long it is, seconds.
    value : (rows,) float, in the metric's unit.

    Examples
    --------
    >>> scores = Scores.from_rows([("song", "vocals", "SDR", -1, 0.0, 30.0, 5.5)])
    >>> scores.where(target="vocals").value
    array([5.5])
    >>> len(scores.where(target="drums"))
    0
    """

    track: NDArray[np.str_]
    target: NDArray[np.str_]
    metric: NDArray[np.str_]
    frame: NDArray[np.int64]
    time_s: NDArray[np.float64]
    duration_s: NDArray[np.float64]
    value: NDArray[np.float64]

    def __post_init__(self) -> None:
        kinds = (np.str_, np.str_, np.str_, np.int64, np.float64, np.float64, np.float64)
        for name, kind in zip(COLUMNS, kinds, strict=True):
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=kind))
        lengths = {name: len(getattr(self, name)) for name in COLUMNS}
        if len(set(lengths.values())) != 1:
            raise UsageError(f"columns of scores must be equally long, got {lengths}")

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[str, str, str, int, float, float, float]]) -> Scores:
        """Scores from tuples in the order of COLUMNS."""
        table = list(rows)
        columns = list(zip(*table, strict=True)) if table else [()] * len(COLUMNS)
        return cls(*(np.asarray(column) for column in columns))

    @classmethod
    def concatenate(cls, parts: Iterable[Scores]) -> Scores:
        """All rows of all parts, in order."""
        listed = list(parts)
        return cls(*(np.concatenate([getattr(p, n) for p in listed] or [[]]) for n in COLUMNS))

    def __len__(self) -> int:
        return len(self.value)

    def where(self, **equals: str | int) -> Scores:
        """The rows whose columns equal the given values."""
        keep = np.ones(len(self), dtype=bool)
        for name, wanted in equals.items():
            if name not in COLUMNS:
                raise UsageError(f"scores have no column {name!r}; there are {', '.join(COLUMNS)}")
            keep &= getattr(self, name) == wanted
        return Scores(*(getattr(self, name)[keep] for name in COLUMNS))
