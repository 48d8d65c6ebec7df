"""How stiff a string is, seen from where its partials lie: f_k = k·f0·√(1 + B k²)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]

MOST = 0.01
"""The highest strings of a piano; more than that is no string."""
COMPRESSION = 0.3
"""Exponent under which weak partials count beside strong ones."""


def first_inharmonicity(
    V: Floats, f0_hz: Floats, *, hz_per_bin: float, partials: int = 30, range_cents: float = 30.0
) -> NDArray[np.float64]:
    """B of each note, the best of a grid: a start for `Harmonic`, which only sees what is near.

    Parameters
    ----------
    V : (freq, frames) magnitude or power.
    f0_hz : (notes, frames) Hz, 0 where the note is silent; steady but for a few cents.
    hz_per_bin : distance of V's bins.
    partials : how many are looked at.
    range_cents : how far f0 may be off to either side.

    Returns
    -------
    (notes,) from 0 to 0.01: 0, or one of 48 values each 16 % above the one before.

    Examples
    --------
    >>> k = np.arange(1, 11)
    >>> V = np.zeros((400, 1))
    >>> V[np.round(10 * k * np.sqrt(1 + 1e-3 * k**2)).astype(int)] = 1
    >>> B = first_inharmonicity(V, np.array([[100.0]]), hz_per_bin=10, partials=10)
    >>> bool(abs(B[0] - 1e-3) < 2e-4)
    True

    References
    ----------
    Fletcher and Rossing, "The Physics of Musical Instruments", chapter 12, for the partials.
    """
    stiffness = np.append(0, np.geomspace(1e-5, MOST, 48))
    k = np.arange(1, partials + 1)
    detune = 2 ** (np.linspace(-range_cents, range_cents, 2 * round(range_cents / 3) + 1) / 1200)
    stretched = k * np.sqrt(1 + stiffness[:, None, None] * k**2) * detune[:, None]
    found = np.zeros(len(f0_hz))
    for note, track in enumerate(f0_hz):
        sounding = track > 0
        if sounding.any():
            mean: Floats = np.mean(V[:, sounding], axis=1, dtype=np.float64)
            spectrum = np.power(mean, COMPRESSION)
            places = stretched * float(np.median(track[sounding])) / hz_per_bin
            found[note] = stiffness[_best(spectrum, places)]
    return found


def _best(spectrum: Floats, places: Floats) -> int:
    """The row of `places` (rows, detunings, partials) on which most of the spectrum lies."""
    bins = np.arange(len(spectrum))
    there = np.interp(places, bins, spectrum, right=np.nan)
    inside = np.isfinite(there)
    typical = float(np.mean(spectrum))  # so that it pays not to push partials out of sight
    above = np.where(inside, there - typical, 0).sum(-1)
    return int(np.argmax(above.max(axis=1)))
