"""Changing the sample rate (libsoxr), with exact lengths and no delay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FADE = (0.726, 0.943)
"""Where quality "LQ" begins to fade out, and where it ends; of the lower Nyquist frequency."""


def faded_out(bins: int) -> NDArray[np.float32]:
    """What quality "LQ" leaves of each bin, from 0 to the lower Nyquist frequency.

    Within 0.3 dB up to 0.77 of that frequency.

    Examples
    --------
    >>> faded_out(5).round(2)
    array([1.  , 1.  , 1.  , 0.97, 0.  ], dtype=float32)
    """
    first, last = FADE
    place = np.clip((np.linspace(0, 1, bins) - first) / (last - first), 0, 1)
    return (0.5 + 0.5 * np.cos(np.pi * place)).astype(np.float32)


def resampled_length(length: int, rate: int, new_rate: int) -> int:
    """Samples that `length` samples become: the same duration, rounded, at least one sample.

    Examples
    --------
    >>> resampled_length(44100, 44100, 48000)
    48000
    """
    return max((2 * length * new_rate + rate) // (2 * rate), min(length, 1))


def resample(
    x: NDArray[np.floating], rate: int, new_rate: int, *, quality: str = "HQ"
) -> NDArray[np.floating]:
    """`x` at another rate.

    Parameters
    ----------
    x : (…, time) float32 or float64.
    rate, new_rate : Hz.
    quality : libsoxr's "QQ", "LQ", "MQ", "HQ" (20 bits) or "VHQ" (28 bits).

    Returns
    -------
    (…, resampled_length(time)) of the same type.

    Examples
    --------
    >>> resample(np.ones((2, 441), np.float32), 44100, 48000).shape
    (2, 480)
    """
    import soxr

    length = resampled_length(x.shape[-1], rate, new_rate)
    if rate == new_rate:
        return x.copy()
    flat = x.reshape(-1, x.shape[-1]).T.copy()  # soxr looks at strides, also of a single sample
    moved = soxr.resample(flat, rate, new_rate, quality=quality).T[:, :length]
    out = np.zeros((moved.shape[0], length), dtype=x.dtype)
    out[:, : moved.shape[1]] = moved
    return out.reshape(*x.shape[:-1], length)
