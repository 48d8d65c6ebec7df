"""What engines that follow a pitch hint share: the pitch at the times that they need."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.hints import Pitch

Floats = NDArray[np.float64]


def f0_at(
    pitch: Pitch, name: str, time_s: Floats, *, bridge_s: float = 0.2, extend_s: float = 0.03
) -> Floats:
    """A track's f0 at other times: between voiced values log f0 is linear.

    Parameters
    ----------
    name : of the track. time_s : (times,) increasing.
    bridge_s : an unvoiced gap up to so long is bridged: trackers lose a voice for a moment.
    extend_s : a track goes on so far beyond its ends, and into longer gaps.

    Returns
    -------
    (times,) Hz, 0 where unvoiced.

    Examples
    --------
    >>> pitch = Pitch([0.0, 0.1, 0.2, 0.9], {"voice": [100, 0, 400, 0]})
    >>> f0_at(pitch, "voice", np.array([0.0, 0.1, 0.21, 0.5])).round()
    array([100., 200., 400.,   0.])
    """
    f0_hz = pitch.f0_hz[name]
    voiced = np.flatnonzero(f0_hz > 0)
    if not len(voiced) or not len(time_s):
        return np.zeros(len(time_s))
    at_s, log_f0 = pitch.time_s[voiced], np.log(f0_hz[voiced])
    after = np.searchsorted(at_s, time_s)
    left, right = np.maximum(after - 1, 0), np.minimum(after, len(voiced) - 1)
    to_left, to_right = np.abs(time_s - at_s[left]), np.abs(at_s[right] - time_s)
    inside = (after > 0) & (after < len(voiced))
    neighbours = voiced[right] - voiced[left] <= 1
    joined = inside & (neighbours | (at_s[right] - at_s[left] <= bridge_s))
    nearest = np.where(to_left <= to_right, log_f0[left], log_f0[right])
    near = np.minimum(to_left, to_right) <= extend_s
    value = np.where(joined, np.interp(time_s, at_s, log_f0), nearest)
    return np.where(joined | near, np.exp(value), 0)
