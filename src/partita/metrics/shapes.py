"""Checking what a metric is given. Axes: (channels, time), or (targets, channels, time).

Nothing is copied or converted. Only numpy arrays are searched for NaN: with torch the search would
wait for the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from array_api_compat import array_namespace

from partita.core.errors import AudioError

SHAPES = {2: "(channels, time)", 3: "(targets, channels, time)"}


def checked_pair(reference: Any, estimate: Any, *, axes: int) -> tuple[Any, Any]:
    """Reference and estimate as real floating arrays of one shape.

    Parameters
    ----------
    reference, estimate : numpy or torch, both of one kind.
    axes : 2 for (channels, time), 3 for (targets, channels, time).

    Raises
    ------
    AudioError : different kinds or shapes, a wrong number of axes, no samples, integers, or (numpy
        only) NaN or infinity.

    Examples
    --------
    >>> checked_pair(np.zeros((2, 5)), np.zeros((1, 5)), axes=2)
    Traceback (most recent call last):
    partita.core.errors.AudioError: reference and estimate must have one shape (channels, time), \
got (2, 5) and (1, 5)
    """
    pair = (checked(reference, "reference", axes=axes), checked(estimate, "estimate", axes=axes))
    shapes = tuple(tuple(array.shape) for array in pair)
    if shapes[0] != shapes[1]:
        raise AudioError(
            f"reference and estimate must have one shape {SHAPES[axes]}, "
            f"got {shapes[0]} and {shapes[1]}"
        )
    try:
        array_namespace(*pair)
    except TypeError as error:
        raise AudioError(f"reference and estimate must be arrays of one kind: {error}") from error
    return pair


def checked(samples: Any, name: str, *, axes: int) -> Any:
    """One real floating array with the given number of axes and at least one sample."""
    try:
        xp = array_namespace(samples)
    except TypeError:
        raise AudioError(
            f"{name} must be a numpy or torch array {SHAPES[axes]}, got {type(samples).__name__}"
        ) from None
    if samples.ndim != axes:
        raise AudioError(f"{name} must be shaped {SHAPES[axes]}, got {tuple(samples.shape)}")
    if 0 in samples.shape:
        raise AudioError(f"{name} holds no samples: its shape is {tuple(samples.shape)}")
    if not xp.isdtype(samples.dtype, "real floating"):
        raise AudioError(f"{name} must be float with full scale ±1, got {samples.dtype}")
    # The extremes are NaN where any sample is, and need no array of flags as long as the signal
    if isinstance(samples, np.ndarray) and not np.isfinite([samples.min(), samples.max()]).all():
        raise AudioError(f"{name} holds NaN or infinity: repair or cut those samples first")
    return samples
