"""The oracle multichannel Wiener filter: how good a spatial filter could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.oracle import reference_names, references_of
from partita.engines.session import StatelessSession, cpu_session
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft
from partita.signal.wiener import multichannel_wiener


@dataclass(frozen=True)
class MultichannelWiener:
    """Oracle: the Wiener filter of the true powers and spatial covariances.

    Needs the true stems (`Hints(references=…)`). Above the ideal ratio mask where stems lie in
    different places of the stereo image.

    References
    ----------
    Duong, Vincent and Gribonval, "Under-determined reverberant audio source separation using a
    full-rank spatial covariance model", TASLP 2010.
    """

    name: ClassVar[str] = "multichannel_wiener"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"references"})
    requires: ClassVar[frozenset[str]] = frozenset({"references"})
    segment_s: ClassVar[float | None] = 15.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")

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
        parts = multichannel_wiener(
            stft(segment.samples, n_fft=n_fft, hop=hop), stft(truth.samples, n_fft=n_fft, hop=hop)
        )
        wanted = parts[[truth.names.index(name) for name in stems]]
        samples = istft(wanted, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)
