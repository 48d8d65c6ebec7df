"""Voice and accompaniment by repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.repet_sim import repeating_magnitude
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class RepetSim:
    """Vocals against a repeating accompaniment, by comparing each moment with similar ones.

    Good at: a voice over loops and repeated bars. Bad at: short clips, solos, free time.

    References
    ----------
    Rafii and Pardo, "Music/voice separation using the similarity matrix", ISMIR 2012. Departures:
    the buffer of the online version (ICASSP 2013), and below `high_pass_hz` everything is
    accompaniment, as in their evaluation.
    """

    name: ClassVar[str] = "repet_sim"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "accompaniment")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 45.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    buffer_s: float = option(15.0, "how far a moment is compared", low=1, high=15, unit="s")
    similar_frames: int = option(20, "moments that enter the median", low=1, high=200)
    min_distance_s: float = option(0.5, "two of them lie so far apart", low=0.01, high=5, unit="s")
    high_pass_hz: float = option(100.0, "below it there is no voice", low=0, high=2000, unit="Hz")

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 2
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop, window="sine")
        magnitude = np.mean(np.abs(spectrum), axis=0)
        repeating = repeating_magnitude(
            magnitude,
            buffer_frames=round(self.buffer_s * segment.rate / hop),
            similar_frames=self.similar_frames,
            min_distance_frames=max(round(self.min_distance_s * segment.rate / hop), 1),
        )
        mask = np.ones_like(magnitude)
        np.divide(repeating, magnitude, out=mask, where=magnitude > 0)
        mask[: round(self.high_pass_hz * n_fft / segment.rate)] = 1
        masks = {"accompaniment": mask, "vocals": 1 - mask}
        parts = np.stack([masks[name] * spectrum for name in stems])
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=hop, window="sine")
        return Stems(stems, samples, segment.rate)
