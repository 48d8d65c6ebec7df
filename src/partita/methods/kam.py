"""Kernel additive models: every source is smooth along a shape of its own, its kernel.

A held note looks like its neighbours in time, a drum hit like its neighbours in frequency, a loop
like itself a period earlier, and a voice like a small cross around the cell: it glides. Estimates
are smoothed along these shapes and compete for the mixture, by turns.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from partita.signal.masks import ratio_masks

ROWS = 32
"""Frequencies whose medians are taken at once: small enough for a processor's cache."""

Smoother = Callable[[NDArray[np.floating]], NDArray[np.floating]]


def backfit(
    magnitude: NDArray[np.floating], kernels: Sequence[Smoother], *, iterations: int = 3
) -> NDArray[np.floating]:
    """Masks of sources that differ in their kernels, by kernel backfitting.

    Parameters
    ----------
    magnitude : (freq, frames), non-negative, the mixture's.
    kernels : one a source: smooths a magnitude spectrogram along the source's shape.
    iterations : times that all sources are smoothed and share the mixture anew, at least 1.

    Returns
    -------
    (sources, freq, frames) in 0 … 1, adding up to one.

    References
    ----------
    Liutkus, Fitzgerald, Rafii, Pardo and Daudet, "Kernel additive models for source separation",
    TSP 2014, algorithm 1. Departure: as in Liutkus, Fitzgerald and Rafii, "Scalable audio
    separation with light kernel additive modelling", ICASSP 2015, no spatial model.
    """
    parts = [magnitude] * len(kernels)
    for _ in range(max(iterations, 1)):
        smooth = [kernel(part) for kernel, part in zip(kernels, parts, strict=True)]
        masks = ratio_masks(np.stack(smooth), power=2)
        parts = [mask * magnitude for mask in masks]
    return masks


def median_cross(
    magnitude: NDArray[np.floating], *, freq_bins: int, time_frames: int
) -> NDArray[np.floating]:
    """The median over a cross around each cell: the kernel of a voice.

    Parameters
    ----------
    magnitude : (freq, frames).
    freq_bins, time_frames : lengths of its two arms, odd; edges repeat.

    Returns
    -------
    Same shape.
    """
    up, right = freq_bins // 2, time_frames // 2
    freq, frames = magnitude.shape
    padded = np.pad(magnitude, ((up, up), (right, right)), mode="edge")
    column = [(row, right) for row in range(2 * up + 1)]
    line = [(up, place) for place in range(2 * right + 1) if place != right]
    out = np.empty_like(magnitude)
    for start in range(0, freq, ROWS):
        rows = min(ROWS, freq - start)
        arms = ((start + f, t) for f, t in column + line)
        cells = np.stack([padded[f : f + rows, t : t + frames] for f, t in arms])
        cells.partition(len(cells) // 2, axis=0)
        out[start : start + rows] = cells[len(cells) // 2]
    return out
