"""Lyrics with times: LRC, with word times or without, and JSON.

LRC has a line for each line of the song, `[01:02.50] take it apart`, with several times where the
line comes back, and in its enhanced form a time before each word, `<01:02.50> take <01:02.90> it`.
An entry lasts until the next begins; a line without text ends the one before it. `[offset:500]`
brings everything forward by 500 ms.

JSON is a list of entries, or an object that holds one under "segments", "lines" or "words"; an
entry has a start, an end and a text, all of them under their usual names (`start`, `start_s`,
`end`, `end_s`, `text`, `word`). Where entries have words with times, the words are taken.
"""

from __future__ import annotations

import json
import math
import os
import re
from typing import Any

import numpy as np

from partita.core.errors import HintError
from partita.core.hints import Lyrics
from partita.core.names import printable
from partita.io.small_files import at_line, read_lines

MAX_ENTRIES = 200_000
MAX_TEXT = 1000
"""Characters of an entry that are kept."""
LAST_S = 5.0
"""An LRC file does not say when its last line ends: so long after it begins."""
_STAMP = re.compile(r"\[\s*(\d{1,4}):(\d{1,2}(?:[.:]\d{1,3})?)\s*\]", re.ASCII)
_WORD = re.compile(r"<\s*(\d{1,4}):(\d{1,2}(?:[.:]\d{1,3})?)\s*>", re.ASCII)
_TAG = re.compile(r"\[\s*([a-zA-Z#_]+)\s*:(.*)\]\s*")

Entry = tuple[float, str]
"""When it begins, and its text; "" ends what comes before."""


def read_lyrics(path: str | os.PathLike[str]) -> Lyrics:
    """The lines or words of a song, with their times.

    Raises
    ------
    InputError : the file cannot be read. HintError : file, line and what is wrong; also for text
        without any times.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "song.lrc"
    >>> _ = path.write_text("[ti:Partita]\\n[00:01.00]take it\\n[00:02.50]apart\\n[00:04.00]\\n")
    >>> lyrics = read_lyrics(path)
    >>> lyrics.text, lyrics.start_s, lyrics.end_s
    (('take it', 'apart'), array([1. , 2.5]), array([2.5, 4. ]))
    """
    lines = read_lines(path)
    first = next((line for line in lines if line.strip()), "")
    if first.lstrip().startswith("{") or (first.lstrip().startswith("[") and _is_json(first)):
        return _from_json("\n".join(lines), path)
    return _from_lrc(lines, path)


def _is_json(line: str) -> bool:
    return not _STAMP.match(line.strip()) and not _TAG.match(line.strip())


def _from_lrc(lines: list[str], path: str | os.PathLike[str]) -> Lyrics:
    entries: list[Entry] = []
    offset_s = 0.0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        tag = _TAG.fullmatch(text)
        if tag and not _STAMP.match(text):
            if tag[1].lower() == "offset":
                offset_s = _offset(tag[2].strip(), at_line(path, number))
        elif text and _STAMP.match(text):
            entries.extend(_entries(text, at_line(path, number)))
            if len(entries) > MAX_ENTRIES:
                raise HintError(f"{at_line(path, number)}: more than {MAX_ENTRIES} entries")
        elif text:
            raise HintError(
                f"{at_line(path, number)}: expected a time such as [01:02.50] before the text; "
                "lyrics without times cannot guide a separation"
            )
    return _joined(sorted(entries, key=lambda e: e[0]), offset_s, path)


def _offset(text: str, where: str) -> float:
    """Seconds by which the lyrics come sooner."""
    if not re.fullmatch(r"[+-]?[0-9]{1,8}", text):
        raise HintError(f"{where}: the offset is a whole number of milliseconds, got {text[:40]!r}")
    return int(text) / 1000


