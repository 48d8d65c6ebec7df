"""How loud each frame is: what frame states, PES, EPS and drop curves are made from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.metrics.frames import frame_bounds

TARGET_LEVEL = "target_dbfs"
ESTIMATE_LEVEL = "estimate_dbfs"
LEVELS = (TARGET_LEVEL, ESTIMATE_LEVEL)
"""Two framewise rows that every evaluation stores for each target, beside the metrics."""


def frame_levels(samples: NDArray[np.floating], rate: int) -> NDArray[np.float64]:
    """The RMS level of every 1-s frame.

    Parameters
    ----------
    samples : (channels, time), full scale ±1.
    rate : Hz.

    Returns
    -------
    (frames,) dBFS, all channels together; -inf for a frame of zeros. The shorter frame at the end
    is included.

    Examples
    --------
    >>> frame_levels(np.array([[1.0, 1.0, 0.1, 0.1, 0.0]]), 2)
    array([  0., -20., -inf])
    """
    bounds = frame_bounds(samples.shape[-1], rate)
    power = [np.mean(np.square(samples[:, a:b], dtype=np.float64)) for a, b in bounds]
    with np.errstate(divide="ignore"):
        levels: NDArray[np.float64] = 10 * np.log10(np.array(power))
    return levels
