"""What pictures share: the sheet that they are drawn on, its colours and its axes.

Colours are those of Okabe and Ito, "Color universal design", 2008, which people who see colours
differently tell apart too; names and places say the same as the colours do.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.jobs.spectrogram import RANGE_DB, PitchSpectrogram

Floats = NDArray[np.floating]

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#595959")
WIDTH_IN, WIDEST_IN = 12.0, 40.0
HEAD_IN = 0.6
GREYS = 24
"""Steps from white to the loudest: of some 3 dB each, which makes small files."""
S_PER_IN = 8.0
"""Longer recordings get wider pictures."""
STYLE: Mapping[str, Any] = MappingProxyType(
    {
        "font.size": 10,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#808080",
        "axes.labelcolor": "#303030",
        "xtick.color": "#303030",
        "ytick.color": "#303030",
        "legend.frameon": False,
        "text.parse_math": False,
    }
)


@dataclass(frozen=True)
class Sheet:
    """An empty figure, and what is known about the recording.

    Attributes
    ----------
    figure : a figure of matplotlib's.
    title : which recording, which engine.
    duration_s : of the recording. sound : its spectrogram.
    """

    figure: Any
    title: str
    duration_s: float
    sound: PitchSpectrogram

    @property
    def width_in(self) -> float:
        return float(np.clip(self.duration_s / S_PER_IN, WIDTH_IN, WIDEST_IN))

    def head(self, note: str) -> None:
        """The title, and below it what is to be seen."""
        inch = 1 / self.figure.get_figheight()
        at = {"x": 0.008, "ha": "left", "va": "top"}
        self.figure.text(s=self.title, y=1 - 0.1 * inch, fontsize=12, fontweight="bold", **at)
        self.figure.text(s=note, y=1 - 0.36 * inch, fontsize=10, color="#505050", **at)
        self.figure.get_layout_engine().set(rect=(0, 0, 1, 1 - HEAD_IN * inch))

    def time_axis(self, axis: Any) -> None:
        """Seconds, from the start to the end of the recording."""
        axis.set_xlim(0, self.duration_s)
        axis.set_xlabel("time, s")

    def background(self, axis: Any, low_hz: float, high_hz: float) -> None:
        """The spectrogram in grey, over a log frequency axis that names the Cs."""
        from matplotlib import colormaps
        from matplotlib.ticker import FixedLocator, NullLocator

        axis.set_yscale("log")
        axis.pcolormesh(
            self.sound.time_s,
            self.sound.freq_hz,
            self.sound.level_db,
            shading="nearest",
            cmap=colormaps["Greys"].resampled(GREYS),
            vmin=-RANGE_DB,
            vmax=RANGE_DB / 3,  # so that the loudest is no darker than the lines
        )
        axis.set_ylim(low_hz, high_hz)
        axis.set_xlim(0, self.duration_s)
        octaves = [n for n in range(12, 120, 12) if low_hz <= note_hz(n) <= high_hz]
        axis.yaxis.set_major_locator(FixedLocator([note_hz(n) for n in octaves]))
        axis.yaxis.set_minor_locator(NullLocator())
        axis.set_yticklabels([f"C{n // 12 - 1}  {note_hz(n):.0f}" for n in octaves])
        axis.set_ylabel("frequency, Hz")


@contextmanager
def style() -> Iterator[None]:
    """Our style, and no warning about letters that the font lacks: they are drawn as boxes."""
    import matplotlib

    with matplotlib.rc_context(dict(STYLE)), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def colour(number: int) -> str:
    """Of the stem of that number."""
    return COLOURS[number % len(COLOURS)]


def rgb(number: int) -> Floats:
    """(3,) as `colour`, 0 … 1."""
    from matplotlib.colors import to_rgb

    return np.array(to_rgb(colour(number)))


def legend(axis: Any, handles: Sequence[Any]) -> None:
    """Above the axis, to the right."""
    axis.legend(
        handles=handles,
        loc="lower right",
        bbox_to_anchor=(1, 1),
        ncols=min(len(handles), 8),
        borderaxespad=0.2,
    )


def note_hz(midi: float) -> float:
    """The frequency of a MIDI note."""
    return float(440.0 * 2 ** ((midi - 69) / 12))


def shade(x: Floats, range_db: float, *, axis: int | None = None) -> Floats:
    """0 … 1: from range_db below the peak to the peak, that of all or of each line."""
    peak = np.maximum(np.max(x, axis=axis, keepdims=True), 1e-30)
    shown: Floats = np.clip(1 + 20 * np.log10(np.maximum(x / peak, 1e-9)) / range_db, 0, 1)
    return shown


def tinted(shades: Floats, colours: Floats) -> Floats:
    """(rows, columns, 3): from white (0) over a colour (0.7) to a darker one (1).

    Parameters
    ----------
    shades : (rows, columns). colours : (rows, 3), or (3,) for all.
    """
    s = shades[..., None]
    base = colours if colours.ndim == 1 else colours[:, None]
    light = 1 - np.minimum(s / 0.7, 1) * (1 - base)
    result: Floats = light * (1 - 0.5 * np.maximum(s - 0.7, 0) / 0.3)
    return result


def ticks_hz(axis: Any, freq_hz: Floats, shown_hz: Sequence[int]) -> None:
    """Ticks of an image that runs from 0 to 1 along a log frequency axis."""
    inside = [f for f in shown_hz if freq_hz[0] <= f <= freq_hz[-1]]
    places = np.log(np.array(inside) / freq_hz[0]) / np.log(freq_hz[-1] / freq_hz[0])
    axis.set_ticks(places, [f"{f // 1000} k" if f >= 1000 else str(f) for f in inside])
