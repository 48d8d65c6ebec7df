"""The session of engines that follow a score: learn its notes' sounds once, then stream.

`prepare` brings the score into the recording's time and learns from moments all over the recording
what each part's notes sound like; `separate` finds how strong the notes of a segment are, and
shares each cell of the spectrogram among the parts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from partita.analysis.alignment import Place, align_features, enough_to_align, placed_score
from partita.analysis.chroma import Features, recording_features
from partita.analysis.frames import channel_magnitudes
from partita.analysis.mismatch import score_mismatch
from partita.core.audio import Audio, Stems
from partita.core.errors import HintError
from partita.core.hints import Hints, Score
from partita.core.separator import Reader
from partita.core.understood import PlacedScore
from partita.signal.resolution import scaled_n_fft
from partita.signal.stft import istft, stft

Floats = NDArray[np.floating]

REST = "rest"
"""The stem of what is not in the score."""
LEARN_FRAMES = 4000
"""Moments that are learned from, at most: a minute and a half of sound."""
BLOCK_S = 5.0


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """Magnitudes and where they lie.

    Attributes
    ----------
    V : (channels, freq, frames) float32.
    freq_hz : (freq,). time_s : (frames,) increasing, not always by equal steps.
    """

    V: NDArray[np.float32]
    freq_hz: Floats
    time_s: Floats


class NoteModel(Protocol):
    """What a part's notes sound like, and how to find them."""

    def learn(self, seen: Spectrogram, score: Score, *, parts: tuple[str, ...], rest: bool) -> Any:
        """What is learned from moments all over a recording.

        Parameters
        ----------
        parts : in the order of their shares; one may have no note.
        rest : whether what has no notes has a share as well, the last.
        """
        ...

    def shares(self, seen: Spectrogram, score: Score, learned: Any) -> Iterator[Floats]:
        """(channels, freq, frames) for each stem in turn: what it holds of a segment."""
        ...


@dataclass(frozen=True, eq=False)
class Followed:
    """A recording's score in time, and what was learned; see RefinesHints.

    `features` are those that the score was aligned by; None where it was not to be.
    """

    hints: Hints
    stems: tuple[str, ...]
    learned: Any
    features: Features | None


def parts_of(hints: Hints, *, with_rest: bool) -> tuple[str, ...]:
    """The stems that a score decides: its parts with pitches, and REST if asked for.

    A score of one part always leaves a rest, for the part would be the whole recording otherwise;
    so does one with percussion, which goes there.

    Raises
    ------
    HintError : no score, or no notes with pitches.
    """
    if hints.score is None or not hints.score.pitched.part:
        raise HintError("the score holds no notes with pitches")
    parts = hints.score.pitched.parts
    if not needs_rest(hints.score) and not with_rest:
        return parts
    if REST in parts:
        raise HintError(f"{REST!r} is what the score does not hold; rename that part")
    return (*parts, REST)


def needs_rest(score: Score) -> bool:
    """Whether there must be a stem for what the parts of the score do not hold."""
    return len(score.pitched.parts) == 1 or bool(score.percussion)


class ScoreSession:
    """Follows a score through a recording.

    Parameters
    ----------
    model : see NoteModel.
    with_rest : whether what is not in the score is a stem of its own.
    place : how the score is aligned, see `placed_score`.
    n_fft : frame length at 44.1 kHz; frames begin a quarter of it apart.
    power : exponent of the masks.
    """

    def __init__(
        self, model: NoteModel, *, with_rest: bool, place: Place, n_fft: int, power: float
    ) -> None:
        self._model, self._with_rest, self._place = model, with_rest, place
        self._n_fft, self._power = n_fft, power

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader | None, hints: Hints) -> Followed | None:
        """The score in time, and its sounds; None where there is no recording to read."""
        return None if reader is None else self._followed(_Blocks.of_reader(reader), hints)

    def separate(
        self, segment: Audio, hints: Hints, *, state: Followed | None, stems: tuple[str, ...]
    ) -> Stems:
        """The wanted stems of one segment; without a state the segment is the recording."""
        if state is None:
            state = self._followed(_Blocks.of_audio(segment), hints)
            hints = state.hints
        assert hints.score is not None
        n_fft = scaled_n_fft(self._n_fft, segment.rate)
        hop = n_fft // 4
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        seen = _spectrogram(np.abs(spectrum), n_fft=n_fft, rate=segment.rate)
        wanted, total = self._powers(seen, hints.score, state, stems)
        samples = np.empty((len(stems), *segment.samples.shape), np.float32)
        for out, name in zip(samples, stems, strict=True):
            mask = np.full_like(total, 1 / len(state.stems))
            np.divide(wanted[name], total, out=mask, where=total > 0)
            out[:] = istft(mask * spectrum, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, segment.rate)

    def explain(
        self, reader: Reader, hints: Hints, *, state: Followed | None
    ) -> tuple[PlacedScore, ...]:
        """Where the notes were looked for, the tempo map that was found, and how well it fits."""
        recording = _Blocks.of_reader(reader)
        state = state or self._followed(recording, hints)
        assert hints.score is not None
        assert state.hints.score is not None
        written, placed = hints.score.pitched, state.hints.score
        features = state.features
        if features is None:
            features = recording_features(recording.samples(), recording.rate)
        ends_s = np.array([0.0, float(np.max(written.offset_s))])
        score_s, recording_s = ends_s, ends_s
        if enough_to_align(features, written):
            tempo = align_features(features, written).tempo
            score_s, recording_s = tempo.score_s, tempo.recording_s
        aligned = not (
            len(placed.part) == len(written.part)
            and np.array_equal(placed.onset_s, written.onset_s)
        )
        mismatch = score_mismatch(features, written)
        return (PlacedScore(placed, score_s, recording_s, aligned, mismatch),)

    def _powers(
        self, seen: Spectrogram, score: Score, state: Followed, stems: tuple[str, ...]
    ) -> tuple[dict[str, Floats], Floats]:
        """The wanted stems' shares to the masks' power, and the sum of all."""
        peak = float(np.max(seen.V)) or 1.0
        wanted: dict[str, Floats] = {}
        total = np.zeros_like(seen.V)
        for name, share in zip(
            state.stems, self._model.shares(seen, score, state.learned), strict=True
        ):
            power = np.power(share / np.float32(peak), np.float32(self._power))
            total += power
            if name in stems:
                wanted[name] = power
        return wanted, total

    def _followed(self, recording: _Blocks, hints: Hints) -> Followed:
        stems = parts_of(hints, with_rest=self._with_rest)
        assert hints.score is not None
        score = hints.score.pitched
        parts = score.parts
        features = None
        if self._place != "off":
            features = recording_features(recording.samples(), recording.rate)
            score = placed_score(features, score, self._place)
        n_fft = scaled_n_fft(self._n_fft, recording.rate)
        seen = _moments(recording, score, n_fft=n_fft)
        learned = self._model.learn(seen, score, parts=parts, rest=len(stems) > len(parts))
        return Followed(Hints(score=score), stems, learned, features)


