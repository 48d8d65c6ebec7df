"""Energies and their ratios in dB, with one rule for nothing over nothing.

Numpy signals are summed in float64, a stretch at a time, whatever float type they have, so that
minutes of samples need no copy; torch tensors are summed whole, in their own type, with gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from array_api_compat import array_namespace

PIECE = 1 << 16  # samples in a stretch


def dot(x: Any, y: Any) -> Any:
    """The sum of the products of all samples of two arrays of one shape."""
    return sum(_dot(a, b) for a, b in _pieces(x, y))


def energy(x: Any) -> Any:
    """The sum of the squares of all samples."""
    return dot(x, x)


def energy_of_mix(gains: Sequence[Any], signals: Sequence[Any]) -> Any:
    """The energy of Σ gain·signal, without making the sum whole.

    Examples
    --------
    >>> float(energy_of_mix((1, -2), (np.array([2.0, 3.0]), np.array([1.0, 1.0]))))
    1.0
    """
    total: Any = 0.0
    for pieces in _pieces(*signals):
        mix: Any = sum(g * p for g, p in zip(gains, pieces, strict=True))
        total = total + _dot(mix, mix)
    return total


def ratio_db(wanted: Any, unwanted: Any) -> Any:
    """10·log10(wanted / unwanted), elementwise: the one rule that all ratios here follow.

    Parameters
    ----------
    wanted, unwanted : energies ≥ 0, floats or arrays of one shape.

    Returns
    -------
    dB. +inf where nothing is unwanted, -inf where nothing is wanted, NaN where both are exactly
    zero. No epsilon is added anywhere. A float for scalars; a torch tensor keeps its gradient.

    Examples
    --------
    >>> ratio_db(10.0, 1.0), ratio_db(1.0, 0.0), ratio_db(0.0, 1.0), ratio_db(0.0, 0.0)
    (10.0, inf, -inf, nan)
    """
    if isinstance(wanted, float | np.ndarray | np.generic):
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            value = 10 * np.log10(np.divide(wanted, unwanted))
        return value if np.ndim(value) else float(value)
    return 10 * array_namespace(wanted).log10(wanted / unwanted)


def stacked(values: Sequence[Any]) -> Any:
    """One value after the other along a new first axis; tensors keep their gradient."""
    if isinstance(values[0], float | np.ndarray | np.generic):
        return np.array(values)
    return array_namespace(values[0]).stack(list(values))


def _dot(x: Any, y: Any) -> Any:
    xp = array_namespace(x)
    return xp.linalg.vecdot(xp.reshape(x, (-1,)), xp.reshape(y, (-1,)))


def _pieces(*signals: Any) -> Iterator[tuple[Any, ...]]:
    if not isinstance(signals[0], np.ndarray):
        yield signals
        return
    for start in range(0, signals[0].shape[-1], PIECE):
        yield tuple(x[..., start : start + PIECE].astype(np.float64) for x in signals)
