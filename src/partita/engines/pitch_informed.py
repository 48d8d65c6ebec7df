"""A stem for each voice whose pitch is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from partita.core.audio import Audio, Stems
from partita.core.errors import HintError
from partita.core.hints import Hints, Pitch
from partita.core.separator import Reader
from partita.core.understood import PitchTracks
from partita.engines.by_segment import by_segment
from partita.engines.options import check_options, option
from partita.engines.pitch_hint import f0_at
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.retuned import retuned
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
FAINTEST = 0.01
"""Of the mean of all voices: a voice whose pitch is never there still breathes."""
VOICE = 3.0
"""How much more of what is left is a voice's than its partials there say, beside a rest."""
BELOW_HZ = 1500.0
"""Above `top_hz` a moment is shared as it is in so wide a band below."""
NARROW_HZ, WIDE_HZ = 0.3, 1.0
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

    Good at: choirs, ensembles, duets, with the pitch of every voice known to half a semitone. Bad
    at: unvoiced sounds beside other instruments (they stay in the rest), wrong pitch.

    References
    ----------
    `partita.methods.vold_kalman` and `partita.methods.retuned` name the papers.
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
        0.0, "how unsteady partials are; 0: 1 Hz beside a rest, 0.3 Hz without", low=0, high=20,
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
        return cpu_session(self._separate, self.name, device, understood=self._understood)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        if hints.pitch is None:
            raise HintError(f"engine {self.name} needs the pitch of each voice: Hints(pitch=…)")
        names = self.stems_from(hints)
        parts = self._harmonic(segment, hints.pitch)
        left = segment.samples - parts.sum(axis=0)
        parts += _shares(parts, left, rate=segment.rate, rest=self.rest, top_hz=self.top_hz)
        if self.rest:
            parts = np.concatenate([parts, (segment.samples - parts.sum(axis=0))[None]])
        return Stems(stems, parts[[names.index(name) for name in stems]], segment.rate)

    def _understood(self, reader: Reader, hints: Hints) -> tuple[PitchTracks, ...]:
        """The tracks as they were given, and as what is found corrects them."""
        if hints.pitch is None:
            return ()

        def find(segment: Audio, hints: Hints) -> tuple[Floats, Floats]:
            assert hints.pitch is not None
            _, time_s, given, corrected = self._tracked(segment, hints.pitch)
            return time_s, np.stack([given, corrected])

        assert self.segment_s is not None
        time_s, (given, corrected) = by_segment(
            reader, hints, find, segment_s=self.segment_s, overlap=self.overlap
        )
        names = tuple(hints.pitch.f0_hz)
        found, hinted = (dict(zip(names, f0, strict=True)) for f0 in (corrected, given))
        return (PitchTracks(time_s, found, hinted),)

    def _harmonic(self, segment: Audio, pitch: Pitch) -> Floats:
        """(tracks, channels, time) float32: the partials below `top_hz`."""
        parts, _, _, _ = self._tracked(segment, pitch)
        back = resample(parts.astype(np.float32), min(segment.rate, INNER_RATE), segment.rate)
        out = np.zeros((len(parts), *segment.samples.shape), np.float32)
        length = min(segment.length, back.shape[-1])
        out[..., :length] = back[..., :length]
        return out

    def _tracked(self, segment: Audio, pitch: Pitch) -> tuple[Floats, Floats, Floats, Floats]:
        """The partials (tracks, channels, time) at INNER_RATE or the segment's, if that is lower;
        the times of the knots; f0 (tracks, knots) there, as given and as corrected.
        """
        rate = min(segment.rate, INNER_RATE)
        x = resample(segment.samples, segment.rate, rate)
        hop = max(round(KNOT_S * rate), 1)
        time_s = np.arange(-(-x.shape[1] // hop) + 1) * hop / rate
        given = np.stack([f0_at(pitch, name, time_s) for name in pitch.f0_hz])
        near = retuned(x, given, rate=rate, hop=hop) if self.correct_f0 else given
        parts, corrected = vold_kalman(
            x,
            near,
            rate=rate,
            hop=hop,
            top_hz=self.top_hz,
            linewidth_hz=self.linewidth_hz or (WIDE_HZ if self.rest else NARROW_HZ),
            iterations=self.iterations,
            correct_f0=self.correct_f0,
        )
        return parts, time_s, given, corrected


def _shares(parts: Floats, left: Floats, *, rate: int, rest: bool, top_hz: float) -> Floats:
    """(tracks, channels, time): what each voice gets of what all of them leave.

    Each cell is shared in proportion to the voices' magnitudes (joined over the channels); the rest
    is weighed by what is left. Without a rest, all of it goes to the voices.
    """
    n_fft = scaled_n_fft(N_FFT, rate)
    hop = n_fft // 4
    magnitude = np.stack([_magnitude(stft(part, n_fft=n_fft, hop=hop)) for part in parts])
    spectrum = stft(left, n_fft=n_fft, hop=hop)
    if rest:
        against = _magnitude(spectrum)
        top, width = (round(hz * n_fft / rate) for hz in (min(top_hz, 0.45 * rate), BELOW_HZ))
        magnitude[:, top:] += against[top:] * _ratio(magnitude, against, top=top, width=width)
        magnitude *= VOICE
    else:
        level = np.mean(magnitude, axis=(1, 2), keepdims=True)
        magnitude += HINT * np.maximum(level, FAINTEST * np.mean(level))
        against = np.zeros_like(magnitude[0])
    total = np.sum(magnitude, axis=0) + against
    even = 0.0 if rest else 1 / len(parts)
    masks = np.full_like(magnitude, even)
    np.divide(magnitude, total, out=masks, where=np.broadcast_to(total > 0, masks.shape))
    length = left.shape[1]
    return np.stack([istft(mask * spectrum, length=length, n_fft=n_fft, hop=hop) for mask in masks])


def _ratio(magnitude: Floats, against: Floats, *, top: int, width: int) -> Floats:
    """(tracks, 1, frames) the voices' magnitude over the rest's, in the band that ends at `top`."""
    band = slice(max(top - width, 0), max(top, 1))
    smoothed = partial(gaussian_filter1d, sigma=1.0, axis=-1, mode="nearest")
    voices = smoothed(magnitude[:, band].mean(axis=1, keepdims=True))
    others = smoothed(against[band].mean(axis=0))
    out: Floats = np.zeros_like(voices)
    np.divide(voices, others, out=out, where=np.broadcast_to(others > 0, voices.shape))
    return out


def _magnitude(spectrum: NDArray[np.complexfloating]) -> Floats:
    """(freq, frames), root mean square over the channels."""
    power: Floats = np.square(spectrum.real) + np.square(spectrum.imag)
    out: Floats = np.sqrt(np.mean(power, axis=0))
    return out
