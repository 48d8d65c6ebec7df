"""Recorded speech, and where its syllables are: words that a synthetic singer sings.

Nobody has marked the speech sounds of these recordings. A syllable is where the band in which
vowels are strong rises and falls again (Mermelstein 1975); its vowel is the voiced stretch around
the top.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from partita.core.errors import InputError
from partita.core.names import printable
from partita.io import load
from partita.training.bank.sources import SOURCES

BAND_HZ = (300.0, 3000.0)
"""Where vowels are strong."""
RISE_DB = 3.0
"""A syllable stands out by so much."""
QUIET_DB = 30.0
"""Softer than the loudest syllable by this is no syllable."""
VOWEL_DB = 6.0
"""A vowel ends where the level has fallen by so much."""
APART_S = 0.1
CONSONANTS_S = 0.2
"""Of what is before a vowel, and after the last; the rest is a pause."""

Syllables = tuple[tuple[int, int, int, int], ...]
"""Frames (first, vowel's first, vowel's last, last) of each."""


@cache
def recordings(source: str) -> tuple[Path, ...]:
    """The files of a speaker, in order of their names.

    Raises
    ------
    InputError : it is not installed, or holds none.
    """
    folder = SOURCES[source].require()
    found = tuple(sorted((folder / "verified").glob("*.flac")))
    if not found:
        raise InputError(f"{printable(folder)} holds no recordings of a speaker")
    return found


def utterance(source: str, rng: np.random.Generator) -> tuple[NDArray[np.float64], int]:
    """One sentence, mono, and its rate in Hz."""
    files = recordings(source)
    audio = load(files[int(rng.integers(len(files)))])
    return audio.samples.mean(axis=0).astype(np.float64), audio.rate


def syllables(
    power: NDArray[np.float64], voiced: NDArray[np.bool_], *, rate: int, frame_s: float
) -> Syllables:
    """The syllables of speech, each with one vowel.

    Parameters
    ----------
    power : (bins, frames), a spectral envelope from 0 to rate / 2. voiced : (frames,).
    rate : Hz. frame_s : from frame to frame.

    References
    ----------
    Mermelstein, "Automatic segmentation of speech into syllabic units", JASA 1975. Departure:
    tops that stand out, instead of the convex hull.
    """
    f_hz = np.linspace(0.0, rate / 2, power.shape[0])
    inside = (f_hz >= BAND_HZ[0]) & (f_hz <= BAND_HZ[1])
    level_db = 10.0 * np.log10(power[inside].sum(axis=0) + 1e-20)
    level_db = np.convolve(np.pad(level_db, 3, mode="edge"), np.full(7, 1 / 7), "valid")
    tops, _ = signal.find_peaks(
        level_db,
        height=float(level_db.max()) - QUIET_DB,
        prominence=RISE_DB,
        distance=max(1, round(APART_S / frame_s)),
    )
    tops = tops[voiced[tops]]
    if not tops.size:
        return ()
    valleys = [int(a + np.argmin(level_db[a:b])) for a, b in pairwise(tops.tolist())]
    consonants = round(CONSONANTS_S / frame_s)
    vowels = []
    edges = pairwise([0, *valleys, level_db.size])
    for top, (first, last) in zip(tops.tolist(), edges, strict=True):
        loud = voiced & (level_db > level_db[top] - VOWEL_DB)
        begin, end = top, top
        while begin > first and loud[begin - 1]:
            begin -= 1
        while end < last and loud[end]:
            end += 1
        vowels.append((begin, end))
    found = []
    before = 0
    for begin, end in vowels:
        found.append((max(before, begin - consonants), begin, end, end))
        before = end
    first, begin, end, _ = found[-1]
    found[-1] = (first, begin, end, min(end + consonants, level_db.size))
    return tuple(found)
