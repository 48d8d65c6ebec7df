"""Spectra and their activations, a row each, grouped by stem."""

from __future__ import annotations

import numpy as np

from partita.core.names import printable
from partita.core.understood import Components
from partita.jobs.pictures.sheet import WIDTH_IN, Sheet, colour, rgb, shade, ticks_hz, tinted

LOW_HZ, BANDS = 40.0, 240
SPECTRUM_DB, LEVEL_DB = 40.0, 50.0
"""How far below its peak a spectrum is shown, and an activation below the loudest of all."""


def draw_components(shown: Components, sheet: Sheet) -> None:
    """On the left what each spectrum looks like, on the right when it sounds."""
    order = _order(shown)
    owner, rows = shown.owner[order], len(order)
    sheet.figure.set_size_inches(WIDTH_IN, float(np.clip(0.1 * rows + 1.6, 3.5, 16)))
    left, right = sheet.figure.subplots(1, 2, sharey=True, width_ratios=(1, 2))
    freq_hz = np.geomspace(LOW_HZ, float(shown.freq_hz[-1]), BANDS)
    shapes = np.stack([np.interp(freq_hz, shown.freq_hz, shown.W[:, k]) for k in order])
    loud = (shown.H * shown.W.sum(axis=0)[:, None])[order]
    colours = np.stack([rgb(number) for number in owner])
    for axis, shades, end in (
        (left, shade(shapes, SPECTRUM_DB, axis=1), 1.0),
        (right, shade(loud, LEVEL_DB), sheet.duration_s),
    ):
        extent = (0, end, rows, 0)
        axis.imshow(tinted(shades, colours), aspect="auto", interpolation="nearest", extent=extent)
        axis.tick_params(axis="y", length=0)
        for edge in np.flatnonzero(np.diff(owner)) + 1:
            axis.axhline(edge, color="#808080", linewidth=0.8)
    present = [n for n in range(len(shown.stems)) if np.any(owner == n)]
    left.set_yticks(
        [float(np.mean(np.flatnonzero(owner == n))) + 0.5 for n in present],
        [f"{printable(shown.stems[n])} ({np.sum(owner == n)})" for n in present],
    )
    for label, number in zip(left.get_yticklabels(), present, strict=True):
        label.set_color(colour(number))
        label.set_fontweight("bold")
    ticks_hz(left.xaxis, freq_hz, (50, 100, 200, 500, 1000, 2000, 5000, 10000))
    left.set_xlabel("frequency, Hz")
    left.set_title("the shape of each spectrum")
    right.set_title("when it sounds, the darker the louder")
    sheet.time_axis(right)
    sheet.head("the spectra that were learned, and in brackets how many each stem has")


def _order(shown: Components) -> np.ndarray:
    """Stem by stem, the highest spectrum of each first."""
    weight = shown.W / np.maximum(shown.W.sum(axis=0), 1e-30)
    centre = np.log(np.maximum(shown.freq_hz, 1)) @ weight
    return np.lexsort((-centre, shown.owner))
