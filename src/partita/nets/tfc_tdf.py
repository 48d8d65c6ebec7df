"""A TFC-TDF U-Net on bands with a recurrent middle: the network of the quartet.

    spectrum ─ features ─ bands ─┬ blocks ─────────────────────────────── blocks ─ bins ─ masks
                                 └ halve ┬ blocks ───────────── blocks ┬ double ┘
                                         └ halve … middle … double ────┘

Halving and doubling concern the bands, and in the first `time_halvings` levels the frames too. The
middle is blocks and a GRU, `recurrences` times one after the other. Inside, the axes are (batch,
channels, frames, bands).

A network grows from a shallower one: what it has more, blocks after the first of a level and the
middle after its first GRU, changes next to nothing before it is trained (`starts_idle`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional

from partita.core.errors import OptionError
from partita.nets.band_split import FINE_HZ, BandJoin, BandSplit, band_count
from partita.nets.features import FEATURES, MagnitudeFeatures, masks_but_last, shared_out

IDLE = 0.05
"""Gain of what a block adds that starts idle; what it adds has a deviation of 1 otherwise."""


QUIET = 1e-3
"""A magnitude below which a guess says nothing."""


class TfcTdf(nn.Module):
    """Stems of a stereo spectrum, (batch, 2, 2, frames, bins) -> (batch, stems, 2, 2, …).

    With `guesses` it is told what another network took the stems for: the spectrum has 2 + 2·stems
    channels, those of the mixture first, then left and right of each stem.

    Masks are real, one for each stem and channel, and a softmax over the stems: the estimates add
    up to the spectrum. Axes of the spectrum: batch, channel, real and imaginary part, frames,
    bins; of the estimates: batch, stems, and then as the spectrum. Exported to ONNX it gives the
    masks of all stems but the last: batch, stems - 1, channel, frames, bins.

    Parameters
    ----------
    stems : how many. n_fft, rate : of the spectrum, samples and Hz.
    channels : at full resolution; every level below has `growth` times as many.
    levels : how often the bands are halved.
    blocks : how many one after the other at each level, from full resolution to the middle; one
        number is for all. Those of a level are before the halving, and as many after the doubling.
    time_halvings : in how many of the levels, from the first, the frames are halved as well.
    hidden : units of the GRU in each direction; 0 for none.
    recurrences : how often the middle's blocks and GRU follow one another.
    squeeze : channels of a band where the GRU reads and writes.
    bottleneck : a TDF goes from f bands to f/bottleneck and back; 0 for none.
    fine_hz : below it every bin is a band of its own.
    guesses : whether another network was asked before.

    References
    ----------
    Choi et al., "Investigating U-Nets with various intermediate blocks for spectrogram-based
    singing voice separation", ISMIR 2020 (TFC-TDF); Kim et al., "KUIELab-MDX-Net", MDX workshop
    2021; Luo and Yu, "Music source separation with band-split RNN", TASLP 2023; on growing
    networks: Chen et al., "Net2Net", ICLR 2016. Departures: bands instead of bins, real softmax
    masks over all stems at once, means of two frames instead of strides over time, a GRU in the
    middle.

    Raises
    ------
    OptionError : `blocks` is not a number or one for each level and the middle; no recurrence.
    """

    exports_masks = True

    def __init__(
        self,
        stems: int = 4,
        *,
        n_fft: int = 2048,
        rate: int = 44100,
        channels: int = 24,
        growth: float = 1.5,
        levels: int = 3,
        blocks: int | Sequence[int] = 1,
        time_halvings: int = 0,
        hidden: int = 128,
        recurrences: int = 1,
        squeeze: int = 8,
        bottleneck: int = 8,
        fine_hz: float = FINE_HZ,
        guesses: bool = False,
    ) -> None:
        super().__init__()
        self.stems = stems
        if recurrences < 1:
            raise OptionError(f"recurrences must be at least 1, not {recurrences}")
        counts = _for_each(blocks, levels + 1)
        shrinks = [level < time_halvings for level in range(levels)]
        bands, widths = _sizes(band_count(n_fft, rate, fine_hz), channels, growth, levels)
        self.features = MagnitudeFeatures(n_fft // 2 + 1)
        self.split = BandSplit(FEATURES, channels, n_fft=n_fft, rate=rate, fine_hz=fine_hz)
        self.guesses = (
            Guesses(stems, channels, n_fft=n_fft, rate=rate, fine_hz=fine_hz) if guesses else None
        )
        sizes = list(zip(widths[:-1], bands[:-1], counts[:-1], strict=True))
        self.encoder = nn.ModuleList(_stack(c, f, bottleneck, count) for c, f, count in sizes)
        self.down = nn.ModuleList(
            Halve(a, b, time=shrink)
            for (a, b), shrink in zip(pairwise(widths), shrinks, strict=True)
        )
        self.middle = nn.ModuleList(
            _stack(widths[-1], bands[-1], bottleneck, counts[-1], idle=i > 0)
            for i in range(recurrences)
        )
        self.recurrent = nn.ModuleList(
            Recurrent(widths[-1], bands[-1], squeeze, hidden, starts_idle=i > 0)
            if hidden
            else nn.Identity()
            for i in range(recurrences)
        )
        self.up = nn.ModuleList(
            Double(b, a, f, time=shrink)
            for (a, b), f, shrink in zip(pairwise(widths), bands, shrinks, strict=False)
        )
        self.decoder = nn.ModuleList(_stack(c, f, bottleneck, count) for c, f, count in sizes)
        self.join = BandJoin(channels, stems * 2, n_fft=n_fft, rate=rate, fine_hz=fine_hz)

    def forward(self, spectrum: Tensor) -> Tensor:
        mixture = spectrum if self.guesses is None else spectrum[:, :2]
        x = self.split(self.features(mixture))
        if self.guesses is not None:
            guesses = spectrum[:, 2:].unflatten(1, (self.stems, 2))  # type: ignore[no-untyped-call]
            x = x + self.guesses(guesses)
        held = []
        for blocks, halve in zip(self.encoder, self.down, strict=True):
            x = blocks(x)
            held.append(x)
            x = halve(x)
        for blocks, recurrent in zip(self.middle, self.recurrent, strict=True):
            x = recurrent(blocks(x))
        for level in reversed(range(len(held))):
            x = self.decoder[level](self.up[level](x, held[level].shape[2]) + held[level])
        logits = self.join(x).unflatten(1, (self.stems, 2))
        if self.guesses is not None:
            logits = logits + self.guesses.logits(guesses)
        if torch.onnx.is_in_onnx_export():
            return masks_but_last(logits)
        return shared_out(logits, mixture)


class Guesses(nn.Module):
    """What another network took the stems for.

    It is looked at as the mixture is, and it is what the masks are if this network adds nothing:
    before training, the shares of the guessed magnitudes.
    """

    starts_idle = True

    def __init__(self, stems: int, channels: int, *, n_fft: int, rate: int, fine_hz: float) -> None:
        super().__init__()
        self.features = MagnitudeFeatures(n_fft // 2 + 1, 2 * stems)
        self.split = BandSplit(2 * stems, channels, n_fft=n_fft, rate=rate, fine_hz=fine_hz)
        self.trust = nn.Parameter(torch.ones(stems, 1, 1, 1))
        for parameter in self.split.parameters():
            nn.init.zeros_(parameter)

    def forward(self, guesses: Tensor) -> Tensor:
        """(batch, stems, 2, 2, frames, bins) -> (batch, channels, frames, bands)."""
        bands: Tensor = self.split(self.features.of(guesses.flatten(1, 2)))
        return bands

    def logits(self, guesses: Tensor) -> Tensor:
        """(batch, stems, 2, frames, bins): a softmax of these shares out as the guesses do."""
        power = guesses.square().sum(dim=3)
        return self.trust * (power + QUIET**2).log() / 2


class Block(nn.Module):
    """Two 3×3 convolutions around a TDF, with residuals; the shape stays.

    Parameters
    ----------
    channels, bands : of the input (batch, channels, frames, bands).
    bottleneck : the TDF goes through bands/bottleneck numbers; 0 for no TDF.
    starts_idle : add little (IDLE) to the input before training. Nothing at all would stay nothing:
        the slope of the last ReLU is 0 there.
    """

    def __init__(
        self, channels: int, bands: int, bottleneck: int, *, starts_idle: bool = False
    ) -> None:
        super().__init__()
        self.first = convolution(channels)
        self.tdf = Tdf(channels, bands, bottleneck) if bottleneck else None
        self.second = convolution(channels)
        self.starts_idle = starts_idle
        if starts_idle:
            nn.init.constant_(self.second.get_parameter("1.weight"), IDLE)

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

    Parameters
    ----------
    starts_idle : add nothing to the input before training.
    """

    def __init__(
        self, channels: int, bands: int, squeeze: int, hidden: int, *, starts_idle: bool = False
    ) -> None:
        super().__init__()
        self.bands = bands
        self.before = nn.Conv2d(channels, squeeze, 1)
        self.gru = nn.GRU(squeeze * bands, hidden, batch_first=True, bidirectional=True)
        self.after = nn.Linear(2 * hidden, squeeze * bands)
        self.widen = nn.Conv2d(squeeze, channels, 1)
        self.starts_idle = starts_idle
        if starts_idle:
            for parameter in self.widen.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: Tensor) -> Tensor:
        y = self.before(x).transpose(1, 2).flatten(2)  # (batch, frames, squeeze·bands)
        y, _ = self.gru(y)
        y = torch.relu(self.after(y))
        y = y.reshape(y.shape[0], y.shape[1], -1, self.bands).transpose(1, 2)
        x = x + self.widen(y)
        return x


def _stack(
    channels: int, bands: int, bottleneck: int, count: int, *, idle: bool = False
) -> nn.Sequential:
    """Blocks one after the other; all but the first start idle, or all."""
    return nn.Sequential(
        *(Block(channels, bands, bottleneck, starts_idle=idle or i > 0) for i in range(count))
    )


def _sizes(bands: int, channels: int, growth: float, levels: int) -> tuple[list[int], list[int]]:
    """Bands and channels at each level, from full resolution to the middle."""
    heights, widths = [bands], [channels]
    for _ in range(levels):
        heights.append((heights[-1] + 1) // 2)
        widths.append(round(widths[-1] * growth / 4) * 4)
    return heights, widths


def _for_each(blocks: int | Sequence[int], levels: int) -> list[int]:
    """So many blocks at each of the levels."""
    counts = [blocks] * levels if isinstance(blocks, int) else list(blocks)
    if len(counts) != levels or min(counts) < 1:
        raise OptionError(f"blocks must be one number or {levels}, each at least 1, not {blocks}")
    return counts


def convolution(channels: int) -> nn.Sequential:
    """A 3×3 convolution that keeps the shape, normalised, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
    )
