"""What a network looks at, and how its masks are applied.

Spectra are real tensors (batch, channel, part, frames, bins): two channels, and the real and the
imaginary part. Estimates have the stems as second axis: (batch, stems, channel, part, frames,
bins).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

FEATURES = 4
"""Numbers for each bin: left, right, middle, side."""
LARGEST = 60.0
"""Logarithm of the largest odds: three such add up in single precision."""


class MagnitudeFeatures(nn.Module):
    """Compressed magnitudes of left, right, middle and side, each bin at its own scale.

    (batch, 2, 2, frames, bins) -> (batch, 4, frames, bins). A magnitude is raised to 1/4, so that
    60 dB become a factor of 5.6; then each bin of each feature is brought to mean 0 and
    deviation 1 by what training has seen (BatchNorm without weights).
    """

    def __init__(self, bins: int, count: int = FEATURES) -> None:
        super().__init__()
        self.bins = bins
        self.count = count
        self.scale = nn.BatchNorm1d(count * bins, affine=False, momentum=0.03)

    def forward(self, spectrum: Tensor) -> Tensor:
        left, right = spectrum[:, 0], spectrum[:, 1]
        middle, side = (left + right) / 2, (left - right) / 2
        return self.of(torch.stack([left, right, middle, side], dim=1))

    def of(self, signals: Tensor) -> Tensor:
        """The features of `count` signals: (batch, count, 2, frames, bins) without the part."""
        power = signals.square().sum(dim=2)
        # sqrt three times: far cheaper than a power, and its slope at 0 is bounded by the floor.
        x = (power + 1e-8).sqrt().sqrt().sqrt()
        return self._learning(x) if self.training else self._learned(x)

    def _learning(self, x: Tensor) -> Tensor:
        batch, _, frames, _ = x.shape
        x = self.scale(x.transpose(1, 2).reshape(-1, self.count * self.bins))
        return x.reshape(batch, frames, self.count, self.bins).transpose(1, 2)

    def _learned(self, x: Tensor) -> Tensor:
        """The same with what is known by now; spelt out, for no axis has to be moved."""
        mean, variance = self.scale.running_mean, self.scale.running_var
        assert mean is not None
        assert variance is not None
        slope = torch.rsqrt(variance + self.scale.eps)
        return (x - mean.reshape(self.count, 1, self.bins)) * slope.reshape(
            self.count, 1, self.bins
        )


def shared_out(logits: Tensor, spectrum: Tensor) -> Tensor:
    """The spectrum shared out among the stems by the softmax of the logits.

    Parameters
    ----------
    logits : (batch, stems, channel, frames, bins).
    spectrum : (batch, channel, part, frames, bins).

    Returns
    -------
    (batch, stems, channel, part, frames, bins); the stems add up to the spectrum.
    """
    return torch.softmax(logits, dim=1).unsqueeze(3) * spectrum.unsqueeze(1)


def masks_but_last(logits: Tensor) -> Tensor:
    """The softmax of the logits over the stems, without the last, which is what they leave.

    What an ONNX file gives: in onnxruntime a softmax over an axis that is not the last took a
    quarter of the network's time, and stems in place of masks a twentieth.

    Parameters
    ----------
    logits : (batch, stems, …).

    Returns
    -------
    (batch, stems - 1, …).
    """
    odds = (logits[:, :-1] - logits[:, -1:]).clamp(max=LARGEST).exp()
    return odds / (1 + odds.sum(dim=1, keepdim=True))


def kept_consistent(estimates: Tensor, spectrum: Tensor) -> Tensor:
    """The estimates moved so that they add up to the spectrum; each takes an equal share.

    Parameters
    ----------
    estimates : (batch, stems, channel, part, frames, bins).
    spectrum : (batch, channel, part, frames, bins).

    References
    ----------
    Wisdom et al., "Differentiable consistency constraints for improved deep speech enhancement",
    ICASSP 2019, eq. 7.
    """
    missing = spectrum - estimates.sum(dim=1)
    return estimates + missing.unsqueeze(1) / estimates.shape[1]
