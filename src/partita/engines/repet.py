"""Voice and accompaniment by a repeating period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.repet import beat_spectrum, periodic_median, repeating_period
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class Repet:
    """Vocals against an accompaniment that comes back every bar, at one steady period.

    The period is the lag whose multiples stand out in the beat spectrum; the median over the
    repetitions is the accompaniment.

    Good at: a voice over a loop at a fixed tempo. Bad at: free tempo, live drummers (`repet_sim`
    needs no period), backing that develops within half a minute.

    References
    ----------
    Rafii and Pardo, "REpeating Pattern Extraction Technique (REPET): a simple method for
    music/voice separation", TASLP 2013. Departures: each segment has its own period, and a moment
    is compared with the nearest `repetitions` only, as their adaptive version does in a sliding
    window (0: with all of the segment, as the original); one mask for both channels, made from
    their mean magnitude; the beat spectrum is taken of magnitudes, not powers, so that the loudest
    note alone does not decide; the period has fractions of a frame.
    """

    name: ClassVar[str] = "repet"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "accompaniment")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    period_s: float = option(
        0.0, "after how long it repeats; 0 finds out", low=0, high=20, unit="s"
    )
    shortest_s: float = option(0.8, "shortest period looked for", low=0.1, high=5, unit="s")
    longest_s: float = option(8.0, "longest period looked for", low=0.2, high=20, unit="s")
    repetitions: int = option(7, "how many around a moment are compared; 0 all", low=0, high=99)
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
        period = self._period(magnitude, segment.rate / hop)
        mask = np.ones_like(magnitude)
        if period:
            repeating = np.minimum(
                periodic_median(magnitude, period, repetitions=self.repetitions), magnitude
            )
            np.divide(repeating, magnitude, out=mask, where=magnitude > 0)
        mask[: round(self.high_pass_hz * n_fft / segment.rate)] = 1
        masks = {"accompaniment": mask, "vocals": 1 - mask}
        parts = np.stack([masks[name] * spectrum for name in stems])
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=hop, window="sine")
        return Stems(stems, samples, segment.rate)

    def _period(self, magnitude: np.ndarray, frames_per_s: float) -> float:
        """Frames; 0 where nothing can repeat."""
        if self.period_s:
            return max(self.period_s * frames_per_s, 1.0)
        return repeating_period(
            beat_spectrum(magnitude),
            shortest=round(self.shortest_s * frames_per_s),
            longest=round(self.longest_s * frames_per_s),
        )
