"""Voice and accompaniment by robust PCA."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.rpca import robust_pca
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class RPCA:
    """Vocals against an accompaniment of few recurring spectra, by robust PCA.

    The magnitude spectrogram is split into a matrix of low rank (accompaniment) and a sparse one
    (vocals); masks of the two divide the sound.

    Good at: a lively voice over a band that plays few chords and drum sounds. Bad at: drums and
    solos, which are sparse as well and end up among the vocals; backing that changes often.

    References
    ----------
    Huang, Chen, Smaragdis and Hasegawa-Johnson, "Singing-voice separation from monaural
    recordings using robust principal component analysis", ICASSP 2012. Departures: a soft mask
    (their binary one by `mask="binary"`), one mask for both channels, made from their mean
    magnitude, and below `high_pass_hz` everything is accompaniment.
    """

    name: ClassVar[str] = "rpca"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "accompaniment")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    sparsity: float = option(1.0, "above 1 less goes to the vocals", low=0.1, high=10)
    mask: str = option("soft", "how cells are divided", choices=("soft", "binary"))
    power: float = option(1.0, "exponent of the soft mask", low=0.1, high=16)
    gain: float = option(1.0, "how much louder than vocals accompaniment counts", low=0.1, high=10)
    high_pass_hz: float = option(100.0, "below it there is no voice", low=0, high=2000, unit="Hz")

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 2
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop, window="sine")
        low_rank, sparse = robust_pca(np.mean(np.abs(spectrum), axis=0), sparsity=self.sparsity)
        parts = np.abs(np.stack([sparse, self.gain * low_rank]))
        if self.mask == "binary":
            masks = np.stack([parts[0] > parts[1], parts[0] <= parts[1]]).astype(parts.dtype)
        else:
            masks = ratio_masks(parts, power=self.power)
        below = slice(round(self.high_pass_hz * n_fft / segment.rate))
        masks[0, below], masks[1, below] = 0, 1
        wanted = masks[[self.stems.index(name) for name in stems]]
        samples = istft(
            apply_masks(wanted, spectrum),
            length=segment.length,
            n_fft=n_fft,
            hop=hop,
            window="sine",
        )
        return Stems(stems, samples, segment.rate)
