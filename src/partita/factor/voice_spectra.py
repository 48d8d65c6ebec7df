"""What is known of a voice beforehand: the spectra of its source, and bumps to shape a filter of.

`glottal_combs` are W_F0 and `hann_bumps` W_Γ of `partita.factor.source_filter`.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

Floats = NDArray[np.floating]

COMBS_AT_ONCE = 64
"""Combs that are computed together; bounds the memory."""


def pitch_grid_hz(
    low_hz: float = 100.0, high_hz: float = 800.0, *, per_semitone: int = 20
) -> Floats:
    """Pitches `per_semitone` to a semitone, from `low_hz` to about `high_hz`.

    Examples
    --------
    >>> len(pitch_grid_hz()), pitch_grid_hz(100, 200)[-1].round(6)
    (721, np.float64(200.0))
    """
    if not 0 < low_hz < high_hz or per_semitone < 1:
        raise UsageError(f"pitches must rise from above 0 Hz, got {low_hz} to {high_hz} Hz")
    steps = round(12 * per_semitone * math.log2(high_hz / low_hz))
    grid: Floats = low_hz * 2 ** (np.arange(steps + 1) / (12 * per_semitone))
    return grid


def glottal_combs(
    comb_hz: Floats, *, rate: int, n_fft: int, bins: int | None = None, open_quotient: float = 0.25
) -> Floats:
    """The power spectrum of the glottal source at each pitch, its largest value one.

    Parameters
    ----------
    comb_hz : (combs,) Hz. rate : Hz. n_fft : of the transform, with a sine window.
    bins : the lowest bins wanted; None: all n_fft/2 + 1.
    open_quotient : share of a period in which the glottis is open.

    Returns
    -------
    (bins, combs) float64.

    References
    ----------
    Klatt and Klatt, "Analysis, synthesis and perception of voice quality variations among female
    and male talkers", JASA 1990: the waveform t² − t³ of KLGLOTT88, whose Fourier coefficients
    Durrieu et al. 2010 give in eq. 4.
    """
    return _glottal_combs(
        tuple(np.asarray(comb_hz, float)), rate, n_fft, bins or n_fft // 2 + 1, open_quotient
    ).copy()


@lru_cache(maxsize=4)
def _glottal_combs(
    comb_hz: tuple[float, ...], rate: int, n_fft: int, bins: int, open_quotient: float
) -> Floats:
    pitches = np.array(comb_hz)
    window = np.sin(np.pi * np.arange(n_fft) / n_fft)
    t = np.arange(n_fft) / rate
    out = np.empty((bins, len(pitches)))
    for begin in range(0, len(pitches), COMBS_AT_ONCE):
        f0 = pitches[begin : begin + COMBS_AT_ONCE]
        count = math.ceil(rate / 2 / f0[0]) - 1
        h = np.arange(1, count + 1)
        amplitude = klglott88(h, open_quotient)
        turn = np.exp(2j * np.pi * f0[:, None] * t)
        wave = np.zeros_like(turn)
        for k in range(count - 1, -1, -1):  # Horner's scheme: Σ amplitude · turn^h
            wave += (amplitude[k] * (h[k] * f0 < rate / 2))[:, None]
            wave *= turn
        spectrum = np.fft.rfft(wave.real * window, axis=1)[:, :bins]
        out[:, begin : begin + COMBS_AT_ONCE] = np.square(np.abs(spectrum)).T
    combs: Floats = out / np.maximum(out.max(axis=0), np.finfo(float).tiny)
    return combs


def klglott88(h: NDArray[np.integer], open_quotient: float = 0.25) -> NDArray[np.complexfloating]:
    """The Fourier coefficients of the glottal source, by number of the partial (1 is the pitch).

    Examples
    --------
    >>> amplitude = np.abs(klglott88(np.array([1, 2, 4, 8, 16, 32])))
    >>> np.round(20 * np.log10(amplitude / amplitude[0]))
    array([  0.,   5.,   5.,  -3., -10., -16.])
    """
    if not 0 < open_quotient <= 1:
        raise UsageError(f"the open quotient must be above 0 and at most 1, got {open_quotient}")
    x = 2j * np.pi * np.asarray(h) * open_quotient
    fall = np.exp(-x)
    out: NDArray[np.complexfloating] = (
        27 / 4 * (fall + 2 * (1 + 2 * fall) / x - 6 * (1 - fall) / x**2) / x
    )
    return out


def hann_bumps(bins: int, bumps: int = 30, *, overlap: float = 0.75) -> Floats:
    """Raised-cosine bumps over the bins, evenly spaced, the outer ones cut by the ends.

    Parameters
    ----------
    overlap : share of a bump that the next one covers.

    Returns
    -------
    (bins, bumps) in 0 … 1; they add up to the same at every bin.

    Examples
    --------
    >>> np.ptp(hann_bumps(100, 8).sum(axis=1)) < 1e-12
    np.True_
    """
    if bumps < 1 or not 0 < overlap < 1:
        raise UsageError("there must be a bump, and an overlap between 0 and 1")
    around = round(1 / (1 - overlap))  # bumps over any bin
    inner = bumps - around + 1  # spacings from the first bin to the last
    spacing = (bins - 1) / max(inner, 1)
    centre = (np.arange(bumps) - (around - 2) / 2) * spacing if inner > 0 else np.zeros(bumps)
    width = max(around * spacing, 1.0)
    distance = (np.arange(bins)[:, None] - centre) / width
    return np.where(np.abs(distance) < 0.5, np.cos(np.pi * distance) ** 2, 0)
