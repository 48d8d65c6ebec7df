"""The classic U-Net for singing voice separation, one network for each stem."""

from __future__ import annotations

import torch
from torch import Tensor, nn

WIDTHS = (16, 32, 64, 128, 256, 512)
KERNEL, STRIDE, PADDING = 5, 2, 2


class UNet(nn.Module):
    """Stems of a stereo spectrum, (batch, 2, 2, frames, bins) -> (batch, stems, 2, 2, …).

    Axes of the spectrum: batch, channel, real and imaginary part, frames, bins. Each channel is
    treated as the paper's mono signal: magnitudes in, sigmoid masks out, the mixture's phase kept.
    The stems do not add up by construction. Frames and bins are padded to multiples of 64, as the
    published network takes 128 frames of 512 bins; the highest bin (at half the rate) is left out
    of the network and given the mask of the bin below.

    Parameters
    ----------
    stems : how many; each has a U-Net of its own (9.8 million parameters).
    n_fft, rate : of the spectrum, samples and Hz; the paper has 1024 at 8192 Hz.
    width : channels of the first layer, 16 in the paper; the others follow in proportion.

    References
    ----------
    Jansson et al., "Singing voice separation with deep U-Net convolutional networks", ISMIR 2017.
    """

    def __init__(
        self, stems: int = 2, *, n_fft: int = 1024, rate: int = 8192, width: int = WIDTHS[0]
    ) -> None:
        super().__init__()
        self.bins = n_fft // 2
        self.rate = rate
        self.networks = nn.ModuleList(MonoUNet(width) for _ in range(stems))

    def forward(self, spectrum: Tensor) -> Tensor:
        batch, channels, _, frames, bins = spectrum.shape
        magnitude = (spectrum.square().sum(dim=2) + 1e-12).sqrt()[..., : self.bins]
        # The paper normalises to 0 … 1; here by each segment's largest magnitude.
        magnitude = magnitude / (magnitude.amax(dim=(1, 2, 3), keepdim=True) + 1e-6)
        mono = magnitude.reshape(batch * channels, 1, frames, self.bins)
        step = STRIDE ** len(WIDTHS)
        mono = nn.functional.pad(mono, (0, -self.bins % step, 0, -frames % step))
        masks = torch.stack([network(mono) for network in self.networks], dim=1)
        masks = masks[:, :, 0, :frames, : self.bins]
        masks = torch.cat([masks, masks[..., -1:]], dim=-1)
        masks = masks.reshape(batch, channels, -1, frames, bins).transpose(1, 2)
        return masks.unsqueeze(3) * spectrum.unsqueeze(1)


class MonoUNet(nn.Module):
    """A mask for one stem: (batch, 1, frames, bins) -> the same shape, 0 … 1.

    Frames and bins must be multiples of 64.
    """

    def __init__(self, width: int = WIDTHS[0]) -> None:
        super().__init__()
        widths = [w * width // WIDTHS[0] for w in WIDTHS]
        inputs = [1, *widths[:-1]]
        self.encoder = nn.ModuleList(_encode(a, b) for a, b in zip(inputs, widths, strict=True))
        outputs = [*reversed(widths[:-1]), 1]
        above = [widths[-1], *(2 * w for w in reversed(widths[:-1]))]
        self.decoder = nn.ModuleList(
            nn.ConvTranspose2d(
                a, b, KERNEL, stride=STRIDE, padding=PADDING, output_padding=STRIDE - 1
            )
            for a, b in zip(above, outputs, strict=True)
        )
        # Batch normalisation after every layer but the last, dropout of half in the first three.
        self.after = nn.ModuleList(
            nn.Sequential(nn.BatchNorm2d(b), nn.ReLU(), nn.Dropout(0.5) if i < 3 else nn.Identity())
            for i, b in enumerate(outputs[:-1])
        )

    def forward(self, magnitude: Tensor) -> Tensor:
        x = magnitude
        held = []
        for encode in self.encoder:
            x = encode(x)
            held.append(x)
        held.pop()
        for decode, after in zip(self.decoder, self.after, strict=False):
            x = torch.cat([after(decode(x)), held.pop()], dim=1)
        return torch.sigmoid(self.decoder[-1](x))


def _encode(before: int, after: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(before, after, KERNEL, stride=STRIDE, padding=PADDING),
        nn.BatchNorm2d(after),
        nn.LeakyReLU(0.2),
    )
