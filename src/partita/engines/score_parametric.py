"""The parts of a score, by harmonic spectra whose pitch may move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import HintError
from partita.core.hints import Hints, Score
from partita.engines.options import check_options, option
from partita.engines.score_session import ScoreSession, Spectrogram, parts_of
from partita.engines.session import check_cpu
from partita.factor.block import Block, Factor
from partita.factor.free import Free
from partita.factor.harmonic import Harmonic
from partita.factor.score import noise_block, pitches_of
from partita.factor.solver import fit

Floats = NDArray[np.floating]

NOISE_BANDS = 16
REGISTER = 3
"""Semitones that share their strengths of partials."""
MOST_AT_ONCE = 64
"""Notes, in the mean over the moments at which there are any: each has its partials in memory."""
REST_SPECTRA = 16
"""Of the rest, where it has to be a stem though nobody asked for it."""
NOISE, RESTS = "noise of ", "rest of the recording"


@dataclass(frozen=True)
class ScoreParametric:
    """A stem for each part of a score, by partials that follow the pitch of its notes.

    A note is a row of partials, whose strengths are the same for all notes of a part in a register
    (three semitones) and whose pitch may leave the written one by `within_cents`, moment by moment;
    beside it a part has noise in broad bands while it plays. A score in another tempo, or that
    begins elsewhere, is aligned first.

    Good at: voices, strings and winds with vibrato and glides, of which the score is there. Bad at:
    parts that play the same notes at the same time; what is not in the score, unless `rest` gives
    it a stem of its own.

    References
    ----------
    Hennequin, David and Badeau, "Score informed audio source separation using a parametric model of
    non-negative spectrogram", ICASSP 2011. Departures: Kullback-Leibler on magnitudes; the noise;
    strengths for registers; they are learned from at most 4000 moments of the whole recording.
    """

    name: ClassVar[str] = "score_parametric"
    stems: ClassVar[tuple[str, ...]] = ()
    uses: ClassVar[frozenset[str]] = frozenset({"score"})
    requires: ClassVar[frozenset[str]] = frozenset({"score"})
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    alignment: str = option(
        "auto",
        "bring the score into time: on, off, or where it is needed",
        choices=("auto", "on", "off"),
    )
    rest: int = option(0, "spectra of what is not in the score, a stem of its own", low=0, high=200)
    n_fft: int = option(4096, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    iterations: int = option(15, "steps of learning, and of each segment", low=1, high=1000)
    partials: int = option(30, "of each note", low=1, high=100)
    within_cents: float = option(80.0, "how far a pitch may move", low=0, high=600, unit="cents")
    before_s: float = option(0.05, "how early a note may sound", low=0, high=2, unit="s")
    after_s: float = option(0.2, "how long it may ring", low=0, high=10, unit="s")
    power: float = option(2.0, "exponent of the masks", low=0.1, high=16)

    def __post_init__(self) -> None:
        check_options(self)

    def stems_from(self, hints: Hints) -> tuple[str, ...]:
        return parts_of(hints, with_rest=self.rest > 0)

    def open(self, device: str = "auto", threads: int | None = None) -> ScoreSession:
        check_cpu(self.name, device)
        return ScoreSession(
            _Partials(self),
            with_rest=self.rest > 0,
            place=self.alignment,  # type: ignore[arg-type]  # its choices are checked
            n_fft=self.n_fft,
            power=self.power,
        )


@dataclass(frozen=True, eq=False)
class _Learned:
    """What stays the same through a recording.

    Attributes
    ----------
    registers : part -> (registers,) of its notes, increasing.
    strengths : part -> (registers, partials).
    gains : block -> (channels,).
    rest : (freq, spectra) of the rest, or None.
    """

    registers: dict[str, Floats]
    strengths: dict[str, Floats]
    gains: dict[str, list[float]]
    rest: Floats | None


@dataclass(frozen=True)
class _Partials:
    """Partials and noise for each part; see NoteModel."""

    options: ScoreParametric

    def learn(
        self, seen: Spectrogram, score: Score, *, parts: tuple[str, ...], rest: bool
    ) -> _Learned:
        registers = {part: np.unique(pitches_of(score, part) // REGISTER) for part in parts}
        falling = 1 / np.arange(1.0, self.options.partials + 1)
        first = {p: Factor(start=np.tile(falling, (len(r), 1))) for p, r in registers.items()}
        blocks = self._blocks(seen, score, registers, first)
        if rest:
            count = min(self.options.rest or REST_SPECTRA, seen.V.shape[2])
            blocks.append(Free(RESTS, count))
        found = fit(seen.V, blocks, iterations=self.options.iterations)
        return _Learned(
            registers,
            {part: found.factors[part]["a"] for part in parts},
            {name: list(gains) for name, gains in zip(found.names, found.gains, strict=True)},
            found.factors[RESTS]["W"] if rest else None,
        )

    def shares(self, seen: Spectrogram, score: Score, learned: _Learned) -> Iterator[Floats]:
        known = {part: Factor(start=a, fixed=True) for part, a in learned.strengths.items()}
        blocks = self._blocks(seen, score, learned.registers, known)
        if learned.rest is not None:
            W = Factor(start=learned.rest, fixed=True)
            blocks.append(Free(RESTS, learned.rest.shape[1], W=W))
        found = fit(
            seen.V,
            blocks,
            iterations=self.options.iterations,
            gains=learned.gains,
            free_gains=False,
        )
        share = dict(zip(found.names, found.shares, strict=True))
        for part in learned.strengths:
            yield share[part] + share[NOISE + part]
        if learned.rest is not None:
            yield share[RESTS]

    def _blocks(
        self,
        seen: Spectrogram,
        score: Score,
        registers: dict[str, Floats],
        strengths: dict[str, Factor],
    ) -> list[Block]:
        options = self.options
        pitches = {part: pitches_of(score, part) for part in registers}
        tracks = {
            part: note_tracks(
                score, seen.time_s, part=part, before_s=options.before_s, after_s=options.after_s
            )
            for part in registers
        }
        _check_how_many(tracks.values())
        blocks: list[Block] = []
        for part, f0_hz in tracks.items():
            blocks.append(
                Harmonic(
                    part,
                    f0_hz,
                    float(seen.freq_hz[1]),
                    partials=options.partials,
                    power=1.0,
                    within_cents=options.within_cents,
                    colours=np.searchsorted(registers[part], pitches[part] // REGISTER).tolist(),
                    a=strengths[part],
                )
            )
            noise = noise_block(NOISE + part, seen.freq_hz, bands=NOISE_BANDS)
            playing = np.broadcast_to((f0_hz > 0).any(axis=0), (NOISE_BANDS, len(seen.time_s)))
            blocks.append(Free(noise.name, noise.rank, W=noise.W, H=Factor(mask=playing)))
        return blocks


def note_tracks(
    score: Score, time_s: Floats, *, part: str, before_s: float, after_s: float
) -> Floats:
    """(pitches, frames) the pitches that a part plays, in Hz, each 0 where it is silent.

    A row for each of `pitches_of(score, part)`; the time before and after a note is the note's.
    """
    pitches = pitches_of(score, part)
    tracks = np.zeros((len(pitches), len(time_s)))
    for n, name in enumerate(score.part):
        if name == part:
            row = np.searchsorted(pitches, score.pitch_midi[n])
            inside = slice(
                *np.searchsorted(time_s, [score.onset_s[n] - before_s, score.offset_s[n] + after_s])
            )
            tracks[row, inside] = 440.0 * 2 ** ((score.pitch_midi[n] - 69) / 12)
    return tracks


def _check_how_many(tracks: Iterable[Floats]) -> None:
    at_once = sum(np.count_nonzero(f0_hz, axis=0) for f0_hz in tracks)
    mean = float(np.sum(at_once)) / max(int(np.count_nonzero(at_once)), 1)
    if mean > MOST_AT_ONCE:
        raise HintError(
            f"the score holds {mean:.0f} notes at once in the mean; score_parametric follows up to "
            f"{MOST_AT_ONCE}. Is the score right? score_nmf takes any number"
        )
