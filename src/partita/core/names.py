"""Names as they are shown: one line, whatever the file system holds."""

from __future__ import annotations

import os


def printable(name: str | os.PathLike[str]) -> str:
    """The name with control characters and undecodable bytes written as escapes.

    Examples
    --------
    >>> printable("two" + chr(10) + "lines.wav")
    'two\\\\nlines.wav'
    >>> printable("Ψαλμός.flac")
    'Ψαλμός.flac'
    """
    text = os.fspath(name)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
