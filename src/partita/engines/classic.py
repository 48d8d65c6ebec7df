"""Vocals, drums, bass and the rest, by rules alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.hpss import hpss_magnitudes
from partita.methods.mid_side import centre_mask
from partita.signal.masks import ratio_masks
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class Classic:
    """Vocals, drums, bass and the rest, by rules alone: no training, no downloads."""

    name: ClassVar[str] = "classic"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "drums", "bass", "other")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(4096, "frame length at 44.1 kHz", low=256, high=65536, unit="samples")

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "cpu", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 4
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        harmonic, percussive = hpss_magnitudes(
            np.mean(np.abs(spectrum), axis=0),
            time_frames=odd(0.36 * segment.rate / hop),
            freq_bins=odd(670 * n_fft / segment.rate),
        )
        frequency_hz = (np.arange(n_fft // 2 + 1) * segment.rate / n_fft)[:, None]
        low = np.asarray(1 / (1 + (frequency_hz / 180) ** 4), np.float32)
        voice = np.asarray(frequency_hz > 150, np.float32) * 0.7
        if segment.channels == 2:
            voice = voice * centre_mask(spectrum)
        parts = [harmonic * (1 - low) * voice, percussive, harmonic * low]
        parts.append(harmonic * (1 - low) * (1 - voice))
        masks = ratio_masks(np.stack(parts), power=1.0)
        samples = np.empty((len(stems), *segment.samples.shape), np.float32)
        for out, name in zip(samples, stems, strict=True):
            masked = masks[self.stems.index(name)] * spectrum
            out[:] = istft(masked, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)
