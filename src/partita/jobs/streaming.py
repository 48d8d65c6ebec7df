"""One recording through one session, in overlapping segments, with memory that stays flat.

reader ─ blocks ─► segments ─► session.separate ─► crossfade ─► rows (recording, stems…)
                                    └► spool
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partita.analysis.hint_check import check_against
from partita.core.audio import Audio, check_finite
from partita.core.errors import AudioError, Cancelled, HintError, InputError, PartitaWarning
from partita.core.hints import Hints
from partita.core.separator import Reader, RefinesHints, Separator, Session
from partita.jobs.at_once import in_order, segments_at_once
from partita.jobs.hint_files import FLAGS
from partita.jobs.out_of_memory import Separate, WithinMemory
from partita.jobs.shifts import Shifted, shift_lengths
from partita.signal.overlap import crossfade, segments

Progress = Callable[[float], bool | None]
"""Called with the fraction done, 0 … 1; returning False stops the work."""

BLOCK_S = 5.0
"""Seconds read at a time."""


class Separated(Protocol):
    """Segments that are separated already, by number; new ones are appended."""

    def __len__(self) -> int: ...

    def read(self, number: int) -> NDArray[np.float32]: ...

    def append(self, rows: NDArray[np.float32]) -> None: ...


@dataclass(frozen=True)
class AudioReader:
    """Audio in memory, as a Reader."""

    audio: Audio

    @property
    def rate(self) -> int:
        return self.audio.rate

    @property
    def channels(self) -> int:
        return self.audio.channels

    @property
    def declared_length(self) -> int | None:
        return self.audio.length

    def blocks(self, size: int) -> Iterator[Audio]:
        if self.audio.length == 0:
            raise AudioError("the recording holds no samples")
        for start in range(0, self.audio.length, size):
            samples = self.audio.samples[:, start : start + size]
            check_finite(samples, self.rate, start=start, name="the recording")
            yield Audio(samples, self.rate)


def check_hints(engine: Separator, hints: Hints) -> None:
    """Refuse side information that the engine does not use, and the lack of what it needs.

    Raises
    ------
    HintError : naming the hint.
    """
    check_hint_names(engine, hints.given)


def check_hint_names(engine: Separator, given: Iterable[str]) -> None:
    """As `check_hints`, of the names alone: what they hold may still lie in files."""
    names = tuple(given)
    for name in names:
        if name not in engine.uses:
            uses = f"it uses {', '.join(sorted(engine.uses))}" if engine.uses else "it uses none"
            raise HintError(f"engine {engine.name} cannot use the {name} hint; {uses}")
    for name in sorted(engine.requires):
        if name not in names:
            value = "NAME=FILE" if name == "examples" else "FILE"
            how = f"{FLAGS[name]} {value}, in Python " if name in FLAGS else ""
            raise HintError(
                f"engine {engine.name} needs the {name} hint: give {how}hints=Hints({name}=…)"
            )


def stream(
    engine: Separator,
    session: Session,
    reader: Reader,
    hints: Hints,
    *,
    stems: tuple[str, ...],
    progress: Progress | None = None,
    overlap: float | None = None,
    shifts: int = 0,
    spool: Separated | None = None,
) -> Generator[NDArray[np.float32]]:
    """The recording and its stems, stretch by stretch.

    Parameters
    ----------
    overlap : share of a segment that is crossfaded with the next; None: as the engine likes.
    shifts : time-shifted passes whose mean is taken (see `partita.jobs.shifts`); 0 and 1: one.
    spool : takes every segment before it is crossfaded; those that it has are not computed again.

    Yields
    ------
    (1 + stems, channels, time) float32: the recording first, then the stems in the order asked.
    The stretches follow each other without gap and add up to the recording's length.

    Raises
    ------
    InputError : unreadable, no samples, or too long for an engine that needs the whole signal.
    HintError : side information that cannot belong to the recording.
    Cancelled : the progress callback returned False.

    Warns
    -----
    PartitaWarning : side information that fits the recording badly, with what was measured.
    """
    if reader.channels > 2:
        raise AudioError(f"a recording has 1 or 2 channels, got {reader.channels}")
    length, shared = segment_and_overlap(engine, reader.rate, overlap)
    blocks = (block.samples for block in reader.blocks(max(round(BLOCK_S * reader.rate), 1)))
    pieces = (
        _whole(blocks, engine, reader.rate)
        if length is None
        else segments(blocks, length=length, overlap=shared)
    )
    for text in check_against(reader, hints):
        warnings.warn(text, PartitaWarning, stacklevel=2)
    state = session.prepare(reader, hints)
    refined = state.hints if isinstance(state, RefinesHints) else hints
    work: Separate = _SegmentWork(session, reader.rate, refined, state, stems)
    if shifts > 1:
        work = Shifted(work, shift_lengths(shifts, reader.rate))
    if length is not None:
        work = WithinMemory(work, reader.rate, shared / length)
    with closing(_work(work, pieces, spool, segments_at_once(session))) as worked:
        rows = _reported(worked, reader.declared_length, progress)
        yield from crossfade(rows, overlap=shared)


def segment_and_overlap(
    engine: Separator, rate: int, overlap: float | None = None
) -> tuple[int | None, int]:
    """Samples in a segment (None: the whole recording is one) and in what two of them share."""
    if engine.segment_s is None:
        return None, 0
    length = max(round(engine.segment_s * rate), 2)
    return length, int((engine.overlap if overlap is None else overlap) * length)


@dataclass(frozen=True)
class _SegmentWork:
    session: Session
    rate: int
    hints: Hints
    state: Any
    stems: tuple[str, ...]

    def __call__(self, start: int, samples: NDArray[np.floating]) -> NDArray[np.float32]:
        """(1 + stems, channels, time): the segment and its stems."""
        segment = Audio(samples, self.rate)
        rows = np.empty((1 + len(self.stems), *segment.samples.shape), dtype=np.float32)
        rows[0] = segment.samples
        if self.stems:
            end = start + segment.length
            hints = self.hints.window(start / self.rate, end / self.rate)
            separated = self.session.separate(segment, hints, state=self.state, stems=self.stems)
            rows[1:] = separated.samples
        return rows


def _work(
    work: Separate,
    pieces: Iterator[tuple[int, NDArray[np.floating]]],
    spool: Separated | None,
    at_once: int,
) -> Generator[tuple[int, NDArray[np.float32]]]:
    """The sample where each piece ends, and its rows."""
    done = 0 if spool is None else len(spool)

    def rows_of(
        number: int, start: int, samples: NDArray[np.floating]
    ) -> tuple[int, NDArray[np.float32]]:
        if spool is not None and number < done:
            rows = spool.read(number)
        else:
            rows = work(start, samples)
        return start + samples.shape[1], rows

    works = (partial(rows_of, number, *piece) for number, piece in enumerate(pieces))
    with closing(in_order(works, at_once=at_once)) as results:
        for number, (end, rows) in enumerate(results):
            if spool is not None and number >= done:
                spool.append(rows)
            yield end, rows


def _reported(
    worked: Iterable[tuple[int, NDArray[np.float32]]],
    expected: int | None,
    progress: Progress | None,
) -> Iterator[NDArray[np.float32]]:
    """The rows; how far they reach is told of `expected` samples."""
    report(progress, 0.0)
    for end, rows in worked:
        yield rows
        report(progress, min(end / expected, 1.0) if expected else 0.5)
    report(progress, 1.0)


def report(progress: Progress | None, fraction: float) -> None:
    """Tell the caller how far the work is.

    Raises
    ------
    Cancelled : the callback returned False.
    """
    if progress is not None and progress(fraction) is False:
        raise Cancelled("cancelled")


def _whole(
    blocks: Iterator[NDArray[np.float32]], engine: Separator, rate: int
) -> Iterator[tuple[int, NDArray[np.floating]]]:
    limit = None if engine.max_duration_s is None else round(engine.max_duration_s * rate)
    held: list[NDArray[np.float32]] = []
    for block in blocks:
        held.append(block)
        if limit is not None and sum(b.shape[1] for b in held) > limit:
            raise InputError(
                f"engine {engine.name} needs the whole recording at once, "
                f"at most {engine.max_duration_s:.0f} s"
            )
    if held:
        yield 0, np.concatenate(held, axis=1)
