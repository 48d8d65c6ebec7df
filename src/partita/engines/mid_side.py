"""Centre and sides of a stereo recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.mid_side import centre_mask
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft


@dataclass(frozen=True)
class MidSide:
    """Centre and sides, by how alike the two channels are in each time-frequency cell.

    Good at: lead voice and bass in the centre against wide accompaniment, when only the image
    tells them apart. Bad at: mono, where everything is centre.

    References
    ----------
    Avendano and Jot, "Frequency domain techniques for stereo to multichannel upmix", AES 2002.
    """

    name: ClassVar[str] = "mid_side"
    stems: ClassVar[tuple[str, ...]] = ("centre", "sides")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(4096, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    smooth_frames: int = option(5, "frames over which powers are averaged", low=1, high=99)
    sharpness: float = option(1.0, "above 1 only the very centre passes", low=0.1, high=16)

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        if segment.channels == 1:
            alone = {"centre": segment.samples, "sides": np.zeros_like(segment.samples)}
            return Stems(stems, np.stack([alone[name] for name in stems]), segment.rate)
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        spectrum = stft(segment.samples, n_fft=n_fft, hop=n_fft // 4)
        centre = centre_mask(spectrum, smooth_frames=self.smooth_frames, sharpness=self.sharpness)
        masks = {"centre": centre, "sides": 1 - centre}
        parts = np.stack([masks[name] * spectrum for name in stems])
        samples = istft(parts, length=segment.length, n_fft=n_fft, hop=n_fft // 4)
        return Stems(stems, samples, segment.rate)
