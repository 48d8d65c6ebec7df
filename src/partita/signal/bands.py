"""Splitting a signal into frequency bands that add up to it again."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError


def split_bands(
    x: NDArray[np.floating], edges_hz: Sequence[float], *, rate: int, width: float = 0.5
) -> NDArray[np.floating]:
    """The bands of `x` between the given edges, without delay, adding up to `x`.

    Parameters
    ----------
    x : (…, time).
    edges_hz : increasing, inside 0 … rate/2; n edges make n + 1 bands.
    rate : Hz.
    width : width of each crossover as a share of its frequency.

    Returns
    -------
    (bands, …, time), lowest first. Each crossover is a linear-phase windowed sinc, centred, so
    that a band lies where it was; the signal counts as zero outside itself.

    Raises
    ------
    OptionError : edges that do not increase, or lie outside 0 … rate/2.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((2, 4000))
    >>> bands = split_bands(x, [200, 2000], rate=8000)
    >>> bands.shape, bool(np.allclose(bands.sum(axis=0), x))
    ((3, 2, 4000), True)
    """
    edges = list(edges_hz)
    if any(not 0 < e < rate / 2 for e in edges) or any(np.diff(edges) <= 0):
        raise OptionError(f"band edges must increase inside 0 … {rate / 2} Hz, got {edges}")
    lows = [np.zeros_like(x), *(_low_pass(x, edge, rate, width) for edge in edges), x]
    return np.stack([high - low for low, high in pairwise(lows)])


def _low_pass(
    x: NDArray[np.floating], cutoff_hz: float, rate: int, width: float
) -> NDArray[np.floating]:
    from scipy.signal import oaconvolve

    half = int(np.ceil(2 * rate / (width * cutoff_hz)))
    t = np.arange(-half, half + 1)
    taps = np.sinc(2 * cutoff_hz / rate * t) * np.blackman(len(t))
    taps = (taps / taps.sum()).astype(x.dtype)
    kernel = taps.reshape((1,) * (x.ndim - 1) + (-1,))
    low: NDArray[np.floating] = oaconvolve(x, kernel, mode="full", axes=-1)
    return low[..., half : half + x.shape[-1]]
