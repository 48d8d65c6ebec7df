"""Pitch tracks from text files, as common trackers write them.

| written by | columns | unvoiced |
| --- | --- | --- |
| Tony, mir_eval, MIREX | time, f0 | 0 or negative |
| Sonic Annotator with pYIN | (file,) time, f0 | negative, or left out |
| CREPE and its kin | time, frequency, confidence (with a header) | low confidence |
| datasets of several voices | time, one column a voice (with a header) | 0, blank, NaN |

Times are seconds, unless the header says ms; frequencies are Hz. Three or more columns need a
header, which names the voices. How a file delimits its columns: see `partita.io.rows`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partita.core.errors import HintError
from partita.core.hints import Pitch
from partita.core.names import distinct, printable, stem_name
from partita.io.rows import Row, read_rows

MAX_TRACKS = 64
CONFIDENCE_THRESHOLD = 0.5
"""The threshold that CREPE's own examples use to tell voiced from unvoiced frames."""
_UNVOICED = frozenset({"", "nan", "na", "none", "-", "--"})
_TIME = re.compile(r"(t|time|times|timestamps?|seconds?|secs?|ms|milliseconds?)\b.*")
_MILLISECONDS = re.compile(r"\b(ms|msecs?|milliseconds?|millis)\b")
_CONFIDENCE = re.compile(r"(confidence|conf|probability|prob|periodicity|voicing|voiced)\b.*")
_F0 = re.compile(r"(f0|frequency|frequencies|freq|pitch|hz|hertz|value)\b.*")


def read_pitch(
    path: str | os.PathLike[str],
    *,
    name: str = "vocals",
    threshold: float = CONFIDENCE_THRESHOLD,
) -> Pitch:
    """The pitch tracks in a text file.

    Parameters
    ----------
    path : see the table above.
    name : of the source that a single track without a name of its own follows.
    threshold : where the file has a confidence, frames below it are unvoiced.

    Raises
    ------
    InputError : the file cannot be read. HintError : file, line and what is wrong.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "f0.csv"
    >>> _ = path.write_text("time,frequency,confidence\\n0.00,440,0.9\\n0.01,441,0.1\\n")
    >>> read_pitch(path).f0_hz["vocals"]
    array([440.,   0.])
    """
    rows = _without_file_names(list(read_rows(path)))
    if not rows:
        raise HintError(f"{printable(path)} holds no pitch values")
    layout = _layout(rows[0], name)
    if layout.header:
        rows = rows[1:]
    time_s = np.array(_times(rows, layout.time_scale))
    tracks = {
        voice: np.array([_f0(row, column, layout.columns) for row in rows])
        for voice, column in layout.voices.items()
    }
    if layout.confidence is not None:
        sure = np.array([_confidence(row, layout.confidence) for row in rows]) >= threshold
        tracks = {voice: np.where(sure, f0, 0) for voice, f0 in tracks.items()}
    if not rows:
        raise HintError(f"{printable(path)} holds a header, but no pitch values")
    return Pitch(time_s, tracks)


@dataclass(frozen=True)
class _Layout:
    header: bool
    columns: int
    voices: dict[str, int]
    confidence: int | None = None
    time_scale: float = 1.0


def _layout(first: Row, name: str) -> _Layout:
    """What the columns mean."""
    columns = len(first.cells)
    if columns < 2:
        raise first.error("a pitch track needs a time and a frequency in each line")
    if columns > MAX_TRACKS + 2:
        raise first.error(f"{columns} columns; at most {MAX_TRACKS} voices can be followed")
    if first.number(0) is not None:
        if columns > 2:
            raise first.error(
                f"{columns} columns without a header; name them in a first line, as in "
                "time,soprano,alto or time,frequency,confidence"
            )
        return _Layout(False, 2, {name: 1})
    titles = [_words(cell) for cell in first.cells]
    if any(first.number(n) is not None for n in range(columns)) or not _TIME.fullmatch(titles[0]):
        raise first.error(
            f"the first column must be the time, got {first.shown(0)}; "
            "begin with a number of seconds, or with a header whose first name is time"
        )
    confidence = [n for n in range(1, columns) if _CONFIDENCE.fullmatch(titles[n])]
    voices = [n for n in range(1, columns) if n not in confidence]
    if not voices or (confidence and (len(voices) > 1 or len(confidence) > 1)):
        raise first.error(
            "a confidence belongs to one pitch: expected time,frequency,confidence "
            f"or time and a column for each voice, got {columns} columns"
        )
    scale = 1e-3 if _MILLISECONDS.search(titles[0]) else 1.0
    names = _voice_names([titles[n] for n in voices], name)
    return _Layout(
        True, columns, dict(zip(names, voices, strict=True)), next(iter(confidence), None), scale
    )


def _words(title: str) -> str:
    """A title in lower case, with blanks for what is no letter or digit."""
    return " ".join(re.sub(r"[\W_]+", " ", title.lower()).split())


def _voice_names(titles: Sequence[str], name: str) -> list[str]:
    """Names of the voices: their titles, but `name` for one that is only called a pitch."""
    if len(titles) == 1 and (not titles[0] or _F0.fullmatch(titles[0])):
        return [name]
    return distinct([stem_name(title, fallback="voice") for title in titles])


def _without_file_names(rows: list[Row]) -> list[Row]:
    """Rows without Sonic Annotator's first column: the audio file's name, then blanks."""
    if not rows:
        return rows
    first = rows[0]
    named = len(first.cells) > 2 and first.number(0) is None and first.number(1) is not None
    if not named:
        return rows
    for row in rows:
        if row.number(0) is not None:
            raise row.error("some lines begin with a file name, this one with a number")
    return [Row(row.path, row.line, row.cells[1:], row.decimal_comma) for row in rows]


def _times(rows: Sequence[Row], scale: float) -> list[float]:
    times: list[float] = []
    for row in rows:
        time = row.number(0)
        if time is None:
            raise row.error(f"expected a time, got {row.shown(0)}")
        if time < 0:
            raise row.error(f"the time {row.shown(0)} is negative")
        if times and time * scale <= times[-1]:
            raise row.error(f"times must increase, and {row.shown(0)} comes after a later one")
        times.append(time * scale)
    return times


def _f0(row: Row, column: int, columns: int) -> float:
    """Hz, 0 where unvoiced."""
    if len(row.cells) > columns:
        raise row.error(f"{len(row.cells)} columns where the lines before have {columns}")
    if column >= len(row.cells) or row.cells[column].lower() in _UNVOICED:
        return 0.0
    f0 = row.number(column)
    if f0 is None:
        raise row.error(f"expected a frequency in Hz, got {row.shown(column)}")
    return max(f0, 0.0)


def _confidence(row: Row, column: int) -> float:
    """0 … 1; a yes or no counts as well."""
    cell = row.cells[column].lower() if column < len(row.cells) else ""
    if cell in ("true", "false"):
        return float(cell == "true")
    if cell in _UNVOICED:
        return 0.0
    confidence = row.number(column)
    if confidence is None or not 0 <= confidence <= 1:
        raise row.error(f"expected a confidence from 0 to 1, got {row.shown(column)}")
    return confidence
