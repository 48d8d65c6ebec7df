"""Names: as they are shown, and as stems and files may bear them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence


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


def stem_name(text: str, *, fallback: str = "part") -> str:
    """A name fit for a stem and its file, from whatever a file calls it.

    Lower case; letters, digits and ._+&'()- stay, everything else becomes one space; no dot at
    either end; at most 60 characters. `fallback` where nothing is left.

    Examples
    --------
    >>> stem_name("Violin I/II"), stem_name("../../Élan, solo"), stem_name("//")
    ('violin i ii', 'élan solo', 'part')
    """
    plain = unicodedata.normalize("NFC", text[:1000]).lower()
    kept = "".join(c if c.isalnum() or c in "._+&'()-" else " " for c in plain)
    return " ".join(kept.split())[:60].strip(" .") or fallback


def distinct(names: Sequence[str]) -> list[str]:
    """The names, with " (2)", " (3)" … behind those that came before.

    Examples
    --------
    >>> distinct(["a", "b", "a", "a"])
    ['a', 'b', 'a (2)', 'a (3)']
    """
    taken: set[str] = set()
    out = []
    for first in names:
        name, number = first, 1
        while name.casefold() in taken:
            number += 1
            name = f"{first} ({number})"
        taken.add(name.casefold())
        out.append(name)
    return out
