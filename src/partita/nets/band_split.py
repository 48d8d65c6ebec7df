"""Spectrum bins to bands and back: fine where notes are told apart, coarse where they are not.

Axes: (batch, channels, frames, bins) or (batch, channels, frames, bands).
Every bin below 2 kHz is a band of its own; four bins make a band to 8 kHz, sixteen above. With a
frame of 2048 samples at 44.1 kHz that is 96 + 72 + 41 = 209 bands for 1025 bins. The matrix from
bins to bands is sparse (a bin belongs to one band) and learned, and the bands of a region share
its weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

FINE_HZ, MIDDLE_HZ = 2000.0, 8000.0
WIDTHS = (1, 4, 16)
"""Bins in a band: below FINE_HZ, below MIDDLE_HZ, above."""
STEP = 32
"""The edges of the regions are rounded up to a multiple of so many bins."""

Region = tuple[int, int, int]
"""First bin, bands, bins in a band."""


def band_regions(n_fft: int, rate: int = 44100, fine_hz: float = FINE_HZ) -> tuple[Region, ...]:
    """The regions of equal resolution: (first bin, bands, bins in a band) each.

    Parameters
    ----------
    n_fft : samples in a frame, even. rate : Hz.
    fine_hz : below it every bin is a band.

    Returns
    -------
    One to three regions that cover n_fft/2 + 1 bins; the last band may reach beyond the last bin.

    Examples
    --------
    >>> band_regions(2048)
    ((0, 96, 1), (96, 72, 4), (384, 41, 16))
    """
    bins = n_fft // 2 + 1
    tops = [-int(-hz * n_fft / rate // STEP) * STEP for hz in (fine_hz, MIDDLE_HZ)]
    regions = []
    first = 0
    for top, width in zip([*tops, bins], WIDTHS, strict=True):
        if (top := min(top, bins)) > first:
            regions.append((first, -(-(top - first) // width), width))
            first = top
    return tuple(regions)


def band_count(n_fft: int, rate: int = 44100, fine_hz: float = FINE_HZ) -> int:
    """How many bands there are in all.

    Examples
    --------
    >>> band_count(2048)
    209
    """
    return sum(bands for _, bands, _ in band_regions(n_fft, rate, fine_hz))


class BandSplit(nn.Module):
    """Bins to bands: (batch, features, frames, bins) -> (batch, channels, frames, bands).

    Parameters
    ----------
    features : numbers for each bin. channels : numbers for each band.
    n_fft, rate, fine_hz : as `band_regions` takes them.
    """

    def __init__(
        self,
        features: int,
        channels: int,
        *,
        n_fft: int,
        rate: int = 44100,
        fine_hz: float = FINE_HZ,
    ) -> None:
        super().__init__()
        self.regions = band_regions(n_fft, rate, fine_hz)
        first, bands, width = self.regions[-1]
        self.missing = first + bands * width - (n_fft // 2 + 1)
        self.maps = nn.ModuleList(
            nn.Conv2d(features, channels, (1, width), stride=(1, width))
            for _, _, width in self.regions
        )

    def forward(self, x: Tensor) -> Tensor:
        x = functional.pad(x, (0, self.missing))
        parts = [
            to_bands(x[..., first : first + bands * width])
            for to_bands, (first, bands, width) in zip(self.maps, self.regions, strict=True)
        ]
        return torch.cat(parts, dim=-1)


class BandJoin(nn.Module):
    """Bands to bins: (batch, channels, frames, bands) -> (batch, features, frames, bins).

    Parameters
    ----------
    channels : numbers for each band. features : numbers for each bin.
    n_fft, rate, fine_hz : as `band_regions` takes them.
    """

    def __init__(
        self,
        channels: int,
        features: int,
        *,
        n_fft: int,
        rate: int = 44100,
        fine_hz: float = FINE_HZ,
    ) -> None:
        super().__init__()
        self.bins = n_fft // 2 + 1
        regions = band_regions(n_fft, rate, fine_hz)
        self.sizes = [bands for _, bands, _ in regions]
        self.maps = nn.ModuleList(
            nn.ConvTranspose2d(channels, features, (1, width), stride=(1, width))
            for _, _, width in regions
        )

    def forward(self, x: Tensor) -> Tensor:
        parts = torch.split(x, self.sizes, dim=-1)
        bins = [to_bins(part) for to_bins, part in zip(self.maps, parts, strict=True)]
        return torch.cat(bins, dim=-1)[..., : self.bins]
