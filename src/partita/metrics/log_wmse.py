"""logWMSE: the error weighted by what the ear hears, against the level of the mixture.

Axes: (channels, time). It is defined for a silent target, which is what it was made for: it asks
how far below the mixture the error lies.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError
from partita.metrics.shapes import checked, checked_pair
from partita.metrics.spec import MetricSpec
from partita.signal import resample

Array = NDArray[np.floating]

RATE = 44100  # Hz, at which the error is weighted
TAPS = 4000
TOLERANCE = 10 ** (-68 / 20)  # amplitude below which an error counts as inaudible, mixture at 0 dB
FLOOR = 1e-8
SCALE = -4.0


def log_wmse(reference: Array, estimate: Array, rate: int, *, mix: Array) -> float:
    """-4·ln(mean d² + 1e-8), with d the weighted error of a mixture brought to a level of 0 dB.

    Parameters
    ----------
    reference, estimate, mix : (channels, time) float, numpy.
    rate : Hz; signals at other rates than 44.1 kHz are resampled to it.

    Returns
    -------
    The mean over the channels of a figure without unit, from about 73.7 (no audible error) down;
    9.2 less for ten times the error's amplitude squared. A channel whose mixture is silent counts
    as without error. The same when all three signals are made louder together.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, not numpy, NaN or infinity.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> mix = rng.uniform(-1, 1, (1, 44100))
    >>> round(log_wmse(np.zeros_like(mix), 0.1 * mix, 44100, mix=mix), 2)
    18.42
    >>> round(log_wmse(mix, mix, 44100, mix=mix), 2)
    73.68

    References
    ----------
    Nomono, log-wmse-audio-quality 0.2, its documentation; the weighting is inspired by Fenton and
    Lee (2017). Departures: float64 throughout, and the weighting computed from its definition (see
    `weighting`) instead of a stored response of float32 filters: within 0.001 of that package.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    mixture = checked(mix, "mix", axes=2)
    if s.shape != mixture.shape:
        raise AudioError(f"mix must be shaped as the reference, {s.shape}, got {mixture.shape}")
    if not all(isinstance(x, np.ndarray) for x in (s, mixture)):
        raise AudioError("log_wmse needs numpy arrays; call .numpy() on a tensor")
    return float(np.mean([_channel(*row, rate) for row in zip(s, s_hat, mixture, strict=True)]))


@lru_cache(maxsize=1)
def weighting() -> Array:
    """The weighting as a filter without delay, (4000,) taps at 44.1 kHz, centred on tap 1999.

    Its gain is that of four filters in a row: a shelf of +5 dB above 1.5 kHz, a second-order
    Butterworth high-pass at 120 Hz, a peak of +2.5 dB at 500 Hz, and a first-order Butterworth
    low-pass at 10 kHz, applied twice. Shelf (Q = 0.707) and peak (Q = 1.061) are those of
    Bristow-Johnson's "Audio EQ cookbook".

    Examples
    --------
    >>> gain = np.abs(np.fft.rfft(weighting(), 44100))
    >>> (20 * np.log10(gain[[30, 1000, 3000]])).round().tolist()
    [-24.0, 1.0, 4.0]
    """
    import scipy.fft

    n_fft = 2 * 4096
    angle = np.pi * np.arange(n_fft // 2 + 1) / (n_fft // 2)
    with np.errstate(divide="ignore"):
        tangent = np.tan(angle / 2)
        high_pass = 1 / np.sqrt(1 + (np.tan(np.pi * 120 / RATE) / tangent) ** 4)
    low_pass = 1 / (1 + (tangent / np.tan(np.pi * 10_000 / RATE)) ** 2)
    gain = high_pass * low_pass * _high_shelf(angle) * _peak(angle)
    response = np.roll(scipy.fft.irfft(gain, n=n_fft), n_fft // 2)
    centre = n_fft // 2 + 1
    taps: Array = response[centre - TAPS // 2 : centre + TAPS // 2]
    taps.flags.writeable = False
    return taps


def _channel(s: Array, s_hat: Array, mixture: Array, rate: int) -> float:
    s, s_hat, mixture = (resample(x.astype(np.float64), rate, RATE) for x in (s, s_hat, mixture))
    level = np.sqrt(np.mean(_weighted(mixture) ** 2))
    if level == 0:
        return float(SCALE * np.log(FLOOR))
    error = _weighted((s_hat - s) / level)
    error[np.abs(error) < TOLERANCE] = 0
    return float(SCALE * np.log(np.mean(error**2) + FLOOR))


def _weighted(x: Array) -> Array:
    from scipy.signal import oaconvolve

    start = (TAPS - 1) // 2
    return np.asarray(oaconvolve(x, weighting(), mode="full")[start : start + len(x)])


def _high_shelf(angle: Array) -> Array:
    a = 10 ** (5 / 40)
    turn = 2 * np.pi * 1500 / RATE
    alpha, cos = np.sin(turn) / np.sqrt(2), np.cos(turn)
    root = 2 * np.sqrt(a) * alpha
    above = [
        a * ((a + 1) + (a - 1) * cos + root),
        -2 * a * ((a - 1) + (a + 1) * cos),
        a * ((a + 1) + (a - 1) * cos - root),
    ]
    below = [
        (a + 1) - (a - 1) * cos + root,
        2 * ((a - 1) - (a + 1) * cos),
        (a + 1) - (a - 1) * cos - root,
    ]
    return _gain(above, below, angle)


def _peak(angle: Array) -> Array:
    a = 10 ** (2.5 / 40)
    turn = 2 * np.pi * 500 / RATE
    alpha, cos = np.sin(turn) / (2 * 1.5 / np.sqrt(2)), np.cos(turn)
    return _gain(
        [1 + alpha * a, -2 * cos, 1 - alpha * a], [1 + alpha / a, -2 * cos, 1 - alpha / a], angle
    )


def _gain(above: list[float], below: list[float], angle: Array) -> Array:
    z = np.exp(-1j * angle)
    return np.asarray(np.abs(np.polyval(above[::-1], z) / np.polyval(below[::-1], z)))


LOG_WMSE = MetricSpec(
    name="log_wmse",
    unit="",
    higher_is_better=True,
    needs="mix",
    framewise=False,
    jnd=None,
    summary="audible error against the level of the mixture; defined for silent targets",
    function=log_wmse,
    uses_rate=True,
)
