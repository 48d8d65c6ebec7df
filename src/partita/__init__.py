"""Partita takes a recording of music apart into its parts, and says honestly how well it did.

    import partita

    stems = partita.separate("song.mp3")
    partita.save("vocals.wav", stems["vocals"])

Names are loaded when first used, so that `import partita` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from partita._version import __version__

if TYPE_CHECKING:
    from partita.core import Audio, Hints, PartitaError, Scores, Stems, Track
    from partita.engines import create as engine
    from partita.engines import names as engines
    from partita.io import load, save
    from partita.jobs import separate

_HOMES = {
    "Audio": ("partita.core", "Audio"),
    "Hints": ("partita.core", "Hints"),
    "PartitaError": ("partita.core", "PartitaError"),
    "Scores": ("partita.core", "Scores"),
    "Stems": ("partita.core", "Stems"),
    "Track": ("partita.core", "Track"),
    "engine": ("partita.engines", "create"),
    "engines": ("partita.engines", "names"),
    "load": ("partita.io", "load"),
    "save": ("partita.io", "save"),
    "separate": ("partita.jobs", "separate"),
}

__all__ = [
    "Audio",
    "Hints",
    "PartitaError",
    "Scores",
    "Stems",
    "Track",
    "__version__",
    "engine",
    "engines",
    "load",
    "save",
    "separate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'partita' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
