"""The parts of a score, by factorization with a spectrum for each of their pitches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.hints import Hints, Score
from partita.engines.options import check_options, option
from partita.engines.score_session import ScoreSession, Spectrogram, parts_of
from partita.engines.session import check_cpu
from partita.factor.block import Factor
from partita.factor.free import Free
from partita.factor.nmf import nmf
from partita.factor.score import partial_bands, pitches_of, score_block
from partita.factor.solver import fit

Floats = NDArray[np.floating]

RELAXED = 1e-3
"""Of a spectrum's peak: what every bin is given when spectra may leave their partials."""
RELAXED_ITERATIONS = 5
REST_SPECTRA = 16
"""Of the rest, where it has to be a stem though nobody asked for it."""


@dataclass(frozen=True)
class ScoreNMF:
    """A stem for each part of a score, by spectra that sound only where the part has notes.

    Each pitch of each part has a spectrum, at first with partials and nothing between them; where
    the part does not have the note, it is silent. What of the recording belongs to a part follows
    from the recording itself. A score in another tempo, or that begins elsewhere, is aligned first.

    Good at: recordings of which the score is there, note by note. Bad at: parts that play the same
    notes at the same time; what is not in the score, unless `rest` gives it a stem of its own.

    References
    ----------
    Ewert and Müller, "Using score-informed constraints for NMF-based source separation", ICASSP
    2012. Departures: spectra may leave their partials in the last iterations, which leaves the
    noise of a note with the note, in place of onset templates; the channels of a stereo recording
    have spectra of their own, which tell where a part stands; spectra are learned from at most
    4000 moments of the whole recording.
    """

    name: ClassVar[str] = "score_nmf"
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
    iterations: int = option(8, "steps of learning, and of each segment", low=1, high=1000)
    partials: int = option(30, "of each note", low=1, high=100)
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
            _Notes(self),
            with_rest=self.rest > 0,
            place=self.alignment,  # type: ignore[arg-type]  # its choices are checked
            n_fft=self.n_fft,
            power=self.power,
        )


@dataclass(frozen=True, eq=False)
class _Learned:
    """Spectra and whose they are.

    Attributes
    ----------
    W : (channels·freq, spectra).
    pitches : part -> (pitches,), whose spectra lie side by side in W; those of the rest come last.
    """

    W: Floats
    pitches: dict[str, Floats]


@dataclass(frozen=True)
class _Notes:
    """A spectrum for each pitch of each part; see NoteModel."""

    options: ScoreNMF

    def learn(
        self, seen: Spectrogram, score: Score, *, parts: tuple[str, ...], rest: bool
    ) -> _Learned:
        channels, _, frames = seen.V.shape
        pitches = {part: pitches_of(score, part) for part in parts}
        bands = [self._bands(seen.freq_hz, each) for each in pitches.values()]
        count = (self.options.rest or REST_SPECTRA) if rest else 0
        rng = np.random.default_rng(0)
        free = rng.uniform(0.5, 1.5, (channels * len(seen.freq_hz), count))
        W = np.concatenate([np.tile(np.concatenate(bands, axis=1), (channels, 1)), free], axis=1)
        V = seen.V.reshape(-1, frames)
        H = self._masks(seen.time_s, score, pitches, count) * (float(V.mean()) or 1.0)
        W, H, _ = nmf(V, W.shape[1], W=W, H=H, iterations=self.options.iterations)
        W = W + RELAXED * W.max(axis=0)
        W, _, _ = nmf(V, W.shape[1], W=W, H=H, iterations=RELAXED_ITERATIONS)
        return _Learned(W, pitches)

    def shares(self, seen: Spectrogram, score: Score, learned: _Learned) -> Iterator[Floats]:
        rest = learned.W.shape[1] - sum(map(len, learned.pitches.values()))
        mask = self._masks(seen.time_s, score, learned.pitches, rest)
        sounding = mask.any(axis=1)
        V = seen.V.reshape(-1, seen.V.shape[2])
        W = learned.W[:, sounding]
        H = np.zeros(mask.shape, np.float32)
        if sounding.any():
            notes = Free(
                "notes",
                W.shape[1],
                W=Factor(start=W, fixed=True),
                H=Factor(start=mask[sounding] * (float(V.mean()) or 1.0)),
            )
            H[sounding] = fit(V, [notes], iterations=self.options.iterations).factors["notes"]["H"]
        place = 0
        for count in (*map(len, learned.pitches.values()), *([rest] if rest else [])):
            rows = slice(place, place + count)
            place += count
            yield (learned.W[:, rows] @ H[rows]).reshape(seen.V.shape)

    def _bands(self, freq_hz: Floats, pitches: Floats) -> Floats:
        f0_hz = 440.0 * 2 ** ((pitches - 69) / 12)
        return partial_bands(f0_hz, freq_hz, partials=self.options.partials)

    def _masks(
        self, time_s: Floats, score: Score, pitches: dict[str, Floats], rest: int
    ) -> NDArray[np.bool_]:
        """(spectra, frames): where each of them may sound; the rest may everywhere."""
        masks = []
        for part, each in pitches.items():
            mask = np.zeros((len(each), len(time_s)), dtype=bool)
            mine = pitches_of(score, part)
            if len(mine):
                mask[np.searchsorted(each, mine)] = self._mask(time_s, score, part)
            masks.append(mask)
        return np.concatenate([*masks, np.ones((rest, len(time_s)), dtype=bool)])

    def _mask(self, time_s: Floats, score: Score, part: str) -> NDArray[np.bool_]:
        """(pitches, frames) of one part."""
        block = score_block(
            part,
            score,
            freq_hz=np.arange(2.0),  # its spectra are not wanted
            time_s=time_s,
            part=part,
            before_s=self.options.before_s,
            after_s=self.options.after_s,
        )
        assert block.H.mask is not None
        return block.H.mask
