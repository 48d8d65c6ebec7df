"""The boxes of an mp4 file: four bytes of size, four letters, content; some hold boxes again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_INDEX = 1 << 28
"""Bytes of an index (moov) that are held in memory; one of an hour takes some two million."""


@dataclass(frozen=True)
class Box:
    """Where a box lies: the first byte of its header and of its content, and where it ends."""

    kind: bytes
    start: int
    content: int
    end: int


def boxes(data: bytes | bytearray, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes side by side in `data`; stops where sizes make no sense."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        header = data[start : start + 16]
        box = _box(bytes(header), start, end)
        if box is None:
            return
        yield box
        start = box.end


def find(data: bytes | bytearray, *path: bytes) -> Box | None:
    """The first box at a path of kinds, or None."""
    start, end, found = 0, len(data), None
    for kind in path:
        found = next((box for box in boxes(data, start, end) if box.kind == kind), None)
        if found is None:
            return None
        start, end = found.content, found.end
    return found


def read_index(path: Path) -> bytes:
    """The moov box of a file, header and all; empty where there is none or it is absurdly large."""
    with path.open("rb") as file:
        box = _find_in_file(file, b"moov")
        if box is None or box.end - box.start > MAX_INDEX:
            return b""
        file.seek(box.start)
        return file.read(box.end - box.start)


def pack(kind: bytes, content: bytes) -> bytes:
    """A box."""
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def add_user_data(path: Path, kind: bytes, content: bytes) -> None:
    """Put a box into moov/udta of a file whose moov comes last, so that nothing else moves.

    Raises
    ------
    OSError : the file has no moov, or something follows it.
    """
    with path.open("r+b") as file:
        box = _find_in_file(file, b"moov")
        if box is None or box.end != file.seek(0, os.SEEK_END) or box.content - box.start != 8:
            raise OSError("its index is not at its end")
        file.seek(box.start)
        index = bytearray(file.read())
        added = pack(kind, content)
        udta = find(index, b"moov", b"udta")
        if udta is None:
            index += pack(b"udta", added)
        else:
            index[udta.end : udta.end] = added
            _resize(index, udta.start, len(added))
        index[:4] = len(index).to_bytes(4, "big")
        file.seek(box.start)
        file.write(index)


def _find_in_file(file: BinaryIO, kind: bytes) -> Box | None:
    end = file.seek(0, os.SEEK_END)
    start = 0
    while start + 8 <= end:
        file.seek(start)
        box = _box(file.read(16), start, end)
        if box is None or box.kind == kind:
            return box
        start = box.end
    return None


def _box(header: bytes, start: int, end: int) -> Box | None:
    size, kind, content = int.from_bytes(header[:4], "big"), header[4:8], 8
    if size == 1 and len(header) == 16:
        size, content = int.from_bytes(header[8:], "big"), 16
    elif size == 0:  # up to the end
        size = end - start
    if size < content or start + size > end:
        return None
    return Box(kind, start, start + content, start + size)


def _resize(data: bytearray, start: int, more: int) -> None:
    size = int.from_bytes(data[start : start + 4], "big") + more
    data[start : start + 4] = size.to_bytes(4, "big")
