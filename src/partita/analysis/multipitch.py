"""Several pitches at once: how strongly each sounds, and the lines of a few voices through them.

Pitches are evenly spaced in log frequency; spectrograms are (freq, frames) magnitudes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError

TOP_HZ = 4000.0
"""Partials above are left out."""
WHITENING = 0.5
"""Exponent of a band's level that is left: 0 makes all bands equally loud, 1 changes nothing."""
BANDS = 30
FALL = 0.7
"""A comb's partials fall as 1/h^FALL."""
CANDIDATES = 8
"""Peaks of a frame that a voice may take."""
BEAM = 64
"""Assignments of peaks to voices that are kept from frame to frame."""
MOST_VOICES = 6
SILENCE_DB = 40.0
"""A peak so far below the loud ones (95th percentile of frames) is worth no more than silence."""
LEAP_COST, FARTHEST = 0.5, 8.0
"""Of each semitone that a voice moves between frames, up to so many."""
ENTRY_COST = 2.0
"""Of a voice falling silent or setting in."""
RANGE_COST = 0.45
"""Of a pitch at the end of its voice's range; it grows with the square from the middle."""

Floats = NDArray[np.floating]


def pitch_strengths(
    magnitude: Floats,
    *,
    hz_per_bin: float,
    low_hz: float = 75.0,
    high_hz: float = 900.0,
    per_semitone: int = 5,
    iterations: int = 40,
) -> tuple[Floats, Floats]:
    """How strongly each pitch sounds in each frame.

    Parameters
    ----------
    magnitude : (freq, frames), made with a Hann window of some 0.1 s.
    hz_per_bin : distance of the bins.
    low_hz, high_hz, per_semitone : the pitches.
    iterations : multiplicative updates.

    Returns
    -------
    strength : (pitches, frames) float32, not negative, the mean over all of the whitened spectrum
        being one. pitch_hz : (pitches,).

    Examples
    --------
    >>> bins = np.arange(513)[:, None] * 15.625
    >>> tones = sum(np.exp(-((bins - h * f) / 20) ** 2) for f in (220, 277) for h in (1, 2, 3, 4))
    >>> strength, pitch_hz = pitch_strengths(tones, hz_per_bin=15.625)
    >>> np.sort(pitch_hz[np.argsort(strength[:, 0])[-2:]]).round()
    array([222., 277.])

    References
    ----------
    Klapuri, "Multiple fundamental frequency estimation by summing harmonic amplitudes", ISMIR 2006,
    section 2.1 (whitening in bands). Departure: instead of summing the amplitudes of each pitch's
    partials and cancelling one pitch after the other, the spectrum is explained by all combs at
    once (non-negative, Kullback-Leibler), so that octaves and fifths share what they have in
    common.
    """
    if not 0 < low_hz < high_hz or per_semitone < 1:
        raise OptionError(f"pitches must rise from above 0 Hz, got {low_hz} to {high_hz} Hz")
    bins = min(int(TOP_HZ / hz_per_bin), len(magnitude))
    steps = int(12 * per_semitone * math.log2(high_hz / low_hz)) + 1
    pitch_hz = low_hz * 2 ** (np.arange(steps) / (12 * per_semitone))
    white = whitened(magnitude[:bins], hz_per_bin=hz_per_bin)
    mean = float(white.mean()) if white.size else 0.0
    if not mean > 0:
        return np.zeros((steps, magnitude.shape[1]), np.float32), pitch_hz
    V = (white / mean).astype(np.float32)
    W = _combs(pitch_hz / hz_per_bin, bins)
    H = np.repeat(V.sum(axis=0, keepdims=True) / steps, steps, axis=0)
    for _ in range(iterations):
        H *= W.T @ (V / (W @ H + np.float32(1e-6)))
    return H, pitch_hz


def whitened(magnitude: Floats, *, hz_per_bin: float) -> Floats:
    """The spectrum with its bands brought nearer to one level, frame by frame.

    References
    ----------
    Klapuri 2006, eq. 1–3: triangular bands, 21.4 log10(1 + f/229) one apart.
    """
    centre = 229 * (10 ** (np.arange(BANDS + 2) / 21.4) - 1)
    f_hz = np.arange(len(magnitude)) * hz_per_bin
    power = np.square(magnitude)
    levels = []
    for low, middle, high in zip(centre[:-2], centre[1:-1], centre[2:], strict=True):
        shape = np.minimum((f_hz - low) / (middle - low), (high - f_hz) / (high - middle))
        levels.append(np.sqrt(np.maximum(shape, 0) @ power / max(len(power), 1)))
    level = np.stack(levels)
    loud = float(level.max(initial=0)) or 1.0
    gain = np.maximum(level / loud, 1e-6) ** (WHITENING - 1)
    place = np.interp(f_hz, centre[1:-1], np.arange(BANDS))
    low = np.minimum(place.astype(int), BANDS - 2)
    share = (place - low)[:, None]
    out: Floats = magnitude * (gain[low] * (1 - share) + gain[low + 1] * share)
    return out


