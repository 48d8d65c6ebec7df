"""Lengths in samples and bins that mean the same at every sample rate."""

from __future__ import annotations

import math


def scaled_n_fft(n_fft: int, rate: int) -> int:
    """The power of two that is as long in time at `rate` as n_fft is at 44.1 kHz.

    Examples
    --------
    >>> scaled_n_fft(2048, 48000), scaled_n_fft(2048, 8000), scaled_n_fft(2048, 192000)
    (2048, 512, 8192)
    """
    return int(2 ** round(math.log2(max(n_fft * rate / 44100, 16))))


def odd(length: float) -> int:
    """The odd whole number just below or at `length + 1`, at least 1.

    Examples
    --------
    >>> odd(31.9), odd(0.2), odd(30.0)
    (31, 1, 31)
    """
    return max(2 * int(length // 2) + 1, 1)
