"""What the stereo image tells: which cells lie in the centre.

Lead vocals, bass, kick and snare are mixed to the centre, guitars, keys and cymbals to the sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def centre_mask(
    spectrum: NDArray[np.complexfloating], *, smooth_frames: int = 5, sharpness: float = 1.0
) -> NDArray[np.floating]:
    """How much of each cell is common to both channels.

    Parameters
    ----------
    spectrum : (2, freq, frames) complex: left, right.
    smooth_frames : frames over which powers are averaged; 1 looks at each cell alone.
    sharpness : exponent on the share; above 1 only the very centre passes.

    Returns
    -------
    (freq, frames) in 0 … 1: with M and S the power of (L+R)/2 and (L-R)/2, max(M - S, 0)/(M + S).
    It is 1 where L = R, 0 where only one channel sounds or the two are unrelated; 0 in silence.

    References
    ----------
    Avendano and Jot, "Frequency domain techniques for stereo to multichannel upmix", AES 22nd
    Int. Conf. 2002: (M - S)/(M + S) is their inter-channel similarity 2·Re⟨L, R⟩/(|L|² + |R|²).
    """
    from scipy.ndimage import uniform_filter1d

    left, right = spectrum
    common = 2 * (left.real * right.real + left.imag * right.imag)
    total = sum(np.square(c.real) + np.square(c.imag) for c in (left, right))
    if smooth_frames > 1:
        common = uniform_filter1d(common, smooth_frames, mode="nearest")
        total = uniform_filter1d(total, smooth_frames, mode="nearest")
    share: NDArray[np.floating] = np.zeros_like(total)
    np.divide(np.maximum(common, 0), total, out=share, where=total > 0)
    np.minimum(share, 1, out=share)
    return share**sharpness if sharpness != 1 else share
