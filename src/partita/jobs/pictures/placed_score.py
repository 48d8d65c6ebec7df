"""A score's notes over the spectrogram, and the tempo map."""

from __future__ import annotations

import numpy as np

from partita.core.names import printable
from partita.core.understood import PlacedScore
from partita.jobs.pictures.sheet import COLOURS, Sheet, colour, legend, note_hz

QUARTER_TONE = 2 ** (1 / 24)
SILENT_HZ = (80.0, 2000.0)
"""What is shown where no note is left."""


def draw_placed_score(shown: PlacedScore, sheet: Sheet) -> None:
    """The piano roll above, the times of score and recording below."""
    sheet.figure.set_size_inches(sheet.width_in, 8)
    above, below = sheet.figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    _draw_roll(shown, sheet, above)
    _draw_tempo(shown, below)
    sheet.time_axis(below)
    sheet.head(_fit(shown))


def _draw_roll(shown: PlacedScore, sheet: Sheet, axis: object) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Patch, Rectangle

    score = shown.score
    hz = np.array([note_hz(pitch) for pitch in score.pitch_midi])
    low_hz, high_hz = (hz.min() / 1.5, hz.max() * 3) if len(hz) else SILENT_HZ
    sheet.background(axis, low_hz, high_hz)
    handles = []
    for number, part in enumerate(score.parts):
        boxes = [
            Rectangle(
                (score.onset_s[n], hz[n] / QUARTER_TONE),
                score.offset_s[n] - score.onset_s[n],
                hz[n] * QUARTER_TONE - hz[n] / QUARTER_TONE,
            )
            for n in range(len(hz))
            if score.part[n] == part
        ]
        ours = colour(number)
        for face, alpha in ((ours, 0.25), ("none", 1.0)):
            axis.add_collection(  # type: ignore[attr-defined]
                PatchCollection(boxes, facecolor=face, edgecolor=ours, alpha=alpha, linewidth=1.4)
            )
        handles.append(Patch(facecolor=ours, label=printable(part)))
    legend(axis, handles)


def _draw_tempo(shown: PlacedScore, axis: object) -> None:
    map_s = np.concatenate([shown.score_s, [0.1]])
    axis.axline(  # type: ignore[attr-defined]
        (0, 0), slope=1, color="#909090", linestyle=":", label="as the score is written"
    )
    axis.plot(  # type: ignore[attr-defined]
        shown.recording_s, shown.score_s, color=COLOURS[1], linewidth=2,
        label="as the notes were found",
    )  # fmt: skip
    axis.set_ylim(0, 1.05 * float(map_s.max()))  # type: ignore[attr-defined]
    axis.set_ylabel("time in the score, s")  # type: ignore[attr-defined]
    axis.legend(loc="upper left")  # type: ignore[attr-defined]


def _fit(shown: PlacedScore) -> str:
    how = (
        "the notes were moved to where they were found"
        if shown.aligned
        else "the notes were left at their written times"
    )
    if shown.mismatch is None:
        return f"{how}; too little to tell how well the score fits"
    return f"{how}; mismatch {shown.mismatch:.2f}: 0 is a perfect fit, 1 no better than chance"
