"""Parts of a recording by the colour of its spectra, with nothing known beforehand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.sampled_frames import sampled_magnitudes
from partita.engines.session import check_cpu
from partita.engines.spectra_session import Spectra, SpectraSession
from partita.factor.grouping import group, timbre
from partita.factor.nmf import nmf
from partita.signal.resolution import scaled_n_fft


@dataclass(frozen=True)
class NMF:
    """As many parts as asked for, by grouping recurring spectra of like timbre.

    The recording is factorized into spectra and activations; the spectra are grouped by their
    envelopes (a few cepstral coefficients), part_1 holding the darkest and the last the brightest.

    Good at: few sounds of different colour, such as a bass, a piano and a hi-hat. Bad at:
    instruments of one colour, and instruments of many; a part is seldom one instrument of a song.

    References
    ----------
    Févotte and Idier, "Algorithms for nonnegative matrix factorization with the β-divergence",
    Neural Computation 2011 (here Kullback-Leibler on magnitudes); Spiertz and Gnann, "Source-filter
    based clustering for monaural blind source separation", DAFx 2009. Departures: k-means of the
    envelopes instead of a second factorization; spectra are learned from at most `frames` moments
    of the whole recording.
    """

    name: ClassVar[str] = "nmf"
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    parts: int = option(4, "stems to make", low=2, high=16)
    rank: int = option(40, "spectra to learn", low=2, high=400)
    n_fft: int = option(4096, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    frames: int = option(3000, "moments to learn from, at most", low=100, high=100000)
    iterations: int = option(100, "steps of learning", low=1, high=2000)
    power: float = option(2.0, "exponent of the masks", low=0.1, high=16)
    seed: int = option(0, "of the random start", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def stems(self) -> tuple[str, ...]:
        return tuple(f"part_{i + 1}" for i in range(self.parts))

    def open(self, device: str = "auto", threads: int | None = None) -> SpectraSession:
        check_cpu(self.name, device)
        return SpectraSession(
            self._learn, n_fft=self.n_fft, iterations=self.iterations // 2, power=self.power
        )

    def _learn(self, blocks: Iterable[Audio], rate: int, hints: Hints) -> Spectra:
        n_fft = scaled_n_fft(self.n_fft, rate)
        V = sampled_magnitudes(blocks, n_fft=n_fft, hop=n_fft // 2, limit=self.frames)
        W, H, _ = nmf(V, min(self.rank, V.shape[1]), iterations=self.iterations, seed=self.seed)
        freq_hz = np.arange(len(W)) * rate / n_fft
        labels = group(timbre(W, freq_hz), self.parts, weights=H.sum(axis=1), seed=self.seed)
        return Spectra(self.stems, W, _darkest_first(labels, freq_hz @ W, H.sum(axis=1)))


def _darkest_first(
    labels: NDArray[np.intp], centroid_hz: NDArray[np.floating], loudness: NDArray[np.floating]
) -> NDArray[np.intp]:
    """The labels, numbered by the mean centroid of their group."""
    weight = loudness + np.finfo(np.float32).tiny
    groups = np.unique(labels)
    brightness = [np.average(centroid_hz[labels == g], weights=weight[labels == g]) for g in groups]
    rank_of = np.argsort(np.argsort(brightness))
    return np.asarray(rank_of[np.searchsorted(groups, labels)])
