"""What a sound stirs in the ear: power in narrow bands, above the threshold of hearing.

Axes: (channels, frames, bands). Unit: the power that is just heard in quiet, so that 1 is the
threshold and 10·log10 of it is the sensation level in dB. The rate does not matter: windows are as
long in seconds, and bands lie where they lie in Hz (above rate/2 there are none).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]

WINDOW_S = 2048 / 44100
OVERLAP = 4  # frames that lie over each sample
LOWEST_HZ, HIGHEST_HZ = 50.0, 16_000.0
BAND_ERB = 0.5  # width of a band and distance between two, in units of the ear's own filters
LISTENING_DB = 75.0  # sound pressure level at which the reference is taken to be heard
BLOCK = 512  # frames transformed at once; bounds the memory, never changes the result
TINY = np.finfo(np.float64).tiny


def excitation(samples: Array, rate: int) -> Array:
    """The excitation of every channel, frame and band, up to the factor that `level` gives.

    Parameters
    ----------
    samples : (channels, time) float, full scale ±1; silence lies outside.
    rate : Hz.

    Returns
    -------
    (channels, 1 + time // hop, bands) float64 ≥ 0. Bands are gammatone-shaped, from 50 Hz to 16 kHz
    (or rate/2), half an ERB wide and apart; the weight of each frequency is the ear's sensitivity
    at it. After a sound a band calms down with a time constant of 8 (high) to 52 ms (low).

    Examples
    --------
    >>> t = np.arange(8000) / 8000
    >>> pattern = excitation(np.sin(2 * np.pi * 440 * t)[None], 8000)
    >>> pattern.shape, int(band_centres(8000)[pattern.mean(axis=(0, 1)).argmax()])
    ((1, 84, 51), 430)

    References
    ----------
    Bands: Patterson et al., "An efficient auditory filterbank based on the gammatone function",
    1987, with the widths of Glasberg and Moore, Hearing Research 47, 1990, halved: with the ear's
    own widths listeners' ratings of interference are followed less well. Threshold: Terhardt,
    Hearing Research 1, 1979. Forward masking: ITU-R BS.1387 (PEAQ), the FFT-based ear model.
    """
    hop = frame_hop(rate)
    filters = _filters(rate)
    frames = [
        np.concatenate([power @ filters for power in _powers(channel, hop)]) for channel in samples
    ]
    return _forward_masked(np.stack(frames), hop / rate, band_centres(rate))


def level(samples: Array, rate: int) -> float:
    """The factor that takes the excitation of `samples` to units of the threshold.

    It sets the level of the frames that carry the sound's energy (their power weighted by itself,
    so that pauses do not count) to 75 dB SPL: scores do not depend on the level of a recording.

    Parameters
    ----------
    samples : (channels, time) float, peaks not far from 1. rate : Hz.

    Returns
    -------
    0 for silence.

    Examples
    --------
    >>> sound = np.random.default_rng(0).uniform(-1, 1, (1, 8000))
    >>> bool(np.isclose(level(10 * sound, 8000), level(sound, 8000) / 100))
    True
    """
    hop = frame_hop(rate)
    padded = np.zeros((len(samples), -(-samples.shape[1] // hop) * hop))
    padded[:, : samples.shape[1]] = samples
    power = np.mean(padded.reshape(len(samples), -1, hop) ** 2, axis=(0, 2))
    carried = float(np.sum(power**2) / max(np.sum(power), TINY))
    return float(10 ** (LISTENING_DB / 10) / carried) if carried else 0.0


def frame_hop(rate: int) -> int:
    """Samples between frames: about 11.6 ms, and a length that the FFT likes."""
    import scipy.fft

    return int(scipy.fft.next_fast_len(max(round(WINDOW_S * rate / OVERLAP), 1), real=True))


def band_centres(rate: int) -> Array:
    """Hz, (bands,): none where rate/2 lies below 50 Hz.

    Examples
    --------
    >>> band_centres(44100)[[0, -1]].round()
    array([   50., 15536.])
    """
    low, high = erb_number(np.array([LOWEST_HZ, min(HIGHEST_HZ, rate / 2)]))
    return np.asarray((10 ** (np.arange(low, high, BAND_ERB) / 21.4) - 1) / 0.00437)


def erb_number(frequency_hz: Array) -> Array:
    """How many of the ear's filters fit below a frequency (Glasberg and Moore 1990).

    Examples
    --------
    >>> erb_number(np.array([0.0, 1000.0])).round(1)
    array([ 0. , 15.6])
    """
    return np.asarray(21.4 * np.log10(1 + 0.00437 * frequency_hz))


def threshold_db(frequency_hz: Array) -> Array:
    """The level that is just heard in quiet, dB SPL; below 20 Hz that of 20 Hz (Terhardt 1979).

    Examples
    --------
    >>> threshold_db(np.array([100.0, 1000.0, 3300.0, 16000.0])).round()
    array([23.,  3., -5., 66.])
    """
    khz = np.maximum(frequency_hz, 20) / 1000
    dip = 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2)
    return np.asarray(3.64 * khz**-0.8 - dip + 1e-3 * khz**4)


def sensation(pattern: Array, exponent: float) -> Array:
    """How strongly an excitation is felt: (E + 1)^exponent - 1, zero at and from nothing.

    Examples
    --------
    >>> sensation(np.array([0.0, 255.0]), 0.25)
    array([0., 3.])

    References
    ----------
    Zwicker and Fastl, "Psychoacoustics", chapter 8: loudness grows with an exponent near 0.23.
    """
    return np.asarray((pattern + 1) ** exponent - 1)


def smoothed(pattern: Array, rate: int, deviation_s: float) -> Array:
    """The pattern under a Gaussian along time, with silence outside."""
    from scipy.ndimage import gaussian_filter1d

    width = deviation_s * rate / frame_hop(rate)
    return np.asarray(gaussian_filter1d(pattern, width, axis=-2, mode="constant"))


@lru_cache(maxsize=4)
def _filters(rate: int) -> Array:
    """(bins, bands): the part of each bin's power that excites each band."""
    n_fft = OVERLAP * frame_hop(rate)
    bins = np.arange(n_fft // 2 + 1) * rate / n_fft
    centres = band_centres(rate)
    width = BAND_ERB * 1.019 * 24.7 * (4.37e-3 * centres + 1)
    shape = (1 + ((bins[:, None] - centres) / width) ** 2) ** -4
    filters: Array = shape * 10 ** (-threshold_db(bins)[:, None] / 10)
    filters.flags.writeable = False
    return filters


def _powers(channel: Array, hop: int) -> Iterator[Array]:
    """Power spectra of all frames, some at a time, (frames, bins): they sum to the mean square."""
    import scipy.fft

    n_fft = OVERLAP * hop
    window = np.sin(np.pi * np.arange(n_fft) / n_fft) ** 2
    window *= np.sqrt(2 / (n_fft * np.sum(window**2)))
    frames = 1 + len(channel) // hop
    padded = np.zeros((frames - 1) * hop + n_fft)
    inside = padded[n_fft // 2 : n_fft // 2 + len(channel)]
    inside[:] = channel[: len(inside)]
    cut = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    for start in range(0, frames, BLOCK):
        spectrum = scipy.fft.rfft(cut[start : start + BLOCK] * window)
        yield spectrum.real**2 + spectrum.imag**2


def _forward_masked(pattern: Array, hop_s: float, centres: Array) -> Array:
    """The pattern, in which each band dies away no faster than the ear recovers."""
    constant_s = 0.008 + 100 / np.maximum(centres, 1) * (0.030 - 0.008)
    kept = np.exp(-hop_s / constant_s)
    masked = pattern.copy()
    trace = np.zeros_like(pattern[:, 0])
    for frame in range(pattern.shape[1]):
        trace = kept * trace + (1 - kept) * pattern[:, frame]
        np.maximum(masked[:, frame], trace, out=masked[:, frame])
    return masked
