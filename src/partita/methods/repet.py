"""REPET: a period found in the beat spectrum, and what comes back after each period."""

from __future__ import annotations

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from partita.methods.hpss import median_filter

NEAR = 2
"""Frames by which a multiple of the period may miss its peak in the beat spectrum."""


def beat_spectrum(spectrogram: NDArray[np.floating]) -> NDArray[np.floating]:
    """How much a spectrogram resembles itself, a lag later.

    Parameters
    ----------
    spectrogram : (freq, frames), non-negative: magnitudes or powers.

    Returns
    -------
    (frames,): the autocorrelation of each frequency over time (unbiased), averaged over the
    frequencies; 1 at lag 0, and all zero in silence.

    References
    ----------
    Foote and Uchihashi, "The beat spectrum", ICME 2001; Rafii and Pardo 2013, eq. 1.
    """
    frames = spectrogram.shape[1]
    largest = np.max(spectrogram, initial=0.0)
    if not largest > 0:
        return np.zeros(frames)
    size = scipy.fft.next_fast_len(2 * frames, real=True)
    spectrum = scipy.fft.rfft(spectrogram / largest, n=size, axis=1)
    energy = np.sum(np.square(spectrum.real) + np.square(spectrum.imag), axis=0, dtype=np.float64)
    correlation: NDArray[np.floating] = scipy.fft.irfft(energy, n=size)[:frames]
    correlation /= np.arange(frames, 0, -1)
    correlation /= correlation[0]
    return correlation


def repeating_period(beat: NDArray[np.floating], *, shortest: int, longest: int) -> float:
    """The lag whose multiples stand out most in a beat spectrum.

    Parameters
    ----------
    beat : (frames,), see `beat_spectrum`.
    shortest, longest : frames; periods that are not tried three times over are left out.

    Returns
    -------
    Frames, at least 1, with fractions; 0 where the recording is too short for any.

    Examples
    --------
    >>> beat = np.zeros(100); beat[::12] = 1
    >>> repeating_period(beat, shortest=5, longest=30)
    12.0

    References
    ----------
    Rafii and Pardo, "REpeating Pattern Extraction Technique (REPET)", TASLP 2013, algorithm 1: for
    each lag, the mean height of the peaks at its multiples above their surroundings. Departures:
    lags near the end, which few frames support, are left out (the last quarter); the period is
    then read off the peak at its highest multiple, so that it does not drift over many bars.
    """
    beat = beat[: 3 * len(beat) // 4]
    lags = range(max(shortest, 1), min(longest, 4 * len(beat) // 9) + 1)
    salience = [_salience(beat, lag) for lag in lags]
    return _refined(beat, lags[int(np.argmax(salience))]) if salience else 0.0


def _refined(beat: NDArray[np.floating], lag: int) -> float:
    period = float(lag)
    for multiple in range(1, (len(beat) - 1) // lag + 1):
        first = max(round(multiple * period) - NEAR, 0)
        near = beat[first : first + 2 * NEAR + 1]
        peak = int(np.argmax(near))
        if 0 < peak < len(near) - 1:
            period = (first + peak) / multiple
    return period


def _salience(beat: NDArray[np.floating], lag: int) -> float:
    around = max(3 * lag // 4, 1)
    near = min(NEAR, around)
    total = 0.0
    multiples = range(lag, len(beat), lag)
    for place in multiples:
        first = place - around
        wide = beat[first : place + around + 1]
        peak = first + int(np.argmax(wide))
        if abs(peak - place) <= near:
            total += float(beat[peak] - np.mean(wide))
    return total / max(len(multiples), 1)


def periodic_median(
    magnitude: NDArray[np.floating], period: float, *, repetitions: int = 0
) -> NDArray[np.floating]:
    """Each cell's median over the moments that lie whole periods from it.

    Parameters
    ----------
    magnitude : (freq, frames).
    period : frames, at least 1; bars begin at the frames nearest to its multiples.
    repetitions : how many moments enter, an odd number around the cell; 0 for all.

    Returns
    -------
    (freq, frames).
    """
    frames = magnitude.shape[1]
    starts = np.rint(np.arange(0, frames, period)).astype(int)
    starts = starts[starts < frames]
    width = min(int(np.ceil(period)), frames)
    rest = frames - int(starts[-1])
    out = np.empty_like(magnitude)
    for first, stop in ((0, min(rest, width)), (rest, width)):
        bars = starts[starts + stop <= frames]
        if first >= stop or not len(bars):
            continue
        places = bars[:, None] + np.arange(first, stop)
        out[:, places] = _median_bars(magnitude[:, places], repetitions)
    return out


def _median_bars(bars: NDArray[np.floating], repetitions: int) -> NDArray[np.floating]:
    """(freq, bars, width): the median over all bars, or over some around each."""
    if 0 < repetitions < bars.shape[1]:
        return median_filter(bars.transpose(0, 2, 1), repetitions).transpose(0, 2, 1)
    median: NDArray[np.floating] = np.median(bars, axis=1, keepdims=True)
    return median
