"""The multichannel Wiener filter, under the local Gaussian model.

Each source j is, in each cell (f, t), a complex Gaussian vector over the channels with covariance
v_j(f, t)·R_j(f): v its power, R how it lies in space. Given those, the least-squares estimate of
its image is  v_j R_j (Σ_k v_k R_k)⁻¹ x.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
    channels = images.shape[1]
    v = np.mean(np.square(images.real) + np.square(images.imag), axis=1)
    R = np.einsum("jcft,jdft->jfcd", images, images.conj(), optimize=True)
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
    sources, bins, frames = v.shape
    channels = len(mix)
    # One product of matrices a bin, instead of small sums over the cells: half of the time.
    flat = R.transpose(1, 0, 2, 3).reshape(bins, sources, channels**2)
    total = np.matmul(v.transpose(1, 2, 0), flat).reshape(bins, frames, channels, channels)
    power = np.sum(v, axis=0) * noise + np.finfo(np.float32).tiny
    total += (power[..., None, None] * np.eye(channels)).astype(mix.dtype)
    x = mix.transpose(1, 2, 0)[..., None]
    whitened = np.matmul(_inverse(total), x)[..., 0].transpose(0, 2, 1)  # (freq, c, frames)
    images = np.empty((sources, *mix.shape), dtype=mix.dtype)
    for image, strength, spread in zip(images, v, R, strict=True):
        np.multiply(strength, np.matmul(spread, whitened).transpose(1, 0, 2), out=image)
    images += (mix - np.sum(images, axis=0)) / sources
    return images


def _inverse(matrices: NDArray[np.complexfloating]) -> NDArray[np.complexfloating]:
    """Inverses of Hermitian (…, channels, channels), in closed form for one or two channels."""
    channels = matrices.shape[-1]
    if channels == 1:
        return 1 / matrices
    if channels > 2:
        return np.linalg.inv(matrices)
    a, d, b = matrices[..., 0, 0].real, matrices[..., 1, 1].real, matrices[..., 0, 1]
    # In double precision: the determinant of a centred source's covariance cancels in float32.
    determinant = np.multiply(a, d, dtype=np.float64)
    determinant -= np.square(b.real, dtype=np.float64)
    determinant -= np.square(b.imag, dtype=np.float64)
    inverse = np.empty_like(matrices)
    inverse[..., 0, 0] = d / determinant
    inverse[..., 1, 1] = a / determinant
    inverse[..., 0, 1] = -b / determinant
    inverse[..., 1, 0] = inverse[..., 0, 1].conj()
    return inverse
