"""A recording's spectrogram over the pitches, small enough to be a picture's background."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.analysis.frames import magnitude_frames
from partita.core.separator import Reader
from partita.engines.sampled_frames import every_so_many
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]

N_FFT = 8192
"""At 44.1 kHz: neighbouring notes are told apart from 80 Hz on."""
PER_SEMITONE = 3
FRAMES = 4000
"""At most; of longer recordings every second frame, fourth, …"""
RANGE_DB = 60.0
BLOCK_S = 5.0


@dataclass(frozen=True, eq=False)
class PitchSpectrogram:
    """Levels of bands that are evenly spaced in log frequency.

    Attributes
    ----------
    level_db : (bands, frames) relative to the loudest cell, from -RANGE_DB to 0.
    freq_hz : (bands,) the middle of each. time_s : (frames,).
    duration_s : of the recording.
    """

    level_db: Floats
    freq_hz: Floats
    time_s: Floats
    duration_s: float


def pitch_spectrogram(
    reader: Reader, *, low_hz: float = 27.5, high_hz: float = 8000.0
) -> PitchSpectrogram:
    """The spectrogram of a recording, its channels joined.

    Parameters
    ----------
    low_hz, high_hz : the lowest and the highest band; none lies beyond 0.45 of the rate.
    """
    n_fft = scaled_n_fft(N_FFT, reader.rate)
    hop = n_fft // 8
    high_hz = min(high_hz, 0.45 * reader.rate)
    count = max(int(12 * PER_SEMITONE * np.log2(high_hz / low_hz)), 1)
    freq_hz = low_hz * 2 ** (np.arange(count + 1) / (12 * PER_SEMITONE))
    bands = _bands(freq_hz, n_fft=n_fft, rate=reader.rate)
    length = 0

    def blocks() -> Iterator[Floats]:
        nonlocal length
        for block in reader.blocks(max(round(BLOCK_S * reader.rate), 1)):
            length += block.length
            yield block.samples

    pieces = magnitude_frames(blocks(), n_fft=n_fft, hop=hop)
    frames = enumerate(row for piece in pieces for row in np.square(piece) @ bands)
    kept = every_so_many(frames, limit=FRAMES)
    power = np.stack([row for _, row in kept], axis=1)
    peak = float(power.max()) or 1.0
    level_db = np.maximum(10 * np.log10(np.maximum(power / peak, 1e-30)), -RANGE_DB)
    time_s = np.array([number for number, _ in kept]) * hop / reader.rate
    return PitchSpectrogram(level_db, freq_hz, time_s, length / reader.rate)


def _bands(freq_hz: Floats, *, n_fft: int, rate: int) -> NDArray[np.float32]:
    """(bins, bands): triangles, as wide as a band or as two bins; columns add up to 1."""
    hz = np.arange(n_fft // 2 + 1) * rate / n_fft
    half = np.maximum(freq_hz * (2 ** (1 / (12 * PER_SEMITONE)) - 1), rate / n_fft)
    weight = np.maximum(1 - np.abs(hz[:, None] - freq_hz) / half, 0)
    bands: NDArray[np.float32] = (weight / np.maximum(weight.sum(axis=0), 1e-9)).astype(np.float32)
    return bands
