"""The stretches in which sources sound."""

from __future__ import annotations

from partita.core.hints import Activity
from partita.core.names import printable
from partita.jobs.pictures.sheet import COLOURS, Sheet


def draw_activity(shown: Activity, sheet: Sheet) -> None:
    """A row a source."""
    sources = tuple(dict.fromkeys(shown.source))
    sheet.figure.set_size_inches(sheet.width_in, 1.6 + 0.5 * max(len(sources), 1))
    axis = sheet.figure.subplots()
    for number, source in enumerate(sources):
        stretches = [
            (start_s, end_s - start_s)
            for start_s, end_s, name in zip(shown.start_s, shown.end_s, shown.source, strict=True)
            if name == source
        ]
        axis.broken_barh(stretches, (number - 0.35, 0.7), color=COLOURS[0])
    axis.set_yticks(range(len(sources)), [printable(source) for source in sources])
    axis.set_ylim(max(len(sources), 1) - 0.5, -0.5)
    axis.grid(axis="x", color="#E0E0E0")
    axis.set_axisbelow(True)
    sheet.time_axis(axis)
    sheet.head("where each source may sound, as the hint says")
