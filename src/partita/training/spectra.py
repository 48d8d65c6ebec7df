"""The transform of `partita.signal.stft`, in torch: same frames, same windows, same inverse.

Signals are (…, time); spectra (…, part, frames, bins), where part is real and imaginary, as
networks take them. (torch.stft and torch.istft do the same at twice the cost on a CPU.)
"""

from __future__ import annotations

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn import functional

from partita.signal.resample import faded_out


def spectrum(x: Tensor, *, n_fft: int, hop: int, window: str = "hann") -> Tensor:
    """The spectrum of every frame: (…, time) -> (…, 2, ceil(time/hop) + 1, n_fft/2 + 1).

    Parameters
    ----------
    x : float32. n_fft, hop, window : as `partita.signal.stft.stft` takes them.
    """
    *lead, time = x.shape
    half = n_fft // 2
    flat = functional.pad(x.reshape(-1, time), (half, half + -time % hop))
    frames = flat.unfold(-1, n_fft, hop) * _window(window, n_fft, x.device)
    cells = torch.fft.rfft(frames)
    parts = torch.stack([cells.real, cells.imag], dim=1)
    return parts.reshape(*lead, *parts.shape[1:])


def signal(x: Tensor, *, length: int, n_fft: int, hop: int, window: str = "hann") -> Tensor:
    """The signal of a spectrum: (…, 2, frames, n_fft/2 + 1) -> (…, length).

    The inverse of `spectrum`, exact to rounding.
    """
    *lead, _, frames, bins = x.shape
    parts = x.float().reshape(-1, 2, frames, bins)
    pieces = torch.fft.irfft(torch.complex(parts[:, 0], parts[:, 1]), n=n_fft)
    pieces = pieces * _window(window, n_fft, x.device)
    half = n_fft // 2
    summed = overlap_add(pieces, hop)[..., half : half + length]
    weight = _energy(window, n_fft, hop, frames, x.device)[half : half + length]
    return (summed / weight).reshape(*lead, length)


def reduced(x: Tensor, factor: int) -> Tensor:
    """A signal at a lower rate: (…, time) -> (…, time // factor), as if it went on in a circle.

    Near the new Nyquist frequency it fades out (`partita.signal.resample.faded_out`).

    Parameters
    ----------
    factor : how many samples make one; with 1 the signal stays.
    """
    if factor == 1:
        return x
    length = x.shape[-1] // factor
    cells = torch.fft.rfft(x[..., : length * factor].float())[..., : length // 2 + 1]
    fade = torch.from_numpy(faded_out(cells.shape[-1])).to(x.device)
    lower: Tensor = torch.fft.irfft(cells * fade, n=length) / factor
    return lower


def overlap_add(pieces: Tensor, hop: int) -> Tensor:
    """(…, frames, n_fft) -> (…, (frames - 1)·hop + n_fft), adding where frames overlap."""
    *lead, frames, n_fft = pieces.shape
    shifts = n_fft // hop
    blocks = pieces.reshape(*lead, frames, shifts, hop)
    parts = [
        functional.pad(blocks[..., shift, :], (0, 0, shift, shifts - 1 - shift))
        for shift in range(shifts)
    ]
    summed = parts[0]
    for part in parts[1:]:
        summed = summed + part
    return summed.reshape(*lead, -1)


@lru_cache(maxsize=16)
def _window(kind: str, n_fft: int, device: torch.device) -> Tensor:
    sine = torch.sin(torch.pi * torch.arange(n_fft, dtype=torch.float64) / n_fft)
    return (sine.square() if kind == "hann" else sine).float().to(device)


@lru_cache(maxsize=8)
def _energy(kind: str, n_fft: int, hop: int, frames: int, device: torch.device) -> Tensor:
    """Sum of the squared windows over each sample."""
    squares = _window(kind, n_fft, device).square()
    return overlap_add(squares.expand(frames, n_fft), hop)
