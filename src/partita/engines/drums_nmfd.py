"""Kick, snare and hi-hat, by the short spectrogram of a stroke of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.core.separator import Reader
from partita.core.understood import Strokes
from partita.engines.by_segment import by_segment
from partita.engines.drum_hints import check_drum_hints, drum_support
from partita.engines.options import check_options, option
from partita.engines.sampled_frames import BLOCK_S, block_size, every_so_many
from partita.engines.session import check_cpu
from partita.factor.block import Block, Factor
from partita.factor.convolutive import Convolutive
from partita.factor.drum_templates import drum_templates
from partita.factor.free import Free
from partita.factor.nmf import nmf
from partita.factor.solver import Fit, fit
from partita.methods.hpss import hpss_magnitudes
from partita.signal.masks import apply_masks, ratio_masks
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import istft, stft

Floats = NDArray[np.floating]

HELD_S, WIDE_HZ = 0.2, 500.0
"""A note is longer, a stroke is wider."""
LOWS_HZ, LOWS_STEPS = 200.0, 10
HUSHED = 0.1
"""How loud the rest is at first, where it meets the drums."""
DRUMS, REST = ("kick", "snare", "hihat"), "rest"


@dataclass(frozen=True)
class DrumsNMFD:
    """Kick, snare and hihat out of a drum track or a song, and the rest of it.

    Each drum has a short spectrogram that every stroke of it starts anew (NMFD). They begin as
    rough drums that are built in, and become those of the recording. A score (percussion, or parts
    named kick, snare and hihat) or activity says where strokes may be.

    Good at: a drum track of a few clear sounds, above all with a score. Bad at: toms and cymbals,
    which go to the rest or to the drum nearest to them; songs where the bass plays with the kick.

    References
    ----------
    Dittmar and Müller, "Reverse engineering the amen break – score-informed separation and
    restoration applied to drum recordings", TASLP 2016; Smaragdis, "Non-negative matrix factor
    deconvolution", ICA 2004. Departures: plain components for the rest of the recording; drums are
    learned from at most `learn_s` seconds all over it.
    """

    name: ClassVar[str] = "drums_nmfd"
    stems: ClassVar[tuple[str, ...]] = (*DRUMS, REST)
    uses: ClassVar[frozenset[str]] = frozenset({"score", "activity"})
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(2048, "frame length at 44.1 kHz", low=64, high=65536, unit="samples")
    around_s: float = option(0.03, "how exact a score is", low=0.005, high=1, unit="s")
    rest_rank: int = option(20, "spectra of the rest", low=1, high=400)
    learn_s: float = option(60.0, "how much is learned from, at most", low=10, high=600, unit="s")
    iterations: int = option(40, "steps of learning", low=2, high=2000)
    power: float = option(2.0, "exponent of the masks", low=0.1, high=16)
    seed: int = option(0, "of the random start", low=0, high=2**31 - 1)

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> DrumsSession:
        check_cpu(self.name, device)
        return DrumsSession(self)


@dataclass(frozen=True, eq=False)
class Kit:
    """What a recording is made of: drums (freq, 3, length) and spectra of the rest (freq, rank)."""

    drums: Floats
    rest: Floats


class DrumsSession:
    """`prepare` learns the kit from all over the recording, `separate` says when it is played."""

    def __init__(self, engine: DrumsNMFD) -> None:
        self._engine = engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader | None, hints: Hints) -> Kit | None:
        """The recording's kit; None where there is none to read.

        Raises
        ------
        HintError : a hint that tells of no drum.
        """
        check_drum_hints(hints, DRUMS)
        if reader is None:
            return None
        return self._learn(reader.blocks(block_size(reader.rate)), reader.rate, hints)

    def separate(
        self, segment: Audio, hints: Hints, *, state: Kit | None, stems: tuple[str, ...]
    ) -> Stems:
        """The wanted stems of one segment; without a state the segment is the recording."""
        engine, rate = self._engine, segment.rate
        kit = state or self._learn(_blocks(segment), rate, hints)
        n_fft, hop = self._frames(rate)
        spectrum = stft(segment.samples, n_fft=n_fft, hop=hop)
        played = self._played(np.mean(np.abs(spectrum), axis=0), rate, kit, hints)
        masks = ratio_masks(played.shares, power=engine.power)
        samples = np.empty((len(stems), *segment.samples.shape), dtype=np.float32)
        for out, name in zip(samples, stems, strict=True):  # one at a time: less memory
            parts = apply_masks(masks[[engine.stems.index(name)]], spectrum)[0]
            out[:] = istft(parts, length=segment.length, n_fft=n_fft, hop=hop)
        return Stems(stems, samples, rate)

    def explain(self, reader: Reader, hints: Hints, *, state: Kit | None) -> tuple[Strokes, ...]:
        """The kit, and when each drum of it is played."""
        engine, rate = self._engine, reader.rate
        kit = state or self._learn(reader.blocks(block_size(rate)), rate, hints)
        n_fft, hop = self._frames(rate)

        def find(segment: Audio, hints: Hints) -> tuple[Floats, Floats]:
            magnitude = np.mean(np.abs(stft(segment.samples, n_fft=n_fft, hop=hop)), axis=0)
            found = self._played(magnitude, rate, kit, hints).factors
            time_s = np.arange(magnitude.shape[1]) * hop / rate
            return time_s, np.concatenate([found[drum]["H"] for drum in DRUMS])

        assert engine.segment_s is not None
        time_s, H = by_segment(
            reader, hints, find, segment_s=engine.segment_s, overlap=engine.overlap
        )
        W = np.swapaxes(kit.drums, 0, 1)
        freq_hz = np.arange(W.shape[1]) * rate / n_fft
        return (Strokes(DRUMS, W, freq_hz, hop / rate, H, time_s),)

    def _played(self, magnitude: Floats, rate: int, kit: Kit, hints: Hints) -> Fit:
        """What the kit plays in a segment, from (freq, frames)."""
        _, hop = self._frames(rate)
        time_s = np.arange(magnitude.shape[1]) * hop / rate
        support = drum_support(hints, DRUMS, time_s, around_s=self._engine.around_s)
        return _fitted(magnitude, kit, support, self._engine.iterations)

    def _frames(self, rate: int) -> tuple[int, int]:
        n_fft = scaled_n_fft(self._engine.n_fft, rate)
        return n_fft, n_fft // 4

    def _learn(self, blocks: Iterable[Audio], rate: int, hints: Hints) -> Kit:
        """Drums as they are built in become those of the recording, in three steps.

        Learned together from the start, spectra of the rest would soon play the drums as well. So
        the drums are learned from what is percussive, and the rest from what is harmonic; a kick's
        tail is as long as a note, so the lows go to the drums first; then both meet.
        """
        engine, steps = self._engine, self._engine.iterations
        n_fft, hop = self._frames(rate)
        V, support = self._material(blocks, rate, hints)
        harmonic, percussive = _parts(V, rate=rate, n_fft=n_fft, hop=hop)
        W = drum_templates(rate=rate, n_fft=n_fft, hop=hop, seed=engine.seed)
        W, H = _drums(percussive, W, Factor(_level(percussive, len(DRUMS)), mask=support), steps)
        lows = slice(round(LOWS_HZ * n_fft / rate) + 1)
        W[lows], harmonic[lows] = _lows(V[lows], W[lows], H, harmonic[lows])
        rank = min(engine.rest_rank, V.shape[1])
        rest_W, rest_H, _ = nmf(harmonic, rank, iterations=steps, seed=engine.seed)
        model: list[Block] = [
            Convolutive("drums", len(DRUMS), W.shape[2], W=Factor(W), H=Factor(H)),
            Free(REST, rank, W=Factor(rest_W), H=Factor(rest_H * HUSHED)),
        ]
        found = fit(V, model, iterations=steps // 2, cost_every=steps).factors
        return Kit(found["drums"]["W"], found[REST]["W"])

    def _material(
        self, blocks: Iterable[Audio], rate: int, hints: Hints
    ) -> tuple[Floats, NDArray[np.bool_] | None]:
        """Magnitudes (freq, frames) from all over the recording, and where strokes may be."""
        engine = self._engine
        n_fft, hop = self._frames(rate)

        def pieces() -> Iterator[tuple[Floats, NDArray[np.bool_] | None]]:
            for number, block in enumerate(blocks):
                cells = np.mean(np.abs(stft(block.samples, n_fft=n_fft, hop=hop)), axis=0)
                time_s = number * BLOCK_S + np.arange(cells.shape[1]) * hop / rate
                yield cells, drum_support(hints, DRUMS, time_s, around_s=engine.around_s)

        kept = every_so_many(pieces(), limit=max(round(engine.learn_s / BLOCK_S), 1))
        V = np.concatenate([cells for cells, _ in kept], axis=1)
        known = [support for _, support in kept if support is not None]
        return V, np.concatenate(known, axis=1) if known else None


def _parts(V: Floats, *, rate: int, n_fft: int, hop: int) -> tuple[Floats, Floats]:
    """What of V lasts, and what is as wide as it is short."""
    structure = hpss_magnitudes(
        V, time_frames=odd(HELD_S * rate / hop), freq_bins=odd(WIDE_HZ * n_fft / rate)
    )
    harmonic, percussive = ratio_masks(np.stack(structure), power=2)
    return harmonic * V, percussive * V


def _drums(V: Floats, W: Floats, H: Factor, iterations: int) -> tuple[Floats, Floats]:
    """W and H of the drums, as though there were nothing else."""
    block = Convolutive("drums", W.shape[1], W.shape[2], W=Factor(W), H=H)
    found = fit(V, [block], iterations=iterations, cost_every=iterations).factors["drums"]
    return found["W"], found["H"]


def _lows(V: Floats, W: Floats, H: Floats, harmonic: Floats) -> tuple[Floats, Floats]:
    """W of the drums with their tails, and what they leave of the harmonic part."""
    block = Convolutive("drums", W.shape[1], W.shape[2], W=Factor(W), H=Factor(H, fixed=True))
    found = fit(V, [block], iterations=LOWS_STEPS, cost_every=LOWS_STEPS)
    share = np.divide(found.shares[0], V, out=np.zeros_like(V), where=V > 0)
    return found.factors["drums"]["W"], harmonic * np.clip(1 - share, 0, 1)


def _fitted(V: Floats, kit: Kit, support: NDArray[np.bool_] | None, iterations: int) -> Fit:
    """The shares of kick, snare, hihat and the rest, the kit being what it is."""
    drums = [
        Convolutive(
            name,
            1,
            kit.drums.shape[2],
            W=Factor(kit.drums[:, [number]], fixed=True),
            H=Factor(_level(V, 1), mask=None if support is None else support[[number]]),
        )
        for number, name in enumerate(DRUMS)
    ]
    rank = kit.rest.shape[1]
    rest = Free(REST, rank, W=Factor(kit.rest, fixed=True), H=Factor(_level(V, rank)))
    return fit(V, [*drums, rest], iterations=iterations, cost_every=iterations)


def _level(V: Floats, rank: int) -> Floats:
    """(rank, frames): equal activations to start from, the same in every cut of a recording."""
    return np.repeat(V.sum(axis=0, keepdims=True) / rank, rank, axis=0)


def _blocks(audio: Audio) -> Iterable[Audio]:
    size = block_size(audio.rate)
    for start in range(0, max(audio.length, 1), size):
        yield Audio(audio.samples[:, start : start + size], audio.rate)
