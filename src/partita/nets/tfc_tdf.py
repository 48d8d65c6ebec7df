"""A TFC-TDF U-Net on bands with a recurrent middle: the network of the quartet.

    spectrum ─ features ─ bands ─┬ block ───────────────────────────────── block ─ bins ─ masks
                                 └ halve ┬ block ─────────────── block ┬ double ┘
                                         └ halve … block GRU … double ─┘

Halving and doubling concern the bands, and in the first `time_halvings` levels the frames too.
Inside the blocks the axes are (batch, channels, frames, bands).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from partita.nets.band_split import BandJoin, BandSplit, band_count
from partita.nets.features import FEATURES, MagnitudeFeatures, shared_out


class TfcTdf(nn.Module):
    """Stems of a stereo spectrum, (batch, 2, 2, frames, bins) -> (batch, stems, 2, 2, …).

    Masks are real, one for each stem and channel, and a softmax over the stems: the estimates add
    up to the spectrum. Axes of the spectrum: batch, channel, real and imaginary part, frames,
    bins; of the estimates: batch, stems, and then as the spectrum.

    Parameters
    ----------
    stems : how many. n_fft, rate : of the spectrum, samples and Hz.
    channels : at full resolution; every level below has `growth` times as many.
    levels : how often the bands are halved.
    time_halvings : in how many of the levels, from the first, the frames are halved as well.
    hidden : units of the GRU in each direction; 0 for none.
    squeeze : channels of a band where the GRU reads and writes.
    bottleneck : a TDF goes from f bands to f/bottleneck and back; 0 for none.

    References
    ----------
    Choi et al., "Investigating U-Nets with various intermediate blocks for spectrogram-based
    singing voice separation", ISMIR 2020 (TFC-TDF); Kim et al., "KUIELab-MDX-Net", MDX workshop
    2021; Luo and Yu, "Music source separation with band-split RNN", TASLP 2023. Departures:
    bands instead of bins, real softmax masks over all stems at once, means of two frames instead
    of strides over time, a GRU in the middle.
    """

    def __init__(
        self,
        stems: int = 4,
        *,
        n_fft: int = 2048,
        rate: int = 44100,
        channels: int = 24,
        growth: float = 1.5,
        levels: int = 3,
        time_halvings: int = 0,
        hidden: int = 128,
        squeeze: int = 8,
        bottleneck: int = 8,
    ) -> None:
        super().__init__()
        self.stems = stems
        shrinks = [level < time_halvings for level in range(levels)]
        bands = [band_count(n_fft, rate)]
        widths = [channels]
        for _ in range(levels):
            bands.append((bands[-1] + 1) // 2)
            widths.append(round(widths[-1] * growth / 4) * 4)
        self.features = MagnitudeFeatures(n_fft // 2 + 1)
        self.split = BandSplit(FEATURES, channels, n_fft=n_fft, rate=rate)
        self.encoder = nn.ModuleList(
            Block(c, f, bottleneck) for c, f in zip(widths[:-1], bands, strict=False)
        )
        self.down = nn.ModuleList(
            Halve(a, b, time=shrink)
            for (a, b), shrink in zip(pairwise(widths), shrinks, strict=True)
        )
        self.middle = Block(widths[-1], bands[-1], bottleneck)
        self.recurrent = Recurrent(widths[-1], bands[-1], squeeze, hidden) if hidden else None
        self.up = nn.ModuleList(
            Double(b, a, f, time=shrink)
            for (a, b), f, shrink in zip(pairwise(widths), bands, shrinks, strict=False)
        )
        self.decoder = nn.ModuleList(
            Block(c, f, bottleneck) for c, f in zip(widths[:-1], bands, strict=False)
        )
        self.join = BandJoin(channels, stems * 2, n_fft=n_fft, rate=rate)

    def forward(self, spectrum: Tensor) -> Tensor:
        x = self.split(self.features(spectrum))
        held = []
        for block, halve in zip(self.encoder, self.down, strict=True):
            x = block(x)
            held.append(x)
            x = halve(x)
        x = self.middle(x)
        if self.recurrent is not None:
            x = self.recurrent(x)
        for level in reversed(range(len(held))):
            x = self.decoder[level](self.up[level](x, held[level].shape[2]) + held[level])
        logits = self.join(x).unflatten(1, (self.stems, 2))
        return shared_out(logits, spectrum)


class Block(nn.Module):
    """Two 3×3 convolutions around a TDF, with residuals; the shape stays.

    Parameters
    ----------
    channels, bands : of the input (batch, channels, frames, bands).
    bottleneck : the TDF goes through bands/bottleneck numbers; 0 for no TDF.
    """

    def __init__(self, channels: int, bands: int, bottleneck: int) -> None:
        super().__init__()
        self.first = convolution(channels)
        self.tdf = Tdf(channels, bands, bottleneck) if bottleneck else None
        self.second = convolution(channels)

    def forward(self, x: Tensor) -> Tensor:
        y = self.first(x)
        if self.tdf is not None:
            y = y + self.tdf(y)
        x = x + self.second(y)
        return x


class Tdf(nn.Module):
    """Time-distributed fully connected: every frame's bands, mixed through a narrow middle."""

    def __init__(self, channels: int, bands: int, bottleneck: int) -> None:
        super().__init__()
        narrow = max(bands // bottleneck, 4)
        self.layers = nn.Sequential(
            nn.Linear(bands, narrow, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Linear(narrow, bands, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return y


class Halve(nn.Module):
    """Half as many bands: (batch, a, frames, f) -> (batch, b, frames, ceil(f/2)).

    Parameters
    ----------
    time : also half as many frames, rounded up; each is the mean of two.
    """

    def __init__(self, before: int, after: int, *, time: bool = False) -> None:
        super().__init__()
        self.time = time
        self.layers = nn.Sequential(
            nn.Conv2d(before, after, (1, 3), stride=(1, 2), padding=(0, 1), bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(inplace=True),
        )

    def forward(self, x: Tensor) -> Tensor:
        if self.time:
            x = functional.avg_pool2d(x, (2, 1), ceil_mode=True)
        y: Tensor = self.layers(x)
        return y


class Double(nn.Module):
    """Twice as many bands: (batch, a, ·, ceil(f/2)) -> (batch, b, frames, f).

    Parameters
    ----------
    bands : f. time : each of the frames given stands for two.
    """

    def __init__(self, before: int, after: int, bands: int, *, time: bool = False) -> None:
        super().__init__()
        self.bands = bands
        self.time = time
        self.up = nn.ConvTranspose2d(before, after, (1, 2), stride=(1, 2), bias=False)
        self.norm = nn.Sequential(nn.BatchNorm2d(after), nn.ReLU(inplace=True))

    def forward(self, x: Tensor, frames: int) -> Tensor:
        y: Tensor = self.norm(self.up(x)[..., : self.bands])
        if self.time:
            y = torch.stack([y, y], dim=3).flatten(2, 3)[:, :, :frames]
        return y


class Recurrent(nn.Module):
    """A bidirectional GRU over the frames, which sees all bands at once; residual.

    Every band is squeezed to few channels, the frame is one vector, and back.
    """

    def __init__(self, channels: int, bands: int, squeeze: int, hidden: int) -> None:
        super().__init__()
        self.bands = bands
        self.before = nn.Conv2d(channels, squeeze, 1)
        self.gru = nn.GRU(squeeze * bands, hidden, batch_first=True, bidirectional=True)
        self.after = nn.Linear(2 * hidden, squeeze * bands)
        self.widen = nn.Conv2d(squeeze, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = self.before(x).transpose(1, 2).flatten(2)  # (batch, frames, squeeze·bands)
        y, _ = self.gru(y)
        y = torch.relu(self.after(y))
        y = y.reshape(y.shape[0], y.shape[1], -1, self.bands).transpose(1, 2)
        x = x + self.widen(y)
        return x


def convolution(channels: int) -> nn.Sequential:
    """A 3×3 convolution that keeps the shape, normalised, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )
