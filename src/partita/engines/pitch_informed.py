"""A stem for each voice whose pitch is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.errors import HintError
from partita.core.hints import Hints, Pitch
from partita.engines.options import check_options, option
from partita.engines.pitch_hint import f0_at
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.vold_kalman import vold_kalman
from partita.signal.resample import resample
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft

REST = "rest"
"""The stem of what belongs to no track."""
INNER_RATE = 8000
"""Hz, at which partials are tracked."""
KNOT_S = 0.016
"""Time between knots of a partial's amplitude."""
N_FFT = 4096
"""Samples in a frame at 44.1 kHz, for sharing what the partials leave."""
HINT = 0.1
"""Of a voice's mean magnitude: it has a share where its partials do not reach, too."""
NARROW_HZ, WIDE_HZ = 0.3, 4.0
"""Line widths where the tracks are all there is, and beside a rest that must not get what a voice
does not hold still."""

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class PitchInformed:
    """One stem for each pitch track of a pitch hint, and what belongs to none of them.

    The partials of all tracks are followed together, each with an amplitude that moves slowly
    (`vold_kalman`): voices whose partials beat against each other come apart, where a mask can only
    share the cell. What the partials leave (breath, consonants, sound above `top_hz`) goes to the
    voices in proportion to their partials around; with `rest`, the rest takes its part of it.

    Good at: choirs, ensembles, duets, with the pitch of every voice known to a few cents. Bad at:
    unvoiced sounds beside other instruments (they stay in the rest), wrong pitch.

    References
    ----------
    `partita.methods.vold_kalman` names the papers.
    """

    name: ClassVar[str] = "pitch_informed"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"pitch"})
    requires: ClassVar[frozenset[str]] = frozenset({"pitch"})
    segment_s: ClassVar[float | None] = 10.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    rest: bool = option(True, "whether there is more than the tracks, which becomes a stem")
    top_hz: float = option(3500.0, "how far up partials go", low=500, high=3600, unit="Hz")
    linewidth_hz: float = option(
        0.0, "how unsteady partials are; 0: 4 Hz beside a rest, 0.3 Hz without", low=0, high=20,
        unit="Hz",
    )  # fmt: skip
    iterations: int = option(4, "times that all partials are solved for", low=1, high=20)
    correct_f0: bool = option(True, "whether the pitch is corrected by what is found")

    def __post_init__(self) -> None:
        check_options(self)

    def stems_from(self, hints: Hints) -> tuple[str, ...]:
        """The names of the tracks, and `rest`.

        Raises
        ------
        HintError : a track is called `rest`.
        """
        if hints.pitch is None:
            return ()
        tracks = tuple(hints.pitch.f0_hz)
        if self.rest and REST in tracks:
            raise HintError(f"no pitch track may be called {REST!r}: that is what they leave")
        return (*tracks, REST) if self.rest else tracks

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        if hints.pitch is None:
            raise HintError(f"engine {self.name} needs the pitch of each voice: Hints(pitch=…)")
        names = self.stems_from(hints)
        parts = self._harmonic(segment, hints.pitch)
        left = segment.samples - parts.sum(axis=0)
        parts += _shares(parts, left, rate=segment.rate, rest=self.rest)
        if self.rest:
            parts = np.concatenate([parts, (segment.samples - parts.sum(axis=0))[None]])
        return Stems(stems, parts[[names.index(name) for name in stems]], segment.rate)

    def _harmonic(self, segment: Audio, pitch: Pitch) -> Floats:
        """(tracks, channels, time) float32: the partials below `top_hz`."""
        rate = min(segment.rate, INNER_RATE)
        x = resample(segment.samples, segment.rate, rate)
        hop = max(round(KNOT_S * rate), 1)
        time_s = np.arange(-(-x.shape[1] // hop) + 1) * hop / rate
        parts, _ = vold_kalman(
            x,
            np.stack([f0_at(pitch, name, time_s) for name in pitch.f0_hz]),
            rate=rate,
            hop=hop,
            top_hz=self.top_hz,
            linewidth_hz=self.linewidth_hz or (WIDE_HZ if self.rest else NARROW_HZ),
            iterations=self.iterations,
            correct_f0=self.correct_f0,
        )
        back = resample(parts.astype(np.float32), rate, segment.rate)
        out = np.zeros((len(parts), *segment.samples.shape), np.float32)
        length = min(segment.length, back.shape[-1])
        out[..., :length] = back[..., :length]
        return out


def _shares(parts: Floats, left: Floats, *, rate: int, rest: bool) -> Floats:
    """(tracks, channels, time): what each voice gets of what all of them leave.

    Each cell is shared in proportion to the voices' magnitudes (joined over the channels); the rest
    is weighed by what is left. Without a rest, all of it goes to the voices.
    """
    n_fft = scaled_n_fft(N_FFT, rate)
    hop = n_fft // 4
    spectra = [stft(part, n_fft=n_fft, hop=hop) for part in parts]
    magnitude = np.stack([np.sqrt(np.mean(_power(each), axis=0)) for each in spectra])
    spectrum = stft(left, n_fft=n_fft, hop=hop)
    if rest:
        against = np.sqrt(np.mean(_power(spectrum), axis=0))
    else:
        magnitude += HINT * np.mean(magnitude, axis=(1, 2), keepdims=True)
        against = np.zeros_like(magnitude[0])
    total = np.sum(magnitude, axis=0) + against
    even = 0.0 if rest else 1 / len(parts)
    masks = np.full_like(magnitude, even)
    np.divide(magnitude, total, out=masks, where=np.broadcast_to(total > 0, masks.shape))
    length = left.shape[1]
    return np.stack([istft(mask * spectrum, length=length, n_fft=n_fft, hop=hop) for mask in masks])


def _power(spectrum: NDArray[np.complexfloating]) -> Floats:
    power: Floats = np.square(spectrum.real) + np.square(spectrum.imag)
    return power
