"""Spectra from all over a recording, few enough to hold: what a dictionary is learned from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.signal.stft import stft

T = TypeVar("T")

BLOCK_S = 10.0
"""Recordings are read in blocks of this length, so that the same frames are seen whoever reads."""


def block_size(rate: int) -> int:
    """Samples in a block."""
    return max(round(BLOCK_S * rate), 1)


def sampled_magnitudes(
    blocks: Iterable[Audio], *, n_fft: int, hop: int, limit: int
) -> NDArray[np.float32]:
    """(freq, frames): magnitudes of frames at equal distances, at most `limit` of them.

    Every frame of a short recording; of a long one every second, fourth, … so that the memory is
    bounded without knowing how much is to come. The mean over the channels of the magnitude.
    Frames that reach over the ends of a block are left out, unless the block has no others.

    Parameters
    ----------
    blocks : the recording, in blocks of `block_size(rate)` samples.
    """
    frames = (frame for block in blocks for frame in _inner_frames(block, n_fft, hop))
    return np.stack(every_so_many(frames, limit=limit), axis=1)


def every_so_many(items: Iterable[T], *, limit: int) -> list[T]:
    """Items at equal distances, at most `limit` of them: all, or every second, fourth, …

    Examples
    --------
    >>> every_so_many(range(10), limit=4)
    [0, 4, 8]
    """
    kept: list[T] = []
    step = 1
    for number, item in enumerate(items):
        if number % step == 0:
            kept.append(item)
        if len(kept) > limit:
            kept, step = kept[::2], 2 * step
    return kept


def _inner_frames(block: Audio, n_fft: int, hop: int) -> NDArray[np.float32]:
    """(frames, freq)."""
    magnitude = np.mean(np.abs(stft(block.samples, n_fft=n_fft, hop=hop)), axis=0).T
    edge = n_fft // (2 * hop)
    inner = magnitude[edge:-edge]
    return np.array(inner if len(inner) else magnitude, dtype=np.float32)
