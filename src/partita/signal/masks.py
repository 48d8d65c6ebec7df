"""Time-frequency masks: how much of each cell of the mixture belongs to each source."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError


def ratio_masks(magnitudes: NDArray[np.floating], *, power: float = 2.0) -> NDArray[np.floating]:
    """Masks m_j = |S_j|^p / Σ_k |S_k|^p, which add up to one in every cell.

    Parameters
    ----------
    magnitudes : (sources, …) non-negative estimates of each source's magnitude, any unit.
    power : p > 0. 1 is the ratio of magnitudes, 2 the Wiener filter, large values approach the
        binary mask.

    Returns
    -------
    (sources, …) in 0 … 1, same float type. Where every source is zero the cell is shared equally.

    Examples
    --------
    >>> ratio_masks(np.array([[3.0, 0.0], [1.0, 0.0]]), power=1)
    array([[0.75, 0.5 ],
           [0.25, 0.5 ]])

    References
    ----------
    Liutkus and Badeau, "Generalized Wiener filtering with fractional power spectrograms",
    ICASSP 2015. Departure: magnitudes are divided by the largest of the cell before the power, so
    that no power over- or underflows.
    """
    if power <= 0:
        raise OptionError(f"a mask's power must be positive, got {power}")
    largest = np.max(magnitudes, axis=0)
    shares = np.ones_like(magnitudes)
    np.divide(magnitudes, largest, out=shares, where=np.broadcast_to(largest > 0, shares.shape))
    if power == 2:
        np.square(shares, out=shares)
    elif power != 1:
        np.power(shares, power, out=shares)
    shares /= np.sum(shares, axis=0)
    return shares


def apply_masks(
    masks: NDArray[np.floating], spectrum: NDArray[np.complexfloating]
) -> NDArray[np.complexfloating]:
    """Each mask times the mixture's spectrum.

    Parameters
    ----------
    masks : (sources, freq, frames), the same for all channels, or one a channel, (sources,
        channels, freq, frames).
    spectrum : (channels, freq, frames) complex.

    Returns
    -------
    (sources, channels, freq, frames) complex.
    """
    if masks.ndim == spectrum.ndim:
        masks = masks[:, None]
    return masks * spectrum
