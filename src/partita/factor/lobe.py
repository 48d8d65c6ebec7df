"""The main lobe of Hann's window: what a steady partial looks like in a spectrum.

Distances are in bins of a Fourier transform as long as the window, as in `partita.signal.stft`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.floating]

REACH = 2
"""Bins from the middle of the lobe to its zero."""
FINE = 2048
"""Points of a table in a bin; between them lines."""


def hann_lobe(away: ArrayLike, *, power: float = 2.0) -> Floats:
    """The main lobe of Hann's window, 1 in its middle, and 0 outside.

    Parameters
    ----------
    away : bins from the middle. power : of the magnitude.

    Examples
    --------
    >>> hann_lobe([0.0, 1.0, -1.0, 2.5], power=1)
    array([1. , 0.5, 0.5, 0. ])
    """
    x = np.asarray(away, dtype=np.float64)
    magnitude = np.sinc(x) + (np.sinc(x - 1) + np.sinc(x + 1)) / 2
    lobe: Floats = np.where(np.abs(x) < REACH, np.maximum(magnitude, 0) ** power, 0)
    return lobe


@dataclass(frozen=True, eq=False)
class Lobe:
    """g(x) and q(x) = −g′(x)/x in tables, x from 0 to REACH and a little more, where both are 0."""

    g: Floats
    q: Floats

    @classmethod
    def hann(cls, power: float, dtype: Any) -> Lobe:
        x = np.arange(REACH * FINE) / FINE
        x[0] = 1e-4  # q is even and smooth: as good as 0
        h = 1e-5
        g = hann_lobe(x, power=power)
        rise = (hann_lobe(x + h, power=power) - hann_lobe(x - h, power=power)) / (2 * h)
        g[0] = 1
        q = np.maximum(-rise / x, 0)
        q[0] = q[1]
        return cls(*(np.append(table, [0, 0]).astype(dtype) for table in (g, q)))

    def value(self, away: Floats) -> Floats:
        return self._read(self.g, away)

    def slope(self, away: Floats) -> Floats:
        return self._read(self.q, away)

    @staticmethod
    def _read(table: Floats, away: Floats) -> Floats:
        at = np.minimum(np.abs(away), REACH) * FINE
        low = at.astype(np.intp)
        part = (at - low).astype(table.dtype)
        read: Floats = table[low] * (1 - part) + table[low + 1] * part
        return read
