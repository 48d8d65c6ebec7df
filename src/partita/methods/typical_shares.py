"""Which part of a song sounds at which pitch: what is known before listening.

Basses play below 250 Hz (their overtones reach 2 kHz), kick drums thump between 50 and 120 Hz, no
voice goes below 80 Hz, cymbals rule above 4 kHz. A table of round numbers says it, an octave a
column.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

OCTAVES_HZ = (30.0, 60.0, 120.0, 250.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 14000.0)

SHARES: Mapping[str, tuple[float, ...]] = MappingProxyType(
    {
        "vocals": (0.00, 0.01, 0.20, 0.35, 0.45, 0.45, 0.40, 0.35, 0.30, 0.30),
        "drums": (0.40, 0.80, 0.40, 0.20, 0.20, 0.25, 0.45, 0.70, 0.85, 0.90),
        "bass": (0.70, 0.40, 0.35, 0.25, 0.12, 0.06, 0.03, 0.01, 0.00, 0.00),
        "other": (0.01, 0.02, 0.15, 0.40, 0.35, 0.35, 0.25, 0.10, 0.05, 0.03),
    }
)
"""Weights by octave; only their ratios count. Drums weigh more than their share of a song's energy
because a cell has to be percussive as well before it counts as theirs."""


def typical_shares(frequency_hz: NDArray[np.floating], stem: str) -> NDArray[np.float32]:
    """How much of each frequency belongs to `stem` in a typical song.

    Parameters
    ----------
    frequency_hz : (freq,), non-negative.
    stem : "vocals", "drums", "bass" or "other".

    Returns
    -------
    (freq,) weights, read off the table along log frequency; constant beyond its ends.

    Examples
    --------
    >>> typical_shares(np.array([60.0, 8000.0]), "bass")
    array([0.4, 0. ], dtype=float32)
    """
    octave = np.log2(np.maximum(frequency_hz, OCTAVES_HZ[0]))
    weights: NDArray[np.floating] = np.interp(octave, np.log2(OCTAVES_HZ), SHARES[stem])
    return weights.astype(np.float32)
