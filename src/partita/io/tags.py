"""Title, artist, cover and the like: read from any file, carried into what is written.

What a file says is not trusted: text is one line of limited length, a cover must begin as a JPEG
or a PNG does and is limited too. Nothing here decodes or encodes sound again.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from partita.io import ffmpeg
from partita.io.mp4_boxes import add_user_data, pack

MAX_TEXT = 1000
"""Characters of a text that are kept."""
MAX_COVER = 8 << 20
"""Bytes; a larger cover is left out."""

_FLAC_HEAD = 42
"""Bytes of "fLaC" and STREAMINFO; libsndfile always writes another block after it."""
_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Tags:
    """What a file says about itself; "" and b"" where it says nothing.

    Attributes
    ----------
    title, artist, album, date, genre, comment : one line of text each, at most MAX_TEXT characters.
    track : "3" or "3/12".
    cover : a JPEG or PNG file, at most MAX_COVER bytes.

    Values that do not fit are made to: control characters become spaces, long text is cut, and a
    track that is no number or a cover that is no picture is dropped.
    """

    title: str = ""
    artist: str = ""
    album: str = ""
    date: str = ""
    track: str = ""
    genre: str = ""
    comment: str = ""
    cover: bytes = b""

    def __post_init__(self) -> None:
        for name in TEXTS:
            object.__setattr__(self, name, _one_line(getattr(self, name)))
        if not re.fullmatch(r"[0-9]{1,4}(/[0-9]{1,4})?", self.track):
            object.__setattr__(self, "track", "")
        if not self.cover.startswith((_JPEG, _PNG)) or len(self.cover) > MAX_COVER:
            object.__setattr__(self, "cover", b"")

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def texts(self) -> dict[str, str]:
        """The texts that are not empty, by name."""
        return {name: getattr(self, name) for name in TEXTS if getattr(self, name)}


TEXTS = tuple(field.name for field in fields(Tags) if field.name != "cover")


def read_tags(path: str | os.PathLike[str]) -> Tags:
    """What a file says about itself; empty where it says nothing or cannot be read.

    Examples
    --------
    >>> read_tags("missing.mp3")
    Tags(title='', artist='', album='', date='', track='', genre='', comment='', cover=b'')
    """
    found, cover = ffmpeg.metadata(Path(path), max_picture=MAX_COVER)
    texts = {name: found.get(name, "") for name in TEXTS}
    return Tags(**texts, cover=cover)


def add_tags(path: Path, container: str, tags: Tags) -> None:
    """Put tags into a finished file: those that libsndfile does not write.

    Parameters
    ----------
    path : a file as AudioWriter leaves it.
    container : its container. mp4 gets everything, MP3 everything, FLAC the cover.

    Raises
    ------
    OSError : the file cannot be written.
    """
    if container == "mp4" and tags:
        add_user_data(path, b"meta", _mp4_meta(tags))
    elif container == "MP3" and tags:
        _insert(path, _id3(tags), at=0)
    elif container == "FLAC" and tags.cover:
        _insert(path, _flac_picture(tags.cover), at=_FLAC_HEAD)


def _one_line(text: str) -> str:
    line = "".join(c if c.isprintable() else " " for c in text[: 2 * MAX_TEXT])
    return " ".join(line.split())[:MAX_TEXT].strip()


def _mime(cover: bytes) -> bytes:
    return b"image/png" if cover.startswith(_PNG) else b"image/jpeg"


def _insert(path: Path, block: bytes, *, at: int) -> None:
    """Put bytes into a file, whole or not at all."""
    partial = path.with_name(f"{path.name}.tags")
    try:
        with path.open("rb") as source, partial.open("wb") as target:
            target.write(source.read(at))
            target.write(block)
            shutil.copyfileobj(source, target, 1 << 20)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


_ID3_FRAMES: Mapping[str, bytes] = {
    "title": b"TIT2",
    "artist": b"TPE1",
    "album": b"TALB",
    "date": b"TDRC",
    "track": b"TRCK",
    "genre": b"TCON",
}


def _id3(tags: Tags) -> bytes:
    """ID3 2.4, text in UTF-8."""
    utf8 = b"\x03"
    frames = [(_ID3_FRAMES[n], utf8 + t.encode()) for n, t in tags.texts.items() if n != "comment"]
    if tags.comment:
        frames.append((b"COMM", utf8 + b"und\0" + tags.comment.encode()))
    if tags.cover:
        frames.append((b"APIC", utf8 + _mime(tags.cover) + b"\0\x03\0" + tags.cover))
    body = b"".join(kind + _syncsafe(len(data)) + b"\0\0" + data for kind, data in frames)
    return b"ID3\x04\0\0" + _syncsafe(len(body)) + body


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _flac_picture(cover: bytes) -> bytes:
    mime = _mime(cover)
    front, unknown = (3).to_bytes(4, "big"), bytes(16)
    body = front + _counted(mime) + _counted(b"") + unknown + _counted(cover)
    return b"\x06" + len(body).to_bytes(3, "big") + body


def _counted(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


_MP4_ITEMS: Mapping[str, bytes] = {
    "title": b"\xa9nam",
    "artist": b"\xa9ART",
    "album": b"\xa9alb",
    "date": b"\xa9day",
    "genre": b"\xa9gen",
    "comment": b"\xa9cmt",
}


def _mp4_meta(tags: Tags) -> bytes:
    """The content of moov/udta/meta, as iTunes writes it."""
    items = [_mp4_item(_MP4_ITEMS[n], 1, t.encode()) for n, t in tags.texts.items() if n != "track"]
    if tags.track:
        number, _, total = tags.track.partition("/")
        pair = int(number).to_bytes(2, "big") + int(total or 0).to_bytes(2, "big")
        items.append(_mp4_item(b"trkn", 0, b"\0\0" + pair + b"\0\0"))
    if tags.cover:
        items.append(_mp4_item(b"covr", 14 if tags.cover.startswith(_PNG) else 13, tags.cover))
    handler = pack(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    return bytes(4) + handler + pack(b"ilst", b"".join(items))


def _mp4_item(kind: bytes, type: int, value: bytes) -> bytes:
    return pack(kind, pack(b"data", type.to_bytes(4, "big") + bytes(4) + value))
