"""The main lobe of Hann's window: what a steady partial looks like in a spectrum.

Distances are in bins of a Fourier transform as long as the window, as in `partita.signal.stft`.
"""

from __future__ import annotations

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


def lobe_tables(power: float) -> tuple[Floats, Floats]:
    """g(x) and q(x) = −g′(x)/x, FINE points a bin from 0 to REACH, and one more; both end in zeros.

    Parameters
    ----------
    power : of the magnitude; q is finite for 1 and 2.

    Examples
    --------
    >>> g, q = lobe_tables(1)
    >>> g[[0, FINE, REACH * FINE]]
    array([1. , 0.5, 0. ])
    """
    x = np.arange(REACH * FINE) / FINE
    x[0] = 1e-4  # q is even and smooth: as good as 0
    h = 1e-5
    g = hann_lobe(x, power=power)
    rise = (hann_lobe(x + h, power=power) - hann_lobe(x - h, power=power)) / (2 * h)
    g[0] = 1
    q = np.maximum(-rise / x, 0)
    q[0] = q[1]
    return np.append(g, [0, 0]), np.append(q, [0, 0])
