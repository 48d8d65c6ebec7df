"""The parts of a score, by harmonic spectra whose pitch may move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.hints import Hints, Score
from partita.engines.options import check_options, option
from partita.engines.score_session import ScoreSession, Spectrogram, parts_of
from partita.factor.block import Block, Factor
from partita.factor.free import Free
from partita.factor.harmonic import Harmonic
from partita.factor.score import noise_block
from partita.factor.solver import fit

Floats = NDArray[np.floating]

NOISE_BANDS = 16
REST_SPECTRA = 16
"""Of the rest, where it has to be a stem though nobody asked for it."""
NOISE, RESTS = "noise of ", "rest of the recording"


@dataclass(frozen=True)
class ScoreParametric:
    """A stem for each part of a score, by partials that follow the pitch of its notes.

    A note is a row of partials, whose strengths a part keeps through the recording and whose pitch
    may leave the written one by `within_cents`, moment by moment; beside it a part has noise in
    broad bands while it plays. A score in another tempo, or that begins elsewhere, is aligned
    first.

    Good at: voices, strings and winds with vibrato and glides, of which the score is there. Bad at:
    parts that play the same notes at the same time; instruments whose colour changes with the note
    (`score_nmf` learns a spectrum for each pitch).

    References
    ----------
    Hennequin, David and Badeau, "Score informed audio source separation using a parametric model of
    non-negative spectrogram", ICASSP 2011. Departures: Kullback-Leibler on magnitudes; the noise;
    strengths are learned from at most 4000 moments of the whole recording.
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
        if device not in ("cpu", "auto"):
            raise UsageError(f"engine {self.name} runs on the cpu only, not on {device}")
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
    strengths : part -> (partials,).
    gains : block -> (channels,).
    rest : (freq, spectra) of the rest, or None.
    """

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
        K = self.options.partials
        first = {part: Factor(start=1 / np.arange(1.0, K + 1)) for part in parts}
        blocks = self._blocks(seen, score, first)
        if rest:
            count = min(self.options.rest or REST_SPECTRA, seen.V.shape[2])
            blocks.append(Free(RESTS, count))
        found = fit(seen.V, blocks, iterations=self.options.iterations)
        return _Learned(
            {part: found.factors[part]["a"] for part in parts},
            {name: list(gains) for name, gains in zip(found.names, found.gains, strict=True)},
            found.factors[RESTS]["W"] if rest else None,
        )

    def shares(self, seen: Spectrogram, score: Score, learned: _Learned) -> Iterator[Floats]:
        known = {part: Factor(start=a, fixed=True) for part, a in learned.strengths.items()}
        blocks = self._blocks(seen, score, known)
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

    def _blocks(self, seen: Spectrogram, score: Score, strengths: dict[str, Factor]) -> list[Block]:
        options = self.options
        hz_per_bin = float(seen.freq_hz[1])
        blocks: list[Block] = []
        for part, a in strengths.items():
            f0_hz = note_tracks(
                score, seen.time_s, part=part, before_s=options.before_s, after_s=options.after_s
            )
            blocks.append(
                Harmonic(
                    part,
                    f0_hz,
                    hz_per_bin,
                    partials=options.partials,
                    power=1.0,
                    within_cents=options.within_cents,
                    a=a,
                )
            )
            noise = noise_block(NOISE + part, seen.freq_hz, bands=NOISE_BANDS)
            playing = np.broadcast_to((f0_hz > 0).any(axis=0), (NOISE_BANDS, len(seen.time_s)))
            blocks.append(Free(noise.name, noise.rank, W=noise.W, H=Factor(mask=playing)))
        return blocks


def note_tracks(
    score: Score, time_s: Floats, *, part: str, before_s: float, after_s: float
) -> Floats:
    """(voices, frames) pitch in Hz of a part's notes, 0 where a voice is silent.

    Notes that sound at the same time, the time before and after them included, lie in different
    voices; there are as many voices as that takes, at least one.
    """
    ends: list[float] = []
    tracks: list[Floats] = []
    for n, name in enumerate(score.part):
        if name != part:
            continue
        start_s, end_s = score.onset_s[n] - before_s, score.offset_s[n] + after_s
        voice = next((v for v, end in enumerate(ends) if end < start_s), len(ends))
        if voice == len(ends):
            ends.append(0.0)
            tracks.append(np.zeros(len(time_s)))
        ends[voice] = end_s
        inside = slice(*np.searchsorted(time_s, [start_s, end_s]))
        tracks[voice][inside] = 440.0 * 2 ** ((score.pitch_midi[n] - 69) / 12)
    return np.array(tracks or [np.zeros(len(time_s))])
