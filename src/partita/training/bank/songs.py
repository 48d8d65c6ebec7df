"""Real songs with their stems: everything-is-free (CC0)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from partita.io import load
from partita.signal import resample
from partita.training.bank.sound import RATE, Sound

TRAIN = ("hydrogen", "lithium", "sodium", "potassium")
VALID = ("rubidium",)

WITH_BASS = ("lithium", "sodium")
"""Songs whose bass is a stem of its own; elsewhere "other" holds a synth bass too."""


def song_stems(folder: Path, name: str) -> tuple[tuple[str, ...], Sound]:
    """Stem names and samples (stems, 2, time) of a song of the album.

    Lead and backing vocals are one stem; "bass+other" where the bass is not apart.
    """
    groups = {path.stem: _read(path) for path in sorted((folder / name).glob("*.opus"))}
    vocals = groups["lead_vocals"] + groups["backing_vocals"]
    parts = {"vocals": vocals, "drums": groups["drums"]}
    if name in WITH_BASS:
        parts |= {"bass": groups["bass"], "other": groups["other"]}
    else:
        parts |= {"bass+other": groups["other"]}
    length = min(part.shape[1] for part in parts.values())
    return tuple(parts), np.stack([part[:, :length] for part in parts.values()])


def _read(path: Path) -> Sound:
    audio = load(path)
    sound = resample(audio.samples, audio.rate, RATE).astype(np.float32)
    return np.broadcast_to(sound, (2, sound.shape[1])).copy()
