"""What stands out: each cell beside its frequency's usual level.

Pads, hum and reverberation keep their level; voices and drums come and go above it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def foreground(magnitude: NDArray[np.floating], *, limit: float = 10.0) -> NDArray[np.floating]:
    """How far each cell stands above (or below) the mean level of its frequency.

    Parameters
    ----------
    magnitude : (…, freq, frames), non-negative.
    limit : the answer is kept between 1/limit and limit.

    Returns
    -------
    Same shape: magnitude over its root mean square along time; 1 where all is silent.

    Examples
    --------
    >>> foreground(np.array([[1.0, 1.0, 1.0, 5.0]]), limit=4).round(2)
    array([[0.38, 0.38, 0.38, 1.89]])
    """
    level = np.sqrt(np.mean(np.square(magnitude), axis=-1, keepdims=True))
    relative = np.ones_like(magnitude)
    np.divide(magnitude, level, out=relative, where=level > 0)
    return np.clip(relative, 1 / limit, limit, out=relative)
