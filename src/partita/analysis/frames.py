"""The spectrogram of a recording, block by block: what it takes to look at hours of sound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Floats = NDArray[np.floating]


def magnitude_frames(
    blocks: Iterable[Floats], *, n_fft: int, hop: int
) -> Iterator[NDArray[np.float32]]:
    """Magnitudes of the frames of a stream, channels joined by their mean power.

    Parameters
    ----------
    as for `channel_magnitudes`.

    Yields
    ------
    (frames, n_fft/2 + 1) float32.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)[None]
    >>> frames = np.concatenate(list(magnitude_frames([tone], n_fft=256, hop=64)))
    >>> frames.shape, int(np.argmax(frames[60])) * 8000 // 256
    ((126, 129), 1000)
    """
    for piece in channel_magnitudes(blocks, n_fft=n_fft, hop=hop):
        joined: NDArray[np.float32] = np.sqrt(np.mean(np.square(piece), axis=1))
        yield joined


def channel_magnitudes(
    blocks: Iterable[Floats], *, n_fft: int, hop: int
) -> Iterator[NDArray[np.float32]]:
    """Magnitudes of the frames of a stream, channel by channel.

    Parameters
    ----------
    blocks : arrays (channels, time) of any sizes, one after the other.
    n_fft, hop : samples in a frame and from one to the next. Frame t is centred on sample t·hop,
        the signal being zero outside itself, as in `partita.signal.stft`; the window is Hann's.

    Yields
    ------
    (frames, channels, n_fft/2 + 1) float32, in the unit of the Fourier transform; ceil(time/hop) +
    1 frames in all.
    """
    window = np.sin(np.pi * np.arange(n_fft) / n_fft).astype(np.float32) ** 2
    held: Floats | None = None
    length = given = 0
    for block in blocks:
        length += block.shape[1]
        before = np.zeros((block.shape[0], n_fft // 2), np.float32) if held is None else held
        held = np.concatenate([before, block], axis=1)
        count = max((held.shape[1] - n_fft) // hop + 1, 0)
        if count:
            yield _magnitudes(held, count, window, hop)
            held = held[:, count * hop :]
            given += count
    if held is None:
        return
    left = -(-length // hop) + 1 - given
    missing = (left - 1) * hop + n_fft - held.shape[1]
    yield _magnitudes(np.pad(held, ((0, 0), (0, max(missing, 0)))), left, window, hop)


def _magnitudes(
    x: Floats, count: int, window: NDArray[np.float32], hop: int
) -> NDArray[np.float32]:
    """(frames, channels, bins)."""
    cut = np.lib.stride_tricks.sliding_window_view(x, len(window), axis=1)
    spectrum = scipy.fft.rfft(cut[:, : count * hop : hop] * window, axis=-1)
    return np.ascontiguousarray(np.swapaxes(np.abs(spectrum), 0, 1), dtype=np.float32)
