"""Pitch tracks brought nearer to the partials that are there: what a tuning error needs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from partita.signal.stft import stft

HOPS = 8
"""In a frame in which partials are looked at."""
PARTIALS, TOP_HZ = 12, 3500.0
REACH_CENTS, STEP_CENTS = 60.0, 6.0
"""How far from the pitch given another is looked for, and how finely."""
CONTRAST_HZ = 200.0
"""A partial stands out from what lies so far to either side."""
FLOOR = 1e-5
"""Of the loudest cell: what lies below it does not count."""

Floats = NDArray[np.floating]


def retuned(
    x: Floats,
    f0_hz: Floats,
    *,
    rate: int,
    hop: int,
    steady_s: float = 1.0,
    least_cents: float = 10.0,
) -> Floats:
    """The tracks, each moved by the slowly changing interval under which its partials stand out.

    Parameters
    ----------
    x : (channels, time) float.
    f0_hz : (sources, ceil(time/hop) + 1) Hz, 0 where a source has no pitch.
    rate : Hz. hop : samples from one value of f0 to the next; 16 ms serve well.
    steady_s : time over which the interval changes little (a standard deviation).
    least_cents : a track that is nearer than this stays as it is: what is measured of a voice among
        others is no more exact.

    Returns
    -------
    (sources, values) Hz, at most 66 cents from what was given.

    Examples
    --------
    >>> t = np.arange(16000) / 8000
    >>> tone = sum(np.sin(2 * np.pi * k * 220 * t) / k for k in range(1, 9))
    >>> found = retuned(tone[None], np.full((1, 126), 225.0), rate=8000, hop=128)
    >>> bool(np.all(np.abs(found - 220) < 0.5))
    True

    References
    ----------
    The sum over partials is that of Klapuri, "Multiple fundamental frequency estimation by summing
    harmonic amplitudes", ISMIR 2006; departure: of log magnitudes above their surroundings, so that
    a loud voice does not outweigh the one that is looked for.
    """
    found = np.asarray(f0_hz, dtype=np.float64).copy()
    if not np.any(x) or not np.any(f0_hz > 0):
        return found
    standing, hz_per_bin = _standing_out(x, rate=rate, hop=hop)
    cents = np.arange(-REACH_CENTS, REACH_CENTS + STEP_CENTS / 2, STEP_CENTS)
    for track in found:
        strength = sum(
            _at(standing, k * track * 2 ** (cents[:, None] / 1200) / hz_per_bin, hz_per_bin)
            for k in range(1, PARTIALS + 1)
        )
        strength = gaussian_filter1d(strength, steady_s * rate / hop, axis=1)
        by = _peak(strength, cents)
        track *= 2 ** (np.where(np.abs(by) < least_cents, 0, by) / 1200)
    return found


def _standing_out(x: Floats, *, rate: int, hop: int) -> tuple[Floats, float]:
    """(freq, frames) the log spectrum above its surroundings, and the distance of its bins, Hz."""
    n_fft = HOPS * hop
    spectrum = stft(x, n_fft=n_fft, hop=hop)
    power = np.mean(np.square(spectrum.real) + np.square(spectrum.imag), axis=0)
    level = np.log(np.maximum(power, FLOOR**2 * power.max())) / 2
    around = 2 * max(round(CONTRAST_HZ * n_fft / rate), 1) + 1
    standing: Floats = np.maximum(level - uniform_filter1d(level, around, axis=0), 0)
    return standing, rate / n_fft


def _at(standing: Floats, place: Floats, hz_per_bin: float) -> Floats:
    """(cents, values) what stands out at the places, in bins; 0 where there is no pitch, or above
    TOP_HZ.
    """
    top = min(TOP_HZ / hz_per_bin, len(standing) - 2)
    inside = (place > 0) & (place < top)
    place = np.where(inside, place, 0)
    low = place.astype(int)
    frame = np.minimum(np.arange(place.shape[1]), standing.shape[1] - 1)
    here, above = standing[low, frame], standing[low + 1, frame]
    found: Floats = np.where(inside, here + (above - here) * (place - low), 0)
    return found


def _peak(strength: Floats, cents: Floats) -> Floats:
    """(values,) the interval at the strongest, by a parabola through its neighbours."""
    at = np.clip(np.argmax(strength, axis=0), 1, len(cents) - 2)
    value = np.arange(strength.shape[1])
    left, here, right = (strength[at + shift, value] for shift in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.where(bend < 0, (left - right) / np.where(bend < 0, 2 * bend, 1), 0)
    by: Floats = cents[at] + STEP_CENTS * np.clip(shift, -1, 1)
    return np.where(strength.max(axis=0) > 0, by, 0)
