"""Our scores in front of SiSEC 2018's field: 31 systems on other songs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from partita.evaluate.sisec18 import METRICS, TARGETS, sisec18_leaderboard
from partita.report.axis import Axis, axis_of
from partita.report.numbers import shown
from partita.report.overview import Stem

ORACLES = ("IBM1", "IBM2", "IRM1", "IRM2", "MWF")
"""Systems of the campaign that knew the true stems."""

SAME = {"no_vocals": "accompaniment", "instrumental": "accompaniment"}
"""Other names for the campaign's stems."""


@dataclass(frozen=True)
class Field:
    """One stem.

    Attributes
    ----------
    theirs : (system, place, value as text, whether it knew the true stems), the best first.
    ours : (number of our system, place, value as text).
    """

    stem: str
    target: str
    theirs: tuple[tuple[str, float, str, bool], ...]
    ours: tuple[tuple[int, float, str], ...]
    axis: Axis


def fields(overviews: Sequence[Sequence[Stem]], metric: str) -> list[Field]:
    """A row for each stem that the campaign has too; none of metrics that it has not."""
    if metric not in METRICS:
        return []
    names = dict.fromkeys(stem.name for stems in overviews for stem in stems)
    found = []
    for name in names:
        target = SAME.get(name, name)
        if target not in TARGETS:
            continue
        board = sisec18_leaderboard(metric, target)
        values = {system: kinds["median/median"] for system, kinds in board.values.items()}
        ours = [
            (system, stem.whole.values[metric])
            for system, stems in enumerate(overviews)
            for stem in stems
            if stem.name == name and metric in stem.whole.values
        ]
        axis = axis_of([*values.values(), *(value for _, value in ours)])
        found.append(
            Field(
                stem=name,
                target=target,
                theirs=tuple(
                    (system, axis.percent(value), shown(value), system in ORACLES)
                    for system, value in values.items()
                ),
                ours=tuple((system, axis.percent(v), shown(v)) for system, v in ours),
                axis=axis,
            )
        )
    return found
