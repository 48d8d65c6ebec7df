"""Spooled stems to audio files, so that what is written adds up.

- Integer files: every stem but the last is rounded; the last is the rounded recording minus the
  integer sum of the others. The written stems add up to the recording exactly.
- Where a stem would clip, all stems get one gain, so that they still add up to the recording, at
  that gain. Float files hold any value and are never changed.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.io.formats import BITS, Encoding, FileFormat
from partita.io.pcm import clip_codes, fits, quantise
from partita.io.writer import AudioWriter
from partita.jobs.selection import Selection

CEILING = 0.999
"""Peak that the loudest stem gets where a gain is needed: just below full scale."""


class ClipWatch:
    """Watches blocks go by and tells whether they fit the format, and with what gain."""

    def __init__(self, selection: Selection, encoding: Encoding | None) -> None:
        self._selection = selection
        self._bits = BITS.get(encoding) if encoding else None
        self._unlimited = encoding == "float32"
        self.clips = False
        self._peak = 0.0

    def look(self, rows: NDArray[np.float32]) -> None:
        """Look at a block of (1 + computed, channels, time) rows."""
        if self._unlimited:
            return
        outputs = self._selection.combine(rows)
        peak = float(np.max(np.abs(outputs), initial=0.0))
        self._peak = max(self._peak, peak)
        if peak > CEILING and not self.clips:
            self.clips = not self._fits(rows, outputs)

    @property
    def gain(self) -> float:
        """The factor that all stems need; 1.0 where nothing clips."""
        return CEILING / self._peak if self.clips else 1.0

    def _fits(self, rows: NDArray[np.float32], outputs: NDArray[np.float32]) -> bool:
        if self._bits is None:
            return bool(np.max(np.abs(outputs)) <= 1)
        return fits(codes_of(rows, self._selection, self._bits, 1.0), self._bits)


def codes_of(
    rows: NDArray[np.float32], selection: Selection, bits: int, gain: float
) -> NDArray[np.int64]:
    """Integer codes (outputs, channels, time) of a block; those of a partition add up."""
    outputs = selection.combine(rows)
    codes = quantise(outputs * np.float64(gain), bits)
    if selection.adds_up:
        codes[-1] = quantise(rows[0] * np.float64(gain), bits) - codes[:-1].sum(axis=0)
    return codes


def encode(
    blocks: Iterable[NDArray[np.float32]],
    paths: list[Path],
    *,
    length: int,
    selection: Selection,
    rate: int,
    channels: int,
    format: FileFormat,
    encoding: Encoding | None,
    gain: float,
) -> None:
    """Write (1 + computed, channels, time) blocks, `length` samples in all, a file an output."""
    with ExitStack() as stack:
        writers = [
            stack.enter_context(
                AudioWriter(
                    path,
                    rate=rate,
                    channels=channels,
                    encoding=encoding,
                    format=format,
                    length=length,
                )
            )
            for path in paths
        ]
        bits = writers[0].bits if writers[0].rate == rate else None
        for rows in blocks:
            if bits:
                codes = clip_codes(codes_of(rows, selection, bits, gain), bits)
                for writer, code in zip(writers, codes, strict=True):
                    writer.write_codes(code)
            else:
                outputs = selection.combine(rows) * np.float32(gain)
                if encoding != "float32":
                    np.clip(outputs, -1, 1, out=outputs)
                for writer, output in zip(writers, outputs, strict=True):
                    writer.write(output)
