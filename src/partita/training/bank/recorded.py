"""Playing notes and drums with recordings of single ones, as free sample libraries hold them.

A library of notes is a folder of files named by pitch, then loudness and take: `a2_vl3_rr1.wav`,
`gb4_mf_rr2.wav`, `FF C#3.flac`. A library of drums has a folder for each drum; in it every stroke,
numbered from soft to loud, is one file for each microphone: `12-Snare-OHL.flac`.

What is not installed is not there: `players` and `has_kit` say what is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from partita.core.errors import InputError
from partita.core.names import printable
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, Sound, amplitude, at_speed, faded, layered
from partita.training.bank.sources import SOURCES

LONGEST_S = 5.0
"""What a recording has beyond this is left out."""


@dataclass(frozen=True)
class Library:
    """Notes of one instrument. `octaves` is added to the octave that its files are named by."""

    source: str
    folder: str
    octaves: int = 0


LIBRARIES = {
    "emily": Library("emilyguitar", "notes"),
    "shiny": Library("shinyguitar", "Samples/electric"),
    "shiny_acoustic": Library("shinyguitar", "Samples/acoustic"),
    "spaghetti": Library("pastabass", "samples/spaghetti", -1),
    "fetuccine": Library("pastabass", "samples/fetuccine", -1),
    "linguine": Library("pastabass", "samples/linguine", -1),
    "tagliatelle": Library("pastabass", "samples/tagliatelle", -1),
    "growly": Library("growlybass", "sustain", -1),
    "meat": Library("meatbass", "Samples/pizz"),
    "weresax": Library("weresax", "Samples/alto", 1),
    "splendid": Library("splendid_piano", "Samples", 1),
}
"""Octaves were measured: some libraries write pitches an octave off, as guitarists do."""

_GUITARS = ("emily", "shiny")
_BASSES = ("spaghetti", "fetuccine", "linguine", "tagliatelle")

PLAYERS = {
    "clean": _GUITARS, "jazz_guitar": _GUITARS, "muted_guitar": _GUITARS, "crunch": _GUITARS,
    "distorted": _GUITARS, "lead_guitar": _GUITARS, "acoustic": ("shiny_acoustic",),
    "piano": ("splendid",), "winds": ("weresax",),
}  # fmt: skip
"""Which libraries play a family of instruments, see `instruments`."""

BASS_PLAYERS = {
    "finger": _BASSES, "muted": _BASSES, "pick": (*_BASSES, "growly"),
    "pick_driven": (*_BASSES, "growly", "growly"), "acoustic": ("meat",),
}  # fmt: skip

KIT = "muldjord_kit"
RECORDED = (*dict.fromkeys(library.source for library in LIBRARIES.values()), KIT)
"""The sources that are recordings, see `sources`."""

DRUMS = {
    "kick": ("KdrumR", "KdrumL"), "snare": ("Snare",), "brush": ("SnareRest",),
    "hat": ("HihatClosed",), "open": ("HihatOpen",), "ride": ("RideR", "RideL", "RideRBell"),
    "crash": ("CrashL", "CrashR"), "china": ("China",), "tom_high": ("Tom1", "Tom2"),
    "tom_mid": ("Tom2", "Tom3"), "tom_low": ("Tom3", "Tom4"),
}  # fmt: skip
"""Folders of the drum library, by drum."""

CLOSE = {
    "KdrumL": ("KdrumL",), "KdrumR": ("KdrumR",), "Snare": ("Snare_top", "Snare_bottom"),
    "SnareRest": ("Snare_top",), "HihatClosed": ("Hihat",), "HihatOpen": ("Hihat",),
    "RideL": ("RideL",), "RideLBell": ("RideL",), "RideR": ("RideR",), "RideRBell": ("RideR",),
    "Tom1": ("Tom1",), "Tom2": ("Tom2",), "Tom3": ("Tom3",), "Tom4": ("Tom4",),
}  # fmt: skip
"""The microphones that stand before a drum; over all hang OHL and OHR, AmbL and AmbR are far."""

_PITCH = re.compile(r"(?:([A-Za-z]{1,2}) )?([a-gA-G])([#b]?)(-?\d)(?:_(.*))?")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_LOUDNESS = ("pp", "p", "mp", "mf", "f", "ff")


@dataclass(frozen=True)
class Take:
    """A recorded note. `loudness` orders the takes of a pitch, soft first."""

    path: Path
    pitch: int
    loudness: int


def named(path: Path, *, octaves: int = 0) -> Take | None:
    """What a file's name says; None where it is not that of a note, or of a note's end.

    Examples
    --------
    >>> take = named(Path("gb4_mf_rr2.wav"))
    >>> take.pitch, take.loudness
    (66, 3)
    >>> named(Path("FF C#3.flac"), octaves=1).pitch
    61
    >>> named(Path("a2_release_rr1.wav")), named(Path("mute_string1.wav"))
    (None, None)
    """
    found = _PITCH.fullmatch(path.stem)
    if found is None or "rel" in (found[5] or ""):
        return None
    pitch = 12 * (int(found[4]) + 1 + octaves) + _STEPS[found[2].lower()]
    pitch += {"#": 1, "b": -1, "": 0}[found[3]]
    marks = [found[1] or "", *(found[5] or "").split("_")]
    loudness = 0
    for mark in (mark.lower() for mark in marks):
        if mark in _LOUDNESS:
            loudness = _LOUDNESS.index(mark)
        elif re.fullmatch(r"vl\d", mark):
            loudness = int(mark[2:])
    return Take(path, pitch, loudness)


def players(names: Sequence[str]) -> tuple[str, ...]:
    """Those of the named libraries that are installed."""
    return tuple(name for name in names if SOURCES[LIBRARIES[name].source].path() is not None)


def play(name: str, notes: Sequence[Note], length: int, rng: np.random.Generator) -> Sound:
    """Notes played by a library, (2, length).

    Each note is the nearest recorded pitch, played faster or slower, of one of the takes nearest in
    loudness, damped where the note ends.

    Raises
    ------
    InputError : the library is not installed, or holds no notes.
    """
    library = LIBRARIES[name]
    folder = SOURCES[library.source].require() / library.folder
    takes = takes_in(folder, octaves=library.octaves)
    release_s = float(rng.uniform(0.05, 0.25))
    events = []
    for note in notes:
        take = _drawn(takes, note, rng)
        sound = at_speed(_loaded(take.path), 2 ** ((note.pitch - take.pitch) / 12))
        sound = sound[:, : round((note.length + release_s) * RATE)]
        gain = np.float32(0.4 + 0.6 * note.velocity)
        events.append((note.start, faded(sound * gain, fall_s=release_s)))
    return layered(events, length)


@cache
def takes_in(folder: Path, *, octaves: int = 0) -> tuple[Take, ...]:
    """The recorded notes of a folder, by pitch and loudness.

    Raises
    ------
    InputError : there is none.
    """
    files = (path for path in folder.iterdir() if path.suffix in (".wav", ".flac"))
    found = [take for path in files if (take := named(path, octaves=octaves))]
    if not found:
        raise InputError(f"{printable(folder)} holds no notes named by their pitch, like a2_f.wav")
    return tuple(sorted(found, key=lambda take: (take.pitch, take.loudness, take.path.name)))


def _drawn(takes: Sequence[Take], note: Note, rng: np.random.Generator) -> Take:
    """One of the takes of the nearest pitch whose loudness suits the note."""
    nearest = min(abs(take.pitch - note.pitch) for take in takes)
    near = [take for take in takes if abs(take.pitch - note.pitch) == nearest]
    levels = sorted({take.loudness for take in near})
    level = levels[min(int(note.velocity * len(levels)), len(levels) - 1)]
    suitable = [take for take in near if take.loudness == level]
    return suitable[rng.integers(len(suitable))]


def has_kit() -> bool:
    """Whether the library of drums is installed."""
    return SOURCES[KIT].path() is not None


def strokes(drum: str, count: int, mix: Sequence[float], rng: np.random.Generator) -> list[Sound]:
    """`count` strokes of a drum, soft to loud, as its microphones heard them: (2, time) each.

    Parameters
    ----------
    mix : levels in dB of the microphones overhead, before the drum, and far away.
    """
    folders = DRUMS[drum]
    name = folders[rng.integers(len(folders))]
    (inside,) = SOURCES[KIT].require().glob(f"**/Samples/{name}")
    numbers = sorted(int(path.name.split("-")[0]) for path in inside.glob("*-OHL.flac"))
    places = np.round(np.linspace(0.1, 1.0, count) * (len(numbers) - 1)).astype(int)
    return [_stroke(inside, numbers[place], mix) for place in places]


def _stroke(inside: Path, number: int, mix: Sequence[float]) -> Sound:
    over, close, far = (np.float32(amplitude(level)) for level in mix)

    def heard(microphone: str) -> Sound:
        return _loaded(inside / f"{number}-{inside.name}-{microphone}.flac")[:1]

    pairs = [(over, "OHL", "OHR"), (far, "AmbL", "AmbR")]
    pairs += [(close, name, name) for name in CLOSE.get(inside.name, ())]
    parts = [gain * np.concatenate([heard(a), heard(b)]) for gain, a, b in pairs]
    total = np.zeros((2, max(part.shape[1] for part in parts)), np.float32)
    for part in parts:
        total[:, : part.shape[1]] += part
    return total


@lru_cache(maxsize=400)
def _loaded(path: Path) -> Sound:
    """(2, time), at most LONGEST_S."""
    from partita.io import load
    from partita.signal import resample

    audio = load(path)
    sound = audio.samples[:, : round(LONGEST_S * audio.rate)]
    if audio.rate != RATE:
        sound = resample(sound, audio.rate, RATE)
    return np.broadcast_to(sound, (2, sound.shape[1])).astype(np.float32)
