"""Separated segments on disk, raw, so that a killed run goes on where it was.

`segments.f32` holds the samples, one segment after the other; `index.jsonl` names what it is work
for (the key) and then, a line a segment, its shape and checksum. A segment's line is written after
its samples: whatever a kill leaves behind, whole lines stand for whole segments.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OutputError
from partita.core.names import printable

SEGMENTS, INDEX = "segments.f32", "index.jsonl"

Rows = NDArray[np.float32]
Shape = tuple[int, ...]


class Spool:
    """Segments (rows, channels, time), appended and read back; use it in a `with` statement.

    Parameters
    ----------
    folder : where the two files lie; what they hold for another key is discarded.
    key : what the work is (see `work_key`).
    one : whether one segment is expected to be all. It then stays in memory, and goes to the disk
        only if another comes or the work is stopped.

    Raises
    ------
    OutputError : the files cannot be written.
    """

    def __init__(self, folder: Path, key: str, *, one: bool = False) -> None:
        self.folder = folder
        self._shapes: list[Shape] = []
        self._one = one
        self._held: Rows | None = None
        try:
            self._recover(key)
            self._samples = (folder / SEGMENTS).open("ab")
            self._index = (folder / INDEX).open("a", encoding="utf-8")
            if not self._index.tell():
                self._write_line({"key": key})
        except OSError as error:
            raise self._unwritable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            with suppress(OutputError):
                self._release()
        for file in (self._samples, self._index):
            with suppress(OSError):  # what was not written is not named in the index
                file.close()

    def __len__(self) -> int:
        """How many segments there are."""
        return len(self._shapes)

    @property
    def size(self) -> int:
        """Bytes of samples."""
        return sum(_bytes(shape) for shape in self._shapes)

    def append(self, rows: Rows) -> None:
        """Add a segment; once this returns, a kill cannot take it away (but the only one)."""
        if self._one and not self._shapes:
            self._held = rows
        else:
            self._release()
            self._write(rows)
        self._shapes.append(rows.shape)

    def read(self, number: int) -> Rows:
        """The segment of that number, from 0."""
        if self._held is not None:
            return self._held
        offset = sum(_bytes(shape) for shape in self._shapes[:number])
        shape = self._shapes[number]
        return _read(self.folder / SEGMENTS, offset, shape)

    def __iter__(self) -> Iterator[Rows]:
        for number in range(len(self)):
            yield self.read(number)

    def _release(self) -> None:
        """Write the segment that was held in memory."""
        if self._held is not None:
            held, self._held = self._held, None
            self._write(held)

    def _write(self, rows: Rows) -> None:
        data = np.ascontiguousarray(rows, dtype=np.float32).data.cast("B")
        try:
            self._samples.write(data)
            self._samples.flush()
            self._write_line({"shape": rows.shape, "crc32": zlib.crc32(data)})
        except OSError as error:
            raise self._unwritable(error) from error

    def _recover(self, key: str) -> None:
        """Find the whole segments of an earlier run and cut off what lies behind them."""
        kept = 0
        index = self.folder / INDEX
        with suppress(FileNotFoundError), index.open("rb") as lines:
            for number, line in enumerate(lines):
                if not (self._is_header(line, key) if number == 0 else self._is_segment(line)):
                    break
                kept += len(line)
        for path, size in ((index, kept), (self.folder / SEGMENTS, self.size)):
            if path.exists():
                os.truncate(path, size)

    @staticmethod
    def _is_header(line: bytes, key: str) -> bool:
        return line == (json.dumps({"key": key}) + "\n").encode()

    def _is_segment(self, line: bytes) -> bool:
        """Take up the segment that a line names, if it is whole and its samples are there."""
        try:
            named = json.loads(line)
            shape = tuple(map(int, named["shape"]))
            rows = _read(self.folder / SEGMENTS, self.size, shape)
        except (ValueError, KeyError, TypeError, OSError):
            return False
        if not line.endswith(b"\n") or zlib.crc32(rows.data.cast("B")) != named["crc32"]:
            return False
        self._shapes.append(shape)
        return True

    def _write_line(self, content: object) -> None:
        self._index.write(json.dumps(content) + "\n")
        self._index.flush()

    def _unwritable(self, error: OSError) -> OutputError:
        reason = error.strerror or "the disk is full"
        return OutputError(f"cannot write to {printable(self.folder.parent)}: {reason}")


def holds_segments(folder: Path) -> bool:
    """Whether a spool in the folder has anything that is worth keeping."""
    try:
        with (folder / INDEX).open("rb") as lines:
            return sum(line.endswith(b"\n") for line in lines) > 1
    except OSError:
        return False


def _bytes(shape: Shape) -> int:
    return 4 * int(np.prod(shape))


def _read(path: Path, offset: int, shape: Shape) -> Rows:
    return np.fromfile(path, np.float32, int(np.prod(shape)), offset=offset).reshape(shape)
