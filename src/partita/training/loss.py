"""What training makes small: absolute errors of waveforms and of complex spectra, the logarithm of
the error's energy, or that energy over the stem's.

Stems are (batch, stems, channel, time), in the order vocals, drums, bass, other. `joined` marks the
examples of which only bass + other together is known.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from partita.training.config import LossConfig, SpectrumConfig
from partita.training.spectra import signal, spectrum

BASS, OTHER = 2, 3
LEVEL = 0.1
"""RMS of a mixture, as the loss sees it."""
QUIET = 1e-3
"""RMS below which a mixture is not made louder any more."""


def merged(stems: Tensor, joined: Tensor) -> Tensor:
    """The stems, with bass + other in the place of the bass, and nothing as other, where joined.

    Parameters
    ----------
    stems : (batch, stems, …). joined : (batch,) bool.

    Examples
    --------
    >>> stems = torch.tensor([[1.0, 2.0, 3.0, 4.0]])
    >>> merged(stems, torch.tensor([True]))
    tensor([[1., 2., 7., 0.]])
    """
    if not bool(joined.any()):
        return stems
    other = stems[:, OTHER]
    moved = torch.where(joined.reshape(-1, *[1] * (other.ndim - 1)), other, torch.zeros_like(other))
    parts = list(stems.unbind(1))
    parts[BASS] = parts[BASS] + moved
    parts[OTHER] = other - moved
    return torch.stack(parts, dim=1)


def separation_loss(
    reference: Tensor,
    estimate: Tensor,
    joined: Tensor,
    *,
    loss: LossConfig,
    frame: SpectrumConfig,
) -> Tensor:
    """The loss of a batch, a scalar.

    Parameters
    ----------
    reference : (batch, stems, 2, time), waveforms.
    estimate : (batch, stems, 2, 2, frames, bins), spectra as the network gives them.
    joined : (batch,) bool, see the module.

    Every example is brought to the same level first, so that soft ones count as much as loud
    ones. Spectra are scaled by 1/√n_fft, so that their errors are of the waveform's size; those of
    different resolutions are averaged.

    An absolute error is smallest at the median of what a stem might be, a squared one at its mean,
    which where the network is not sure is the estimate of the better SDR.

    References
    ----------
    Lu et al., "Music source separation with band-split RoPE transformer", ICASSP 2024 (waveform
    and multi-resolution complex spectra).
    """
    level = reference.sum(dim=1).square().mean(dim=(1, 2)).sqrt()
    scale = (LEVEL / level.clamp_min(QUIET))[:, None, None, None]
    reference = reference * scale
    estimate = merged(estimate.float(), joined) * scale[..., None, None]
    n_fft, hop, window = frame.n_fft, frame.hop, frame.window
    length = reference.shape[-1]
    error = signal(estimate, length=length, n_fft=n_fft, hop=hop, window=window) - reference
    total = torch.zeros((), device=reference.device)
    if loss.waveform:
        total = total + loss.waveform * error.abs().mean()
    if loss.energy:
        total = total + loss.energy * log_energy(error, floor_db=loss.floor_db)
    if loss.ratio:
        total = total + loss.ratio * energy_ratio(reference, error, floor_db=loss.floor_db)
    if loss.spectrum:
        with torch.no_grad():
            truth = spectrum(reference, n_fft=n_fft, hop=hop, window=window)
        errors = [(estimate - truth).abs().mean() / n_fft**0.5]
        errors += [spectral_l1(error, size) for size in loss.n_fft]
        total = total + loss.spectrum * torch.stack(errors).mean()
    return total


def log_energy(error: Tensor, *, floor_db: float) -> Tensor:
    """Mean over stems of ln(Σ(s − ŝ)² / Σx² + floor), x a mixture of the RMS `LEVEL`; a scalar.

    Above the floor, halving an error gains the same whether it is large or small, and a silent stem
    counts as the others do. Far above it the logarithm favours a guess: to be right in one example
    of two and far off in the other costs less than to err a little in both. In a song, whose SDR
    adds up energies, that does not pay; a floor near the errors that are made (-10 dB) keeps the
    mean.

    Parameters
    ----------
    error : (batch, stems, channel, time). floor_db : relative to the mixture.

    References
    ----------
    Heitkaemper et al., "Demystifying TasNet", ICASSP 2020 (logarithm of the squared error).
    Wisdom et al., "Unsupervised sound separation using mixture invariant training", NeurIPS 2020
    (its floor; theirs is relative to the source).
    """
    share = error.square().mean(dim=(2, 3)) / LEVEL**2
    return (share + 10 ** (floor_db / 10)).log().mean()


def energy_ratio(reference: Tensor, error: Tensor, *, floor_db: float) -> Tensor:
    """Mean over stems of Σ(s − ŝ)² / (Σs² + floor·Σx²), x a mixture of the RMS `LEVEL`; a scalar.

    Noise over signal, not in decibels: to be right in one example of two and far off in the other
    costs more than to err a little in both, and a stem that is soft in the mixture counts as much
    as a loud one, down to the floor.

    Parameters
    ----------
    reference, error : (batch, stems, channel, time). floor_db : relative to the mixture.
    """
    energy = reference.square().mean(dim=(2, 3)) + 10 ** (floor_db / 10) * LEVEL**2
    return (error.square().mean(dim=(2, 3)) / energy).mean()


def spectral_l1(x: Tensor, n_fft: int) -> Tensor:
    """Mean absolute value of the real and imaginary parts of a spectrum, over √n_fft; a scalar.

    Parameters
    ----------
    x : (…, time). Hann windows of n_fft samples, half overlapping, within the signal; a signal
        shorter than a frame is lengthened by zeros.
    """
    result: Tensor = _SpectralL1.apply(x, n_fft)  # type: ignore[no-untyped-call]
    return result


class _SpectralL1(torch.autograd.Function):
    """The gradient is the transposed transform of the signs: it is made at once, in a quarter of
    the time that differentiating the transform step by step takes on a CPU."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, n_fft: int) -> Tensor:
        time, hop = x.shape[-1], n_fft // 2
        count = max(-(-(time - hop) // hop), 1)
        flat = functional.pad(x.reshape(-1, time), (0, (count + 1) * hop - time))
        window = torch.hann_window(n_fft, device=x.device, dtype=x.dtype)
        parts = torch.view_as_real(torch.fft.rfft(flat.unfold(-1, n_fft, hop) * window))
        scale = 1 / (parts.numel() * n_fft**0.5)
        value: Tensor = parts.abs().sum() * scale
        signs = parts.sign()
        signs[..., 1:-1, :] *= 0.5  # irfft counts every bin twice but the first and the last
        pieces = torch.fft.irfft(torch.view_as_complex(signs), n=n_fft) * (window * n_fft * scale)
        gradient = torch.zeros_like(flat).reshape(len(flat), count + 1, hop)
        gradient[:, :-1] += pieces[..., :hop]
        gradient[:, 1:] += pieces[..., hop:]
        ctx.save_for_backward(gradient.reshape(len(flat), -1)[:, :time].reshape(x.shape))
        return value

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        slope: Tensor = gradient * outer[0]
        return slope, None
