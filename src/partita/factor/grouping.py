"""Which components belong to one instrument, by the colour of their spectra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

Floats = NDArray[np.floating]

BANDS, COEFFICIENTS = 40, 13
STARTS, ROUNDS = 10, 100


def timbre(W: Floats, freq_hz: Floats, *, lowest_hz: float = 60.0) -> Floats:
    """(rank, 13): the envelope of each spectrum as cepstral coefficients, its loudness left out.

    Parameters
    ----------
    W : (freq, rank), magnitudes. freq_hz : (freq,) increasing.
    lowest_hz : where the bands begin; they are equally wide in mel.

    References
    ----------
    Davis and Mermelstein, "Comparison of parametric representations for monosyllabic word
    recognition", TASSP 1980. Departure: the cube root of each band, as in Hermansky, "Perceptual
    linear predictive analysis of speech", JASA 1990, instead of its logarithm, which would give
    most weight to bands that hold next to nothing.
    """
    from scipy.fft import dct

    mel = 2595 * np.log10(1 + np.asarray(freq_hz, dtype=np.float64) / 700)
    edges = np.linspace(2595 * np.log10(1 + lowest_hz / 700), mel[-1], BANDS + 2)
    rise = (mel - edges[:-2, None]) / np.diff(edges)[:-1, None]
    fall = (edges[2:, None] - mel) / np.diff(edges)[1:, None]
    bands = np.maximum(np.minimum(rise, fall), 0) @ np.asarray(W, dtype=np.float64)
    bands /= np.maximum(bands.max(axis=0, keepdims=True), np.finfo(np.float32).tiny)
    envelope: Floats = dct(np.cbrt(bands), axis=0, norm="ortho")[1 : COEFFICIENTS + 1]
    return envelope.T


def group(
    features: Floats, groups: int, *, weights: Floats | None = None, seed: int = 0
) -> NDArray[np.intp]:
    """(items,) the number of the group that each item belongs to, 0 … groups − 1.

    Parameters
    ----------
    features : (items, features). groups : how many; no more than items are used.
    weights : (items,) how much each item counts for the centres.

    Returns
    -------
    k-means from the best of ten starts (k-means++), always the same for the same seed.

    Examples
    --------
    >>> group(np.array([[0.0], [9.0], [0.1], [9.2]]), 2).tolist() in ([0, 1, 0, 1], [1, 0, 1, 0])
    True

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.
    """
    if groups < 1:
        raise UsageError(f"there must be at least 1 group, got {groups}")
    rng = np.random.default_rng(seed)
    weight = np.ones(len(features)) if weights is None else np.asarray(weights, np.float64) + 1e-30
    runs = [_k_means(features, min(groups, len(features)), weight, rng) for _ in range(STARTS)]
    return min(runs, key=lambda run: run[0])[1]


def _k_means(
    x: Floats, groups: int, weight: Floats, rng: np.random.Generator
) -> tuple[float, NDArray[np.intp]]:
    centres = _spread(x, groups, weight, rng)
    labels = np.zeros(len(x), dtype=np.intp)
    for _ in range(ROUNDS):
        distance = np.sum((x[:, None] - centres) ** 2, axis=-1)
        new = np.argmin(distance, axis=1)
        for g in range(groups):
            if np.any(new == g):
                centres[g] = np.average(x[new == g], axis=0, weights=weight[new == g])
        if np.array_equal(new, labels):
            break
        labels = new
    distance = np.sum((x - centres[labels]) ** 2, axis=-1)
    return float(weight @ distance), labels


def _spread(x: Floats, groups: int, weight: Floats, rng: np.random.Generator) -> Floats:
    """First centres, each drawn with a probability that grows with its distance from the others."""
    centres = [x[rng.choice(len(x), p=weight / weight.sum())]]
    while len(centres) < groups:
        nearest = np.min([np.sum((x - c) ** 2, axis=1) for c in centres], axis=0) * weight
        total = nearest.sum()
        p = nearest / total if total > 0 else None
        centres.append(x[rng.choice(len(x), p=p)])
    return np.array(centres, dtype=np.float64)