def _combs(f0_bins: Floats, bins: int) -> NDArray[np.float32]:
    """(bins, pitches), each adding up to one: a Hann window's main lobe at every partial."""
    W = np.zeros((bins, len(f0_bins)))
    for column, f0 in zip(W.T, f0_bins, strict=True):
        h = np.arange(1, max(int((bins - 3) / f0), 1) + 1)
        at = np.floor(h * f0).astype(int)[:, None] + np.arange(-1, 3)
        x = at - (h * f0)[:, None]
        lobe = np.sinc(x) + 0.5 * (np.sinc(x - 1) + np.sinc(x + 1))
        inside = (at >= 0) & (at < bins)
        np.add.at(column, at[inside], (np.maximum(lobe, 0) / h[:, None] ** FALL)[inside])
    combs: NDArray[np.float32] = (W / np.maximum(W.sum(axis=0), 1e-9)).astype(np.float32)
    return combs


def track_voices(
    strength: Floats, pitch_hz: Floats, ranges_hz: Sequence[tuple[float, float]]
) -> Floats:
    """The pitch of each of a few voices over time; voices do not cross.

    Parameters
    ----------
    strength : (pitches, frames), frames some 30 ms apart. pitch_hz : (pitches,) increasing.
    ranges_hz : lowest and highest pitch of each voice, at most six voices; a voice may go beyond
        its range, at a price.

    Returns
    -------
    (voices, frames) Hz in the order of `ranges_hz`, 0 where a voice is silent.

    Raises
    ------
    OptionError : no voice, too many, or a range that does not rise.

    Notes
    -----
    In each frame every voice takes one of the strongest peaks or none, a higher voice a higher one.
    What an assignment is worth: the logarithm of each peak taken over the level of silence,
    less the price of each voice's distance from the middle of its range, of its leaps, and of its
    entries and exits. The best sequence is found by Viterbi's algorithm over the best assignments.
    """
    voices = len(ranges_hz)
    if not 1 <= voices <= MOST_VOICES or any(not 0 < low < high for low, high in ranges_hz):
        raise OptionError(
            f"there must be 1 to {MOST_VOICES} voices, each with a lowest and a highest pitch"
        )
    if not np.any(strength > 0):
        return np.zeros((voices, strength.shape[1]))
    middle = np.array([12 * np.log2(low * high) / 2 for low, high in ranges_hz])
    half = np.array([6 * np.log2(high / low) for low, high in ranges_hz])
    upward = np.argsort(middle, kind="stable")
    peak, worth = _candidates(strength)
    semitone = 12 * np.log2(pitch_hz)[peak]
    taken = _assignments(voices, len(peak))
    best = _best_sequence(taken, worth, semitone, middle[upward], half[upward])
    chosen_hz = np.concatenate([pitch_hz[peak], np.zeros((1, strength.shape[1]))])
    out = np.empty((voices, strength.shape[1]))
    out[upward] = chosen_hz[taken[best].T, np.arange(strength.shape[1])]
    return out


def _candidates(strength: Floats) -> tuple[NDArray[np.intp], Floats]:
    """(candidates, frames) the strongest peaks, by rising pitch, and what taking one is worth."""
    padded = np.pad(strength, ((1, 1), (0, 0)))
    below, above = padded[:-2], padded[2:]
    # A pitch between two of the grid shows as two neighbours.
    height = np.where((strength > below) & (strength >= above), below + strength + above, 0)
    count = min(CANDIDATES, len(height))
    peak = np.sort(np.argpartition(-height, count - 1, axis=0)[:count], axis=0)
    height = np.take_along_axis(height, peak, axis=0)
    loud = float(np.percentile(height.max(axis=0), 95)) or float(height.max())
    return peak, np.log(np.maximum(height / loud, 1e-9)) + SILENCE_DB * math.log(10) / 20


def _assignments(voices: int, candidates: int) -> NDArray[np.intp]:
    """(assignments, voices): the candidate that each voice takes, `candidates` for none."""
    rows = []
    for count in range(min(voices, candidates) + 1):
        for taken in combinations(range(candidates), count):
            for singing in combinations(range(voices), count):
                row = [candidates] * voices
                for voice, candidate in zip(singing, taken, strict=True):
                    row[voice] = candidate
                rows.append(row)
    return np.array(rows)


def _best_sequence(
    taken: NDArray[np.intp], worth: Floats, semitone: Floats, middle: Floats, half: Floats
) -> NDArray[np.intp]:
    """(frames,) row of `taken` in each frame."""
    none, frames = len(worth), worth.shape[1]
    every = np.arange(len(taken))
    keep = min(BEAM, len(taken))
    origin = np.empty((frames, len(taken)), np.int32)
    score = np.zeros(len(taken))
    before = np.empty(0)
    for t in range(frames):
        pitch = np.append(semitone[:, t], np.nan)
        if t:
            price = np.minimum(np.abs(before[:, None] - pitch) * LEAP_COST, FARTHEST * LEAP_COST)
            price = np.where(np.isnan(price), ENTRY_COST, price)
            price[none, none] = 0
            best = np.argpartition(-score, keep - 1)[:keep]
            paths = score[best][:, None] - sum(
                price[was][:, now] for was, now in zip(taken[best].T, taken.T, strict=True)
            )
            choice = np.argmax(paths, axis=0)
            origin[t], score = best[choice], paths[choice, every]
        away = np.square((pitch[taken] - middle) / half)
        score = score + np.append(worth[:, t], 0)[taken].sum(axis=1)
        score -= RANGE_COST * np.nansum(away, axis=1)
        before = pitch
    out = np.empty(frames, np.intp)
    out[-1] = np.argmax(score)
    for t in range(frames - 1, 0, -1):
        out[t - 1] = origin[t, out[t]]
    return out
