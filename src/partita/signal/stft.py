"""The short-time Fourier transform and its inverse, exact at every length.

Frame t is centred on sample t·hop; the signal is taken as zero outside itself. There is one frame
centred at or beyond the last sample, so that every sample lies under windows whose squares sum to
something well above zero: the inverse is exact to float rounding, for a signal shorter than a
window too. Windows are periodic.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, TypedDict

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from partita.core.errors import OptionError

Window = Literal["hann", "sine"]


class Frame(TypedDict):
    """The options of `stft` and `istft`, to be kept together."""

    n_fft: int
    hop: int
    window: Window


def stft(
    x: NDArray[np.floating], *, n_fft: int = 2048, hop: int = 512, window: Window = "hann"
) -> NDArray[np.complexfloating]:
    """The spectrum of every frame of `x`.

    Parameters
    ----------
    x : (…, time) float32 or float64, any length from one sample up.
    n_fft : samples in a frame, even.
    hop : samples between frames; divides n_fft, at most half of it.
    window : "hann", or "sine" (its square root), in analysis and synthesis alike.

    Returns
    -------
    (…, n_fft/2 + 1, ceil(time/hop) + 1) complex64 for float32, complex128 for float64. In memory
    the frequencies of a frame lie side by side.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal(1000)
    >>> spectrum = stft(x, n_fft=256, hop=64)
    >>> spectrum.shape
    (129, 17)
    >>> bool(np.allclose(istft(spectrum, length=1000, n_fft=256, hop=64), x))
    True

    References
    ----------
    Griffin and Lim, "Signal estimation from modified short-time Fourier transform", TASSP 1984,
    eq. 6 is the inverse used here (least squares, weighted overlap-add).
    """
    _check(n_fft, hop)
    frames = _frame_count(x.shape[-1], hop)
    padded = np.zeros((*x.shape[:-1], (frames - 1) * hop + n_fft), dtype=x.dtype)
    padded[..., n_fft // 2 : n_fft // 2 + x.shape[-1]] = x
    cut = np.lib.stride_tricks.sliding_window_view(padded, n_fft, axis=-1)[..., ::hop, :]
    spectrum = scipy.fft.rfft(cut * _window(window, n_fft, x.dtype.char), axis=-1, overwrite_x=True)
    return np.swapaxes(spectrum, -1, -2)


def istft(
    spectrum: NDArray[np.complexfloating],
    *,
    length: int,
    n_fft: int = 2048,
    hop: int = 512,
    window: Window = "hann",
) -> NDArray[np.floating]:
    """The signal whose frames come closest (least squares) to `spectrum`.

    Parameters
    ----------
    spectrum : (…, n_fft/2 + 1, frames), as `stft` gives it for a signal of `length` samples.
    length : samples wanted.
    n_fft, hop, window : as given to `stft`.

    Returns
    -------
    (…, length) float32 for complex64, float64 for complex128.

    Raises
    ------
    OptionError : the number of bins or frames does not belong to n_fft, hop and length.
    """
    _check(n_fft, hop)
    frames = _frame_count(length, hop)
    if spectrum.shape[-2:] != (n_fft // 2 + 1, frames):
        raise OptionError(
            f"a spectrum of {length} samples is shaped (…, {n_fft // 2 + 1}, {frames}) "
            f"with n_fft={n_fft}, hop={hop}; got {spectrum.shape}"
        )
    pieces = scipy.fft.irfft(np.swapaxes(spectrum, -1, -2), n=n_fft, axis=-1)
    pieces *= _window(window, n_fft, pieces.dtype.char)
    summed = _overlap_add(pieces, hop)[..., n_fft // 2 : n_fft // 2 + length]
    weight = _window_energy(window, n_fft, hop, frames)[n_fft // 2 : n_fft // 2 + length]
    summed /= weight.astype(summed.dtype)
    return summed


def _overlap_add(pieces: NDArray[np.floating], hop: int) -> NDArray[np.floating]:
    """(…, frames, n_fft) -> (…, (frames - 1)·hop + n_fft), adding where frames overlap."""
    *lead, frames, n_fft = pieces.shape
    shifts = n_fft // hop
    summed = np.zeros((*lead, frames + shifts - 1, hop), dtype=pieces.dtype)
    blocks = pieces.reshape(*lead, frames, shifts, hop)
    for shift in range(shifts):
        summed[..., shift : shift + frames, :] += blocks[..., shift, :]
    return summed.reshape(*lead, -1)


@lru_cache(maxsize=32)
def _window(kind: Window, n_fft: int, dtype: str) -> NDArray[np.floating]:
    sine = np.sin(np.pi * np.arange(n_fft) / n_fft)
    if kind not in ("hann", "sine"):
        raise OptionError(f"window must be 'hann' or 'sine', got {kind!r}")
    return (sine**2 if kind == "hann" else sine).astype(dtype)


@lru_cache(maxsize=8)
def _window_energy(kind: Window, n_fft: int, hop: int, frames: int) -> NDArray[np.floating]:
    """Sum of the squared windows over each sample, float64."""
    squares = np.square(_window(kind, n_fft, "d"))
    return _overlap_add(np.broadcast_to(squares, (frames, n_fft)), hop)


def _frame_count(length: int, hop: int) -> int:
    return -(-length // hop) + 1


def _check(n_fft: int, hop: int) -> None:
    if n_fft < 2 or n_fft % 2 or hop < 1 or n_fft % hop or hop > n_fft // 2:
        raise OptionError(
            f"n_fft must be even, and hop must divide it and be at most half of it; "
            f"got n_fft={n_fft}, hop={hop}"
        )
