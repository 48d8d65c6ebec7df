"""Side information is small: files read whole, up to a limit, as bytes or as lines of text."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from partita.core.errors import HintError, InputError
from partita.core.names import printable

MAX_TEXT_BYTES = 32 << 20
"""Hours of a pitch track with a value every 10 ms; whatever is larger is no hint."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_bytes(path: str | os.PathLike[str], *, limit: int) -> bytes:
    """The content of a file of at most `limit` bytes.

    Raises
    ------
    InputError : missing, not a file, or unreadable. HintError : larger than the limit, or empty.
    """
    path = Path(path)
    shown = printable(path)
    try:
        if not path.exists():
            raise InputError(f"{shown} does not exist")
        if not path.is_file():
            raise InputError(f"{shown} is not a file")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise InputError(f"{shown} cannot be read: {getattr(error, 'strerror', error)}") from error
    if not content:
        raise HintError(f"{shown} is empty")
    if len(content) > limit:
        raise HintError(f"{shown} is larger than {limit >> 20} MiB, too large for a hint")
    return content


def read_lines(path: str | os.PathLike[str], *, limit: int = MAX_TEXT_BYTES) -> list[str]:
    """The lines of a text file, without their ends; line n of the file is element n - 1.

    UTF-8, or UTF-16 with its byte-order mark (what spreadsheets save as "Unicode text").

    Raises
    ------
    InputError, HintError : see `read_bytes`; or the file is not text, with the line.
    """
    content = read_bytes(path, limit=limit)
    mark, encoding = next((m for m in _MARKS if content.startswith(m[0])), (b"", "utf-8"))
    content = content.removeprefix(mark)
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = 1 + content[: error.start].count(b"\n")
        raise HintError(f"{at_line(path, line)}: not UTF-8 text; save the file as UTF-8") from error
    if "\0" in text:
        line = 1 + text[: text.index("\0")].count("\n")
        raise HintError(f"{at_line(path, line)}: not text (a zero byte)")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def at_line(path: str | os.PathLike[str], line: int) -> str:
    """Where in a file, for a message.

    Examples
    --------
    >>> at_line("a.csv", 3)
    'a.csv, line 3'
    """
    return f"{printable(path)}, line {line}"
