"""RIFF files (wav): whether what they say about themselves is of a size that can be read.

FFmpeg clears as much memory as a text in a LIST chunk claims to need, up to 2 GB, whether the text
is there or not: a file of a kilobyte could take all of it.
"""

from __future__ import annotations

from typing import BinaryIO, Literal

MAX_TEXT = 1 << 20
MAX_CHUNKS = 10_000
_UNKNOWN = 0xFFFFFFFF


def texts_fit(file: BinaryIO) -> bool:
    """Whether no text of a wav claims more than MAX_TEXT bytes; any other file fits.

    Examples
    --------
    >>> import io
    >>> head = b"RIFF" + bytes(4) + b"WAVE" + b"LIST" + bytes([16, 0, 0, 0]) + b"INFO"
    >>> texts_fit(io.BytesIO(head + b"ICMT" + (4).to_bytes(4, "little") + b"abcd"))
    True
    >>> texts_fit(io.BytesIO(head + b"ICMT" + (1 << 30).to_bytes(4, "little") + b"abcd"))
    False
    """
    head = file.read(12)
    if head[:4] not in (b"RIFF", b"RIFX", b"RF64", b"BW64") or head[8:] != b"WAVE":
        return True
    order: Literal["little", "big"] = "big" if head[:4] == b"RIFX" else "little"
    place, large = 12, 0
    for _ in range(MAX_CHUNKS):
        file.seek(place)
        header = file.read(8)
        if len(header) < 8:
            return True
        kind, size = header[:4], int.from_bytes(header[4:], order)
        if kind == b"ds64":
            large = int.from_bytes(file.read(16)[8:], "little")
        elif kind == b"data" and head[:4] in (b"RF64", b"BW64"):
            size = large
        elif kind == b"data" and size in (0, _UNKNOWN):  # up to the end
            return True
        elif kind == b"LIST" and not _list_fits(file, place + 8 + size):
            return False
        place += 8 + size
        place += place & 1
    return False


def _list_fits(file: BinaryIO, end: int) -> bool:
    if file.read(4) != b"INFO":
        return True
    for _ in range(MAX_CHUNKS):
        place = file.tell()
        header = file.read(8)
        if len(header) < 8 or place + 8 > end:
            return True
        size = int.from_bytes(header[4:], "little")
        if size > MAX_TEXT:
            return False
        file.seek(place + 8 + size + (size & 1))
    return False
