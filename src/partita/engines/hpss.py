"""Harmonic and percussive parts by median filtering: the engine to copy for a first one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.hpss import hpss_magnitudes
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class HPSS:
    """Harmonic and percussive parts, by median filtering of the spectrogram.

    Good at: splitting drums from held notes. Bad at: everything that is neither (voice, noise).

    References
    ----------
    FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010; Driedger,
    Müller and Disch, "Extending harmonic-percussive separation of audio", ISMIR 2014 (margin).
    Departure: channels share one mask, made from their mean magnitude, so that nothing moves
    in the stereo image.
    """

    name: ClassVar[str] = "hpss"
    stems: ClassVar[tuple[str, ...]] = ("harmonic", "percussive")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    time_s: float = option(0.36, "length of the median in time", low=0.01, high=5, unit="s")
    freq_hz: float = option(
        670.0, "width of the median along frequency", low=20, high=10000, unit="Hz"
    )
    power: float = option(2.0, "exponent of the masks", low=0.1, high=16)
    margin: float = option(1.0, "how much stronger a hit must be than a note", low=0.1, high=16)

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 4
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        harmonic, percussive = hpss_magnitudes(
            np.mean(np.abs(spectrum), axis=0),
            time_frames=odd(self.time_s * segment.rate / hop),
            freq_bins=odd(self.freq_hz * n_fft / segment.rate),
        )
        masks = ratio_masks(np.stack([harmonic, percussive / self.margin]), power=self.power)
        wanted = masks[[self.stems.index(name) for name in stems]]
        parts = apply_masks(wanted, spectrum)
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)
