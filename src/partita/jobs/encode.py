"""Spooled stems to audio files, so that what is written adds up.

- Integer files: every stem but the last is rounded; the last is the rounded recording minus the
  integer sum of the others. The written stems add up to the recording exactly.
- Where a stem would clip, all stems get one gain, so that they still add up to the recording, at
  that gain. Float files hold any value and are never changed.
- A `.stem.mp4` holds the recording as well, before the stems; the gain is that of all five.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from partita.io.formats import BITS, Encoding, FileFormat
from partita.io.pcm import clip_codes, fits, quantise
from partita.io.side_by_side import SideBySide
from partita.io.tags import MAX_TEXT, Tags
from partita.io.writer import AudioWriter
from partita.jobs.selection import Selection

CEILING = 0.999
"""Peak that the loudest stem gets where a gain is needed: just below full scale."""

CHUNK = 1 << 15
"""Samples worked on at once: small enough to stay in the processor's cache."""

Rows = NDArray[np.float32]
"""(1 + computed, channels, time): the recording, then the stems that the engine gave."""


Codes = NDArray[np.signedinteger]


@dataclass(frozen=True)
class Layout:
    """What is written of every block: the wanted stems, after the recording if `with_mix`."""

    selection: Selection
    encoding: Encoding | None
    with_mix: bool = False

    @property
    def bits(self) -> int | None:
        return BITS.get(self.encoding) if self.encoding else None

    def samples(self, rows: Rows) -> Rows:
        """(outputs, channels, time), full scale ±1."""
        outputs = self.selection.combine(rows)
        return np.concatenate([rows[:1], outputs]) if self.with_mix else outputs

    def codes(self, rows: Rows, gain: float) -> Codes:
        """Integer codes (outputs, channels, time), not clipped; a partition's add up."""
        bits = self.bits or 0
        mix: NDArray[np.floating] = rows[:1]
        outputs: NDArray[np.floating] = self.selection.combine(rows)
        if gain != 1:
            mix, outputs = mix * np.float64(gain), outputs * np.float64(gain)
        # every code, and every sum of codes, is at most so large
        bound = len(rows) * len(outputs) * _peak(rows) * 2.0 ** (bits - 1)
        kind = np.int32 if bound < 1 << 31 else np.int64
        whole, codes = quantise(mix, bits, kind=kind), quantise(outputs, bits, kind=kind)
        if self.selection.adds_up:
            codes[-1] = whole[0] - codes[:-1].sum(axis=0, dtype=kind)
        return np.concatenate([whole, codes]) if self.with_mix else codes


class ClipWatch:
    """Watches blocks go by and tells whether they fit the format, and with what gain.

    Attributes
    ----------
    clips : whether a stem went beyond full scale so far. length : samples so far.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self.clips = False
        self.length = 0
        self._peak = 0.0

    def watched(self, blocks: Iterable[Rows]) -> Iterator[Rows]:
        """The blocks, each after it was looked at."""
        for rows in blocks:
            self.length += rows.shape[-1]
            self._look(rows)
            yield rows

    def _look(self, rows: Rows) -> None:
        if self._layout.encoding == "float32":
            return
        bits = self._layout.bits
        for chunk in _chunks(rows):
            peak = _peak(self._layout.samples(chunk))
            self._peak = max(self._peak, peak)
            if peak > CEILING and not self.clips:
                self.clips = not fits(self._layout.codes(chunk, 1.0), bits) if bits else peak > 1

    @property
    def gain(self) -> float:
        """The factor that all stems need; 1.0 where nothing clips."""
        return CEILING / self._peak if self.clips else 1.0


class Sink(Protocol):
    """Where the outputs of a block go; `bits` is None where they go as floats."""

    @property
    def bits(self) -> int | None: ...

    def write(self, samples: Rows, /) -> None: ...

    def write_codes(self, codes: Codes, /) -> None: ...


def encode(blocks: Iterable[Rows], sink: Sink, *, layout: Layout, gain: float) -> None:
    """Write what the layout makes of every block."""
    for rows in (chunk for block in blocks for chunk in _chunks(block)):
        if sink.bits:
            sink.write_codes(clip_codes(layout.codes(rows, gain), sink.bits))
            continue
        outputs = layout.samples(rows) * np.float32(gain)
        if layout.encoding != "float32":
            np.clip(outputs, -1, 1, out=outputs)
        sink.write(outputs)


def _peak(samples: NDArray[np.floating]) -> float:
    return float(max(samples.max(initial=0), -samples.min(initial=0)))


def _chunks(rows: Rows) -> Iterator[Rows]:
    for start in range(0, rows.shape[-1], CHUNK):
        yield rows[..., start : start + CHUNK]


class StemFiles:
    """A file for each stem, as one Sink; use it in a `with` statement.

    Parameters
    ----------
    paths : stem's name -> file. tags : of the recording. threads : so many files are encoded at the
        same time. The rest is as for AudioWriter.
    """

    def __init__(
        self,
        paths: Mapping[str, Path],
        *,
        rate: int,
        channels: int,
        encoding: Encoding | None,
        format: FileFormat,
        length: int,
        tags: Tags,
        threads: int,
    ) -> None:
        with ExitStack() as stack:
            self._writers = [
                stack.enter_context(
                    AudioWriter(
                        path,
                        rate=rate,
                        channels=channels,
                        encoding=encoding,
                        format=format,
                        length=length,
                        tags=tags_of_stem(tags, name),
                    )
                )
                for name, path in paths.items()
            ]
            self._calls = stack.enter_context(SideBySide(min(threads, len(paths))))
            self._open = stack.pop_all()
        resamples = format.rate_for(rate) != rate
        self.bits = None if resamples else self._writers[0].bits

    def write(self, samples: Rows) -> None:
        pairs = zip(self._writers, samples, strict=True)
        self._calls.each([partial(writer.write, part) for writer, part in pairs])

    def write_codes(self, codes: Codes) -> None:
        pairs = zip(self._writers, codes, strict=True)
        self._calls.each([partial(writer.write_codes, part) for writer, part in pairs])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


def tags_of_stem(tags: Tags, stem: str) -> Tags:
    """The recording's tags, with the stem's name behind the title; no title is made up.

    Examples
    --------
    >>> tags_of_stem(Tags(title="Song", artist="Ada"), "vocals").texts
    {'title': 'Song (vocals)', 'artist': 'Ada'}
    """
    if not tags.title:
        return tags
    behind = f" ({stem})"
    return replace(tags, title=tags.title[: MAX_TEXT - len(behind)] + behind)