def _entries(text: str, where: str) -> list[Entry]:
    """What one line holds, for each of its times."""
    starts, rest = [], text
    while stamp := _STAMP.match(rest):
        starts.append(_seconds(stamp, where))
        rest = rest[stamp.end() :].lstrip()
    words = list(_WORD.finditer(rest))
    if not words:
        return [(start, _one_line(rest)) for start in starts]
    ends = [*(word.start() for word in words[1:]), len(rest)]
    timed = [
        (_seconds(word, where), _one_line(rest[word.end() : end]))
        for word, end in zip(words, ends, strict=True)
    ]
    before = _one_line(rest[: words[0].start()])
    if before:
        timed.insert(0, (starts[0], before))
    shifts = [start - starts[0] for start in starts]  # a line that comes back, words and all
    return [(at + shift, word) for shift in shifts for at, word in timed]


def _seconds(stamp: re.Match[str], where: str) -> float:
    minutes, seconds = int(stamp[1]), float(stamp[2].replace(":", "."))
    if seconds >= 60:
        raise HintError(f"{where}: {stamp[0]} has more than 59 seconds in a minute")
    return 60.0 * minutes + seconds


def _joined(entries: list[Entry], offset_s: float, path: str | os.PathLike[str]) -> Lyrics:
    """Each entry lasts until a later one begins."""
    rows: list[tuple[float, float, str]] = []
    later = now = math.inf
    for start, text in reversed(entries):
        if start < now:
            later, now = now, start
        if text:
            rows.append((start, later if later < math.inf else start + LAST_S, text))
    rows.reverse()
    shifted = [(max(a - offset_s, 0.0), b - offset_s, text) for a, b, text in rows]
    kept = [row for row in shifted if row[1] > row[0]]
    if not kept:
        raise HintError(f"{printable(path)} holds no text with times")
    start_s, end_s, texts = zip(*kept, strict=True)
    return Lyrics(np.array(start_s), np.array(end_s), texts)


def _from_json(text: str, path: str | os.PathLike[str]) -> Lyrics:
    try:
        content = json.loads(text)
    except json.JSONDecodeError as error:
        raise HintError(f"{at_line(path, error.lineno)}: not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise HintError(f"{printable(path)} is not JSON that can be read: {error}") from error
    entries = _json_entries(content, path)
    words = [word for entry in entries for word in _words_of(entry)]
    rows = [_json_row(e, n, path) for n, e in enumerate(words or entries, 1)]
    if not rows:
        raise HintError(f"{printable(path)} holds no lyrics")
    start_s, end_s, texts = zip(*rows, strict=True)
    return Lyrics(np.array(start_s), np.array(end_s), texts)


def _words_of(entry: dict[str, Any]) -> list[dict[str, Any]]:
    words = entry.get("words")
    return [w for w in words if isinstance(w, dict)] if isinstance(words, list) else []


def _json_entries(content: Any, path: str | os.PathLike[str]) -> list[dict[str, Any]]:
    if isinstance(content, dict):
        content = next((content[k] for k in ("segments", "lines", "words") if k in content), None)
    if not isinstance(content, list) or not all(isinstance(e, dict) for e in content):
        raise HintError(
            f"{printable(path)}: expected a list of entries with start, end and text, or an "
            'object with such a list under "segments", "lines" or "words"'
        )
    if len(content) > MAX_ENTRIES:
        raise HintError(f"{printable(path)}: more than {MAX_ENTRIES} entries, too many")
    return content


def _json_row(
    entry: dict[str, Any], number: int, path: str | os.PathLike[str]
) -> tuple[float, float, str]:
    where = f"{printable(path)}, entry {number}"
    start, end = (_json_time(entry, key, where) for key in ("start", "end"))
    text = next((entry[k] for k in ("text", "word", "line") if k in entry), None)
    if not isinstance(text, str) or not _one_line(text):
        raise HintError(f"{where}: expected a text")
    if start < 0 or end <= start:
        raise HintError(f"{where}: from {start:g} to {end:g} s is no stretch of the song")
    return start, end, _one_line(text)


def _json_time(entry: dict[str, Any], key: str, where: str) -> float:
    value = entry.get(key, entry.get(f"{key}_s"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e9:
        raise HintError(f"{where}: {key} must be a number of seconds, got {str(value)[:40]!r}")
    return float(value)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:MAX_TEXT]).split())
