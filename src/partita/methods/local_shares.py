"""Each source's share of the energy around a cell: a first guess, made to fit the recording.

One step of expectation maximisation with shares that change slowly over time and frequency: a
source that holds little of its neighbourhood holds little of the cell, whatever a typical song is.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def local_shares(
    masks: NDArray[np.floating],
    power: NDArray[np.floating],
    *,
    freq_bins: int,
    time_frames: int,
) -> NDArray[np.floating]:
    """Each source's share of the power around each cell.

    Parameters
    ----------
    masks : (sources, freq, frames) in 0 … 1, adding up to one.
    power : (freq, frames), non-negative, the mixture's.
    freq_bins, time_frames : size of the neighbourhood, a rectangle around the cell.

    Returns
    -------
    (sources, freq, frames) in 0 … 1, adding up to one where the neighbourhood has power and zero
    where it has none.

    Examples
    --------
    >>> masks = np.stack([np.eye(5), 1 - np.eye(5)])
    >>> local_shares(masks, np.ones((5, 5)), freq_bins=5, time_frames=5)[:, 2, 2]
    array([0.2, 0.8])
    """
    from scipy.ndimage import uniform_filter

    size = (freq_bins, time_frames)
    total = uniform_filter(power, size, mode="nearest")
    shares = np.zeros_like(masks)
    for share, mask in zip(shares, masks, strict=True):
        around = uniform_filter(mask * power, size, mode="nearest")
        np.divide(around, total, out=share, where=total > np.finfo(power.dtype).tiny)
    return np.clip(shares, 0, 1, out=shares)  # running sums round below zero
