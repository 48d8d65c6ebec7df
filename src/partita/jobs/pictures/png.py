"""One picture, as a PNG."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Any

from partita.core.errors import MissingExtra, OutputError
from partita.core.hints import Activity
from partita.core.names import printable
from partita.core.understood import Components, PitchTracks, PlacedScore, Strokes, Understood
from partita.jobs.pictures.activity import draw_activity
from partita.jobs.pictures.components import draw_components
from partita.jobs.pictures.pitch_tracks import draw_pitch_tracks
from partita.jobs.pictures.placed_score import draw_placed_score
from partita.jobs.pictures.sheet import Sheet, style
from partita.jobs.pictures.strokes import draw_strokes
from partita.jobs.spectrogram import PitchSpectrogram

DPI = 100
KINDS: Mapping[type, tuple[str, Callable[[Any, Sheet], None]]] = MappingProxyType(
    {
        Components: ("spectra", draw_components),
        PitchTracks: ("pitch", draw_pitch_tracks),
        PlacedScore: ("score", draw_placed_score),
        Strokes: ("strokes", draw_strokes),
        Activity: ("activity", draw_activity),
    }
)
"""What can be drawn -> what the picture is called, and how it is drawn."""


def check_can_draw(folder: Path) -> None:
    """Find out before any work whether pictures can be made, and put into a folder.

    Raises
    ------
    MissingExtra : matplotlib is not installed. OutputError : the folder cannot be used.
    """
    if find_spec("matplotlib") is None:
        raise MissingExtra("--explain", "eval")
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise OutputError(f"--explain needs a folder, but {printable(place)} is none")
    if not os.access(place, os.W_OK | os.X_OK):
        raise OutputError(f"--explain cannot write to {printable(place)}: choose another folder")


def picture(shown: Understood, title: str, sound: PitchSpectrogram) -> tuple[str, bytes]:
    """What the picture is called, and its PNG.

    Parameters
    ----------
    title : which recording, which engine.
    sound : the recording.
    """
    name, draw = KINDS[type(shown)]
    with style():
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(layout="constrained")
        FigureCanvasAgg(figure)
        sheet = Sheet(figure, printable(title), sound.duration_s, sound)
        figure.set_size_inches(sheet.width_in, 6)
        draw(shown, sheet)
        file = io.BytesIO()
        figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
    return name, _fewer_colours(file)


def _fewer_colours(file: io.BytesIO) -> bytes:
    """The PNG with a palette of 256 colours, which is a third of the size."""
    from PIL import Image

    with Image.open(file) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    out = io.BytesIO()
    small.save(out, format="PNG", optimize=True)
    return out.getvalue()
