"""Drums: what one stroke looks like, and when they are played."""

from __future__ import annotations

import numpy as np

from partita.core.names import printable
from partita.core.understood import Strokes
from partita.jobs.pictures.sheet import Sheet, colour, rgb, shade, ticks_hz, tinted

LOW_HZ, HIGH_HZ, BANDS = 40.0, 16000.0, 120
RANGE_DB = 40.0


def draw_strokes(shown: Strokes, sheet: Sheet) -> None:
    """A row a drum: one stroke on the left, all of them on the right."""
    count = len(shown.stems)
    sheet.figure.set_size_inches(sheet.width_in, 1.2 + 1.7 * count)
    axes = sheet.figure.subplots(count, 2, width_ratios=(1, 5), squeeze=False, sharex="col")
    freq_hz = np.geomspace(LOW_HZ, min(HIGH_HZ, float(shown.freq_hz[-1])), BANDS)
    length_ms = 1000 * shown.step_s * shown.W.shape[2]
    loud = shown.H * shown.W.sum(axis=(1, 2))[:, None]
    for number, (left, right) in enumerate(axes):
        frames = shown.W[number].T
        cells = np.stack([np.interp(freq_hz, shown.freq_hz, frame) for frame in frames], axis=1)
        left.imshow(
            tinted(shade(cells, RANGE_DB), rgb(number)),
            aspect="auto",
            origin="lower",
            interpolation="nearest",
            extent=(0, length_ms, 0, 1),
        )
        ticks_hz(left.yaxis, freq_hz, (100, 1000, 10000))
        left.set_ylabel(printable(shown.stems[number]), color=colour(number), fontweight="bold")
        level = loud[number] / max(float(loud[number].max(initial=0.0)), 1e-30)
        right.fill_between(shown.time_s, level, color=colour(number), linewidth=0.8)
        right.set_ylim(0, 1.05)
        right.set_yticks([0, 1], ["0", "loudest"])
    axes[0, 0].set_title("one stroke, Hz")
    axes[0, 1].set_title("when it is played, and how loud")
    axes[-1, 0].set_xlabel("time, ms")
    sheet.time_axis(axes[-1, 1])
    sheet.head("the drums that were learned, and their strokes")
