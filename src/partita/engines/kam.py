"""Vocals, drums and the rest by kernel additive modelling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.hpss import median_filter
from partita.methods.kam import Smoother, backfit, median_cross
from partita.methods.repet import beat_spectrum, periodic_median, repeating_period
from partita.signal.masks import apply_masks
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import istft, stft

SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"vocals": ("voice",), "drums": ("percussive",), "other": ("harmonic", "repeating")}
)
"""The sources that each stem is made of."""


@dataclass(frozen=True)
class KAM:
    """Vocals, drums and other, by kernel additive modelling with four kernels.

    Each source is smoothed by a median along its own shape and takes its share of the mixture, a
    few times over: a line in time (held notes), a line in frequency (hits), the same moment of
    other bars (loops) and a small cross (the voice, which glides).

    Good at: a singing voice over drums and held or looped backing. Bad at: spoken or whispered
    voice, which is neither smooth nor a cross; other melodies that glide as a voice does.

    References
    ----------
    Liutkus, Fitzgerald, Rafii, Pardo and Daudet, "Kernel additive models for source separation",
    TSP 2014; Liutkus, Fitzgerald and Rafii, "Scalable audio separation with light kernel additive
    modelling", ICASSP 2015. Departures: one repeating source, its period found once a segment in
    the mixture; one mask for all channels, made from their mean magnitude, and no spatial model;
    below `high_pass_hz` there is no voice.
    """

    name: ClassVar[str] = "kam"
    stems: ClassVar[tuple[str, ...]] = tuple(SOURCES)
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(4096, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    iterations: int = option(3, "times that the sources are fitted", low=1, high=20)
    held_s: float = option(0.5, "how long held notes are", low=0.01, high=5, unit="s")
    hit_hz: float = option(500.0, "how wide hits are", low=20, high=10000, unit="Hz")
    voice_s: float = option(0.2, "how long a voice keeps its pitch", low=0.01, high=5, unit="s")
    voice_hz: float = option(60.0, "how wide its partials are", low=5, high=1000, unit="Hz")
    repetitions: int = option(5, "how many repetitions are compared", low=1, high=99)
    high_pass_hz: float = option(100.0, "below it there is no voice", low=0, high=2000, unit="Hz")

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 4
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        magnitude = np.ascontiguousarray(np.mean(np.abs(spectrum), axis=0))
        kernels = self._kernels(magnitude, segment.rate / hop, n_fft / segment.rate)
        fitted = backfit(magnitude, list(kernels.values()), iterations=self.iterations)
        by_source = dict(zip(kernels, fitted, strict=True))
        below = slice(round(self.high_pass_hz * n_fft / segment.rate))
        by_source["harmonic"][below] += by_source["voice"][below]
        by_source["voice"][below] = 0
        masks = [sum(by_source[s] for s in SOURCES[n] if s in by_source) for n in stems]
        parts = apply_masks(np.stack(masks), spectrum)
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)

    def _kernels(
        self, magnitude: NDArray[np.floating], frames_per_s: float, bins_per_hz: float
    ) -> dict[str, Smoother]:
        """One a source; without a period there is none that repeats."""
        held, hit = odd(self.held_s * frames_per_s), odd(self.hit_hz * bins_per_hz)
        cross = {
            "freq_bins": odd(self.voice_hz * bins_per_hz),
            "time_frames": odd(self.voice_s * frames_per_s),
        }
        kernels: dict[str, Smoother] = {
            "voice": lambda part: median_cross(part, **cross),
            "harmonic": lambda part: median_filter(part, held),
            "percussive": lambda part: median_filter(part.T, hit).T,
        }
        period = repeating_period(
            beat_spectrum(magnitude),
            shortest=round(0.8 * frames_per_s),
            longest=round(8 * frames_per_s),
        )
        if period:
            count = self.repetitions | 1
            kernels["repeating"] = lambda part: periodic_median(part, period, repetitions=count)
        return kernels
