"""The lead voice by a source/filter model, against a factorized accompaniment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.analysis.melody import melody_path
from partita.core.audio import Audio, Stems
from partita.core.errors import HintError
from partita.core.hints import Hints
from partita.core.separator import Reader
from partita.core.understood import PitchTracks
from partita.engines.by_segment import by_segment
from partita.engines.options import check_options, option
from partita.engines.pitch_hint import f0_at
from partita.engines.session import StatelessSession, cpu_session
from partita.factor.block import Block, Factor
from partita.factor.free import Free
from partita.factor.solver import fit
from partita.factor.source_filter import (
    SourceFilter,
    first_comb,
    tracked,
    voiced_and_unvoiced,
)
from partita.factor.voice_spectra import glottal_combs, hann_bumps, pitch_grid_hz
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import istft, stft

LEAD, REST = "vocals", "accompaniment"
PER_SEMITONE, WIDTH = 20, 21
MELODY_HZ = 5500.0
"""The first pass, which looks for the melody, needs no more of the spectrum."""
TOP_HZ = 11000.0
"""Above it a cell is shared as the cells just below are."""
GAIN_EXPONENT = 0.1
"""How fast the places of lead and accompaniment in the stereo image are learned."""

Floats = NDArray[np.floating]
Spectrum = NDArray[np.complexfloating]


@dataclass(frozen=True)
class SourceFilterEngine:
    """The lead voice, one moving pitch through a vocal tract, and all that accompanies it.

    In three passes: pitches are free and the melody is found; the lead keeps to the melody; breath
    and consonants join it. The accompaniment is a sum of recurring spectra. A pitch hint gives the
    melody instead (its track `vocals`, or its only one).

    Good at: a solo voice or instrument in front of a band. Bad at: rap, choirs (which of the voices
    is the lead?), accompaniments with a louder melody of their own.

    References
    ----------
    Durrieu, David and Richard, "A musically motivated mid-level representation for pitch estimation
    and musical audio source separation", JSTSP 2011. `partita.factor.source_filter` tells where the
    model departs from it; here the melody is looked for below 5.5 kHz and in the mean of the
    channels, and windows overlap by three quarters.
    """

    name: ClassVar[str] = "source_filter"
    stems: ClassVar[tuple[str, ...]] = (LEAD, REST)
    uses: ClassVar[frozenset[str]] = frozenset({"pitch"})
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=256, high=16384, unit="samples")
    low_hz: float = option(100.0, "lowest pitch of the lead", low=40, high=400, unit="Hz")
    high_hz: float = option(800.0, "highest pitch of the lead", low=401, high=2000, unit="Hz")
    filters: int = option(10, "vowels of the lead", low=1, high=100)
    components: int = option(40, "spectra of the accompaniment", low=1, high=200)
    iterations: int = option(30, "updates in each pass", low=1, high=500)
    silence_db: float = option(
        30.0, "so far below its loud moments the lead is silent", low=0, high=100, unit="dB"
    )
    unvoiced: bool = option(True, "whether breath and consonants belong to the lead")
    seed: int = option(0, "of the random start", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device, understood=self._understood)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        n_fft = scaled_n_fft(self.n_fft, segment.rate)
        hop = n_fft // 4
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop, window="sine")
        hz_per_bin = segment.rate / n_fft
        bins = min(int(TOP_HZ / hz_per_bin), n_fft // 2) + 1
        mask = np.zeros(spectrum.shape, np.float32)
        if np.any(segment.samples):
            power = _power(spectrum[:, :bins])
            power /= np.mean(power)
            time_s = np.arange(spectrum.shape[2]) * hop / segment.rate
            melody_hz = self._lead_hz(power, time_s, hints, rate=segment.rate, n_fft=n_fft)
            mask[:, :bins] = self._mask(power, melody_hz, segment.rate, n_fft)
            below = slice(max(bins - odd(1000 / hz_per_bin), 0), bins)
            mask[:, bins:] = np.mean(mask[:, below], axis=1, keepdims=True)
        length = segment.length
        lead = istft(mask * spectrum, length=length, n_fft=n_fft, hop=hop, window="sine")
        found = {LEAD: lead, REST: segment.samples - lead}
        return Stems(stems, np.stack([found[name] for name in stems]), segment.rate)

    def _understood(self, reader: Reader, hints: Hints) -> tuple[PitchTracks, ...]:
        """The melody that the lead keeps to."""

        def find(segment: Audio, hints: Hints) -> tuple[Floats, Floats]:
            n_fft = scaled_n_fft(self.n_fft, segment.rate)
            hop = n_fft // 4
            spectrum = stft(segment.samples, n_fft=n_fft, hop=hop, window="sine")
            time_s = np.arange(spectrum.shape[2]) * hop / segment.rate
            if not np.any(segment.samples):
                return time_s, np.zeros(len(time_s))
            power = _power(spectrum[:, : int(TOP_HZ * n_fft / segment.rate) + 1])
            power /= np.mean(power)
            return time_s, self._lead_hz(power, time_s, hints, rate=segment.rate, n_fft=n_fft)

        assert self.segment_s is not None
        time_s, f0_hz = by_segment(
            reader, hints, find, segment_s=self.segment_s, overlap=self.overlap
        )
        return (PitchTracks(time_s, {LEAD: f0_hz}),)

    def _lead_hz(
        self, power: Floats, time_s: Floats, hints: Hints, *, rate: int, n_fft: int
    ) -> Floats:
        """(frames,) the melody in Hz, 0 where it is silent: that of a hint, or the one found."""
        melody_hz = _hinted(hints, time_s)
        return self._melody(np.mean(power, axis=0), rate, n_fft) if melody_hz is None else melody_hz

    def _block(self, bins: int, rate: int, n_fft: int) -> tuple[SourceFilter, Floats]:
        high_hz = min(self.high_hz, 0.45 * rate)
        comb_hz = pitch_grid_hz(min(self.low_hz, high_hz / 2), high_hz, per_semitone=PER_SEMITONE)
        combs = glottal_combs(comb_hz, rate=rate, n_fft=n_fft, bins=bins).astype(np.float32)
        bumps = hann_bumps(bins).astype(np.float32)
        return SourceFilter(LEAD, combs, bumps, filters=self.filters), comb_hz

    def _melody(self, power: Floats, rate: int, n_fft: int) -> Floats:
        """(frames,) Hz, 0 where the lead is silent: the first pass, from (freq, frames)."""
        bins = min(int(MELODY_HZ * n_fft / rate) + 1, len(power))
        block, comb_hz = self._block(bins, rate, n_fft)
        blocks: list[Block] = [block, Free(REST, self.components)]
        found = fit(power[:bins], blocks, beta=0, iterations=self.iterations, seed=self.seed)
        path = melody_path(
            found.factors[LEAD]["H_F0"], per_semitone=PER_SEMITONE, silence_db=self.silence_db
        )
        return np.where(path < 0, 0, comb_hz[np.maximum(path, 0)])

    def _mask(self, power: Floats, melody_hz: Floats, rate: int, n_fft: int) -> Floats:
        """(channels, freq, frames) the lead's share: the second and the third pass."""
        block, comb_hz = self._block(power.shape[1], rate, n_fft)
        lead = tracked(block, first_comb(melody_hz, comb_hz, width=WIDTH), width=WIDTH)
        rest = Free(REST, self.components)
        passes = partial(
            fit, power, beta=0, iterations=self.iterations, gain_exponent=GAIN_EXPONENT
        )
        found = passes([lead, rest], seed=self.seed)
        if self.unvoiced:
            lead = voiced_and_unvoiced(lead, found)
            gains = dict(zip(found.names, found.gains.tolist(), strict=True))
            rest = _again(rest, found.factors[REST])
            found = passes([lead, rest], seed=self.seed, gains=gains)
        voice, others = found.shares
        mask: Floats = voice / np.maximum(voice + others, np.finfo(np.float32).tiny)
        return mask


def _again(block: Free, factors: Mapping[str, Floats]) -> Free:
    """The block, starting from where it was."""
    return Free(block.name, block.rank, W=Factor(start=factors["W"]), H=Factor(start=factors["H"]))


def _hinted(hints: Hints, time_s: Floats) -> Floats | None:
    """The melody that a hint gives, Hz; None without one.

    Raises
    ------
    HintError : several tracks, none of which is called `vocals`.
    """
    if hints.pitch is None:
        return None
    tracks = tuple(hints.pitch.f0_hz)
    if LEAD not in tracks and len(tracks) > 1:
        raise HintError(f"one pitch track must be called {LEAD!r}; there are {', '.join(tracks)}")
    return f0_at(hints.pitch, LEAD if LEAD in tracks else tracks[0], np.asarray(time_s, np.float64))


def _power(spectrum: Spectrum) -> Floats:
    return np.square(spectrum.real) + np.square(spectrum.imag)
