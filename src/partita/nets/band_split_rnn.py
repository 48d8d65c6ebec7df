"""A small band-split RNN: the rival of the TFC-TDF U-Net."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from partita.nets.features import kept_consistent

EDGES_HZ = ((1000, 100), (4000, 250), (8000, 500), (16000, 1000), (20000, 2000))
"""Up to the first frequency, bands as wide as the second; one band holds what is above."""
PARTS = 4
"""Numbers for each bin: two channels, real and imaginary."""


class BandSplitRnn(nn.Module):
    """Stems of a stereo spectrum, (batch, 2, 2, frames, bins) -> (batch, stems, 2, 2, …).

    Axes of the spectrum: batch, channel, real and imaginary part, frames, bins. Masks are complex;
    what the estimates miss of the spectrum is shared equally, so that they add up.

    Parameters
    ----------
    stems : how many. n_fft, rate : of the spectrum, samples and Hz.
    width : numbers for each band and frame. hidden : units of an LSTM in each direction.
    layers : pairs of a recurrence over time and one over the bands.

    References
    ----------
    Luo and Yu, "Music source separation with band-split RNN", TASLP 2023. Departures: one network
    for all stems, wider bands (those of the paper's V7 rounded up), and mixture consistency.
    """

    def __init__(
        self,
        stems: int = 4,
        *,
        n_fft: int = 2048,
        rate: int = 44100,
        width: int = 64,
        hidden: int = 96,
        layers: int = 4,
    ) -> None:
        super().__init__()
        self.stems = stems
        self.sizes = band_sizes(n_fft, rate)
        self.split = nn.ModuleList(
            nn.Sequential(nn.LayerNorm(PARTS * size), nn.Linear(PARTS * size, width))
            for size in self.sizes
        )
        self.over_time = nn.ModuleList(Recurrence(width, hidden) for _ in range(layers))
        self.over_bands = nn.ModuleList(Recurrence(width, hidden) for _ in range(layers))
        self.masks = nn.ModuleList(
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, 2 * width),
                nn.Tanh(),
                nn.Linear(2 * width, stems * PARTS * size),
            )
            for size in self.sizes
        )

    def forward(self, spectrum: Tensor) -> Tensor:
        batch, frames = spectrum.shape[0], spectrum.shape[3]
        flat = spectrum.permute(0, 3, 1, 2, 4)  # (batch, frames, channel, part, bins)
        bands = [
            split(part.flatten(2))
            for split, part in zip(self.split, torch.split(flat, self.sizes, dim=-1), strict=True)
        ]
        x = torch.stack(bands, dim=1)  # (batch, bands, frames, width)
        count = x.shape[1]
        for over_time, over_bands in zip(self.over_time, self.over_bands, strict=True):
            x = over_time(x.flatten(0, 1)).unflatten(0, (batch, count)).transpose(1, 2)
            x = over_bands(x.flatten(0, 1)).unflatten(0, (batch, frames)).transpose(1, 2)
        masks = torch.cat(
            [
                mask(x[:, band]).unflatten(2, (self.stems, 2, 2, self.sizes[band]))
                for band, mask in enumerate(self.masks)
            ],
            dim=-1,
        ).permute(0, 2, 3, 4, 1, 5)  # (batch, stems, channel, part, frames, bins)
        return kept_consistent(complex_product(masks, spectrum.unsqueeze(1)), spectrum)


class Recurrence(nn.Module):
    """A bidirectional LSTM with a residual: (batch, steps, width) -> the same shape."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.back = nn.Linear(2 * hidden, width)

    def forward(self, x: Tensor) -> Tensor:
        # Spelt out, of the sequences themselves: an exported LSTM would make as many states as the
        # example had, whatever comes.
        rest = (0 * x[:, :1, :1]).transpose(0, 1).repeat(2, 1, self.lstm.hidden_size)
        y, _ = self.lstm(self.norm(x), (rest, rest))
        x = x + self.back(y)
        return x


def complex_product(a: Tensor, b: Tensor) -> Tensor:
    """The product of two spectra whose third axis from the end is the real and imaginary part."""
    (ar, ai), (br, bi) = a.unbind(-3), b.unbind(-3)
    return torch.stack([ar * br - ai * bi, ar * bi + ai * br], dim=-3)


def band_sizes(n_fft: int, rate: int) -> list[int]:
    """Bins in each band, at least one; they add up to n_fft/2 + 1.

    Examples
    --------
    >>> len(band_sizes(2048, 44100)), sum(band_sizes(2048, 44100))
    (41, 1025)
    """
    bins = n_fft // 2 + 1
    edges, hz = [0], 0.0
    for top_hz, width_hz in EDGES_HZ:
        while hz < top_hz:
            hz += width_hz
            edge = min(round(hz * n_fft / rate), bins)
            if edge > edges[-1]:
                edges.append(edge)
    if edges[-1] < bins:
        edges.append(bins)
    return [b - a for a, b in pairwise(edges)]
