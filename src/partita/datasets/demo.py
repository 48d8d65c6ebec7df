"""The built-in demo song, with true stems: composed and rendered by tools/demo_song."""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.track import Track

STEMS = ("vocals", "drums", "bass", "other")


def demo_track() -> Track:
    """The demo song; its mix is the sum of its four stems.

    Examples
    --------
    >>> track = demo_track()
    >>> track.stems().names
    ('vocals', 'drums', 'bass', 'other')
    """
    return Track("demo", _mix, _stems)


def _mix() -> Audio:
    stems = _stems()
    mix = np.einsum("sct->ct", stems.samples.astype(np.float64))
    return Audio(mix.astype(np.float32), stems.rate)


@cache
def _stems() -> Stems:
    from partita.io.audio import load

    parts = []
    for name in STEMS:
        with as_file(files("partita.datasets") / "demo" / f"{name}.ogg") as path:
            parts.append(load(path))
    return Stems(STEMS, np.stack([part.samples for part in parts]), parts[0].rate)
