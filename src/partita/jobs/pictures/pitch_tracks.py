"""Pitch tracks over the spectrogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.names import printable
from partita.core.understood import PitchTracks
from partita.jobs.pictures.sheet import Sheet, colour, legend

Floats = NDArray[np.floating]

NOBODY_HZ = (80.0, 2000.0)
"""What is shown where no voice sounds at all."""


def draw_pitch_tracks(shown: PitchTracks, sheet: Sheet) -> None:
    """A line a voice; what a hint gave is dashed."""
    axis = sheet.figure.subplots()
    voiced = np.concatenate([f0[f0 > 0] for f0 in shown.f0_hz.values()])
    low_hz, high_hz = (voiced.min() / 1.5, voiced.max() * 4) if len(voiced) else NOBODY_HZ
    sheet.background(axis, low_hz, high_hz)
    lines = []
    for number, (name, f0_hz) in enumerate(shown.f0_hz.items()):
        line = _gaps(f0_hz)
        axis.plot(shown.time_s, line, color="white", linewidth=4, alpha=0.8)
        lines += axis.plot(
            shown.time_s, line, color=colour(number), linewidth=2, label=printable(name)
        )
        if name in shown.given_hz:
            axis.plot(
                shown.time_s, _gaps(shown.given_hz[name]), color="black", linewidth=0.8,
                linestyle=(0, (2, 3)),
            )  # fmt: skip
    legend(axis, lines)
    sheet.time_axis(axis)
    share = np.mean([np.mean(f0 > 0) for f0 in shown.f0_hz.values()])
    sheet.head(f"the pitch that was followed, {share:.0%} of the time{_corrected(shown)}")


def _corrected(shown: PitchTracks) -> str:
    """How far the tracks are from what the hint gave, in the median."""
    cents = [
        np.abs(1200 * np.log2(shown.f0_hz[name][both] / given[both]))
        for name, given in shown.given_hz.items()
        if np.any(both := (given > 0) & (shown.f0_hz[name] > 0))
    ]
    if not cents:
        return ""
    median = np.median(np.concatenate(cents))
    return f"; dashed: the hint, from which it differs by {median:.0f} cents in the median"


def _gaps(f0_hz: Floats) -> Floats:
    """NaN where a voice is silent, so that no line is drawn."""
    return np.where(f0_hz > 0, f0_hz, np.nan)