@dataclass(frozen=True)
class _Blocks:
    """A recording, as often as wanted."""

    reader: Reader | None
    audio: Audio | None
    rate: int

    @classmethod
    def of_reader(cls, reader: Reader) -> Self:
        return cls(reader, None, reader.rate)

    @classmethod
    def of_audio(cls, audio: Audio) -> Self:
        return cls(None, audio, audio.rate)

    def samples(self) -> Iterator[Floats]:
        """Blocks (channels, time)."""
        size = max(round(BLOCK_S * self.rate), 1)
        if self.reader is not None:
            yield from (block.samples for block in self.reader.blocks(size))
        elif self.audio is not None:
            yield from (
                self.audio.samples[:, start : start + size]
                for start in range(0, self.audio.length, size)
            )


def moments_to_learn_from(score: Score, *, period_s: float, limit: int) -> NDArray[np.intp]:
    """Numbers of frames that tell about every pitch of every part, at most `limit`, increasing.

    All frames up to the score's end where they are no more than that.
    """
    last = int(np.max(score.offset_s) / period_s) + 2
    if last <= limit:
        return np.arange(limit)
    notes: dict[tuple[str, float], list[int]] = {}
    for n, (part, pitch) in enumerate(zip(score.part, score.pitch_midi, strict=True)):
        notes.setdefault((part, float(pitch)), []).append(n)
    quota = max(limit // len(notes), 1)
    found: list[Floats] = []
    for numbers in notes.values():
        some = numbers[:: -(-len(numbers) // quota)]
        share = np.linspace(0, 1, max(quota // len(some), 1), endpoint=False)
        onset, offset = score.onset_s[some, None], score.offset_s[some, None]
        found.append((onset + share * (offset - onset)).ravel())
    frames = np.unique(np.round(np.concatenate(found) / period_s).astype(np.intp))
    if len(frames) > limit:
        frames = frames[np.linspace(0, len(frames) - 1, limit).astype(int)]
    return frames


def _moments(recording: _Blocks, score: Score, *, n_fft: int) -> Spectrogram:
    """The spectrogram at `moments_to_learn_from`, as far as the recording goes.

    Raises
    ------
    HintError : no note begins before the recording ends.
    """
    hop = n_fft // 4
    wanted = moments_to_learn_from(score, period_s=hop / recording.rate, limit=LEARN_FRAMES)
    kept, numbers, first = [], [], 0
    for piece in channel_magnitudes(recording.samples(), n_fft=n_fft, hop=hop):
        mine = wanted[(wanted >= first) & (wanted < first + len(piece))]
        kept.append(piece[mine - first])
        numbers.append(mine)
        first += len(piece)
    first_s, ends_s = float(np.min(score.onset_s)), first * hop / recording.rate
    if first_s >= ends_s:
        raise HintError(
            f"the score's first note is at {first_s:.1f} s, after the recording's end at "
            f"{ends_s:.1f} s: is it the right score? alignment=on looks for it"
        )
    V = np.moveaxis(np.concatenate(kept), 0, -1)
    freq_hz = np.arange(V.shape[1]) * recording.rate / n_fft
    return Spectrogram(
        np.ascontiguousarray(V), freq_hz, np.concatenate(numbers) * hop / recording.rate
    )


def _spectrogram(V: Floats, *, n_fft: int, rate: int) -> Spectrogram:
    freq_hz = np.arange(V.shape[1]) * rate / n_fft
    return Spectrogram(V, freq_hz, np.arange(V.shape[2]) * (n_fft // 4) / rate)
