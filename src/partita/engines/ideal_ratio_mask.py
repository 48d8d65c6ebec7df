"""The ideal ratio mask: how good a real mask could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.oracle import reference_names, references_of
from partita.engines.session import StatelessSession, cpu_session
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class IdealRatioMask:
    """Oracle: the true stems' ratio mask, an upper bound for engines that mask.

    Needs the true stems (`Hints(references=…)`); it shows what a mask can reach, not what can be
    known.

    References
    ----------
    Vincent, Gribonval and Plumbley, "Oracle estimators for the benchmarking of source separation
    algorithms", Signal Processing 2007.
    """

    name: ClassVar[str] = "ideal_ratio_mask"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"references"})
    requires: ClassVar[frozenset[str]] = frozenset({"references"})
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    power: float = option(1.0, "1 magnitudes, 2 powers", low=0.1, high=16)

    def __post_init__(self) -> None:
        check_options(self)

    def stems_from(self, hints: Hints) -> tuple[str, ...]:
        return reference_names(hints)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        truth = references_of(segment, hints)
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 4
        magnitudes = np.abs(stft(truth.samples, n_fft=n_fft, hop=hop))
        masks = ratio_masks(magnitudes, power=self.power)
        wanted = masks[[truth.names.index(name) for name in stems]]
        parts = apply_masks(wanted, stft(segment.samples, n_fft=n_fft, hop=hop))
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)
