"""The multichannel Wiener filter, under the local Gaussian model.

Each source j is, in each cell (f, t), a complex Gaussian vector over the channels with covariance
v_j(f, t)·R_j(f): v its power, R how it lies in space. Given those, the least-squares estimate of
its image is  v_j R_j (Σ_k v_k R_k)⁻¹ x.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Complexes = NDArray[np.complexfloating]


def spatial_covariance(
    images: NDArray[np.complexfloating],
) -> tuple[NDArray[np.floating], NDArray[np.complexfloating]]:
    """Power and spatial covariance of each source, from estimates of its images.

    Parameters
    ----------
    images : (sources, channels, freq, frames) complex.

    Returns
    -------
    v : (sources, freq, frames), mean power over the channels.
    R : (sources, freq, channels, channels) Hermitian, trace near the number of channels;
        the identity where a source has no energy at all.
    """
    sources, channels, bins, _ = images.shape
    v = np.square(images.real)
    v += np.square(images.imag)
    v = np.mean(v, axis=1)
    R = np.empty((sources, bins, channels, channels), dtype=images.dtype)
    for c in range(channels):
        for d in range(c + 1):
            R[..., c, d] = np.sum(images[:, c] * images[:, d].conj(), axis=-1)
            R[..., d, c] = R[..., c, d].conj()
    total = np.sum(v, axis=-1)[..., None, None]
    silent = total <= np.finfo(v.dtype).tiny
    R = np.where(silent, np.eye(channels, dtype=R.dtype), R / np.where(silent, 1, total))
    return v, R


def multichannel_wiener(
    mix: NDArray[np.complexfloating],
    images: NDArray[np.complexfloating],
    *,
    iterations: int = 1,
    power: float = 2.0,
    noise: float = 1e-6,
    block: int = 256,
) -> NDArray[np.complexfloating]:
    """Images of the sources, filtered from the mixture by what `images` tells of them.

    Parameters
    ----------
    mix : (channels, freq, frames) complex.
    images : (sources, channels, freq, frames) complex, first estimates; only their power and
        their spatial covariance are used.
    iterations : times that both are re-estimated from the outcome (1: filter once).
    power : p > 0. 2 weighs the sources by their powers; 1 by their magnitudes, which suits first
        estimates that are not sure (Liutkus and Badeau, ICASSP 2015).
    noise : white noise added in each cell, as a share of its power, so that the inverse exists. In
        single precision 1e-3 keeps rounding out of the result where all lies in one place.
    block : frames computed at once; bounds the memory, never changes the result.

    Returns
    -------
    (sources, channels, freq, frames) complex; they add up to the mixture.

    References
    ----------
    Duong, Vincent and Gribonval, "Under-determined reverberant audio source separation using a
    full-rank spatial covariance model", TASLP 2010, eq. 20; Nugraha, Liutkus and Vincent,
    "Multichannel audio source separation with deep neural networks", TASLP 2016. Departures: as in
    the latter R is re-estimated as a plain power-weighted mean; what the regularising noise takes
    from the mixture is given back to the sources in equal shares, so that they add up.
    """
    sources = images.shape[0]
    for _ in range(max(iterations, 1)):
        v, R = spatial_covariance(images)
        v **= power / 2
        images = np.empty((sources, *mix.shape), dtype=mix.dtype)
        for start in range(0, mix.shape[-1], block):
            part = slice(start, start + block)
            images[..., part] = _filter(mix[..., part], v[..., part], R, noise)
    return images


def _filter(
    mix: NDArray[np.complexfloating],
    v: NDArray[np.floating],
    R: NDArray[np.complexfloating],
    noise: float,
) -> NDArray[np.complexfloating]:
    sources, channels = len(v), len(mix)
    power = np.sum(v, axis=0) * noise + np.finfo(np.float32).tiny
    # An array for each pair of channels: what lies side by side in memory is worked on together,
    # whichever axis that is. Matrices of two by two in each cell took twice as long.
    total: list[list[NDArray[Any]]] = [[power] * channels for _ in range(channels)]
    for c in range(channels):
        for d in range(c):
            total[c][d] = np.einsum("jft,jf->ft", v, R[..., c, d], order="K")
            total[d][c] = total[c][d].conj()
        total[c][c] = power + np.einsum("jft,jf->ft", v, R[..., c, c].real, order="K")
    whitened = _solved(total, mix)
    images = np.empty_like(mix, shape=(sources, *mix.shape))
    for image, strength, spread in zip(images, v, R, strict=True):
        for c, channel in enumerate(image):
            parts = (spread[:, c, d, np.newaxis] * w for d, w in enumerate(whitened))
            np.multiply(sum(parts), strength, out=channel)
    images += (mix - np.sum(images, axis=0)) / sources
    return images


def _solved(matrix: Sequence[Sequence[NDArray[Any]]], x: Complexes) -> list[Complexes]:
    """The y, by channels, for which matrix·y is x in each cell; the matrix is Hermitian."""
    if len(x) == 1:
        return [x[0] / matrix[0][0]]
    if len(x) > 2:
        stacked = np.stack([np.stack(row, axis=-1) for row in matrix], axis=-2)
        y = np.linalg.solve(stacked, np.moveaxis(x, 0, -1)[..., np.newaxis])
        return list(np.moveaxis(y[..., 0], -1, 0).astype(x.dtype))
    (a, b), (_, d) = matrix
    # In double precision: the determinant of a centred source's covariance cancels in float32.
    determinant = np.multiply(a, d, dtype=np.float64)
    determinant -= np.square(b.real, dtype=np.float64)
    determinant -= np.square(b.imag, dtype=np.float64)
    a, b, d = ((part / determinant).astype(part.dtype) for part in (a, b, d))
    return [d * x[0] - b * x[1], a * x[1] - b.conj() * x[0]]
