"""Where sources sound, from label files: CSV, Audacity's label tracks, MIREX lab files, RTTM.

Each line is an interval: start and end in seconds, then the source's name. RTTM's lines are
`SPEAKER file channel start duration <NA> <NA> name <NA> <NA>`. A header line is passed over.
"""

from __future__ import annotations

import os

import numpy as np

from partita.core.errors import HintError
from partita.core.hints import Activity
from partita.core.names import printable, stem_name
from partita.io.rows import Row, number, read_rows

MAX_INTERVALS = 200_000

Interval = tuple[float, float, str]


def read_activity(path: str | os.PathLike[str]) -> Activity:
    """The intervals in a label file.

    Raises
    ------
    InputError : the file cannot be read. HintError : file, line and what is wrong.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "labels.txt"
    >>> _ = path.write_text("0.0\\t2.5\\tLead vocals\\n4.0\\t5.0\\tguitar\\n")
    >>> read_activity(path).source
    ('lead vocals', 'guitar')
    """
    intervals: list[Interval] = []
    for row in read_rows(path):
        if row.cells[0].startswith("\\"):  # Audacity's frequency ranges
            continue
        if row.cells[0].split()[0:1] == ["SPEAKER"]:
            intervals.append(_from_rttm(row))
        elif not intervals and _is_header(row):
            continue
        else:
            intervals.append(_from_columns(row))
        if len(intervals) > MAX_INTERVALS:
            raise row.error(f"more than {MAX_INTERVALS} intervals, too many")
    if not intervals:
        raise HintError(f"{printable(path)} holds no intervals")
    start_s, end_s, source = zip(*intervals, strict=True)
    return Activity(np.array(start_s), np.array(end_s), source)


def _is_header(row: Row) -> bool:
    return all(row.number(n) is None for n in range(min(len(row.cells), 2)))


def _from_columns(row: Row) -> Interval:
    start, end = row.number(0), row.number(1)
    if start is None or end is None:
        raise row.error(f"expected start, end and name, got {row.shown(0)} and {row.shown(1)}")
    name = " ".join(row.cells[2:]).strip()
    return _checked(row, start, end, name)


def _from_rttm(row: Row) -> Interval:
    cells = " ".join(row.cells).split()
    if len(cells) < 8:
        raise row.error(f"an RTTM line has at least 8 fields, this one {len(cells)}")
    start, duration = number(cells[3]), number(cells[4])
    if start is None or duration is None:
        raise row.error("the fields 4 and 5 of an RTTM line are start and duration in seconds")
    return _checked(row, start, start + duration, cells[7])


def _checked(row: Row, start: float, end: float, name: str) -> Interval:
    if start < 0:
        raise row.error(f"the interval starts at {start:g} s, before the recording")
    if end == start:
        raise row.error(f"a label at {start:g} s without length: mark a stretch, not a point")
    if end < start:
        raise row.error(f"the interval ends at {end:g} s, before it starts at {start:g} s")
    if not name:
        raise row.error("the interval has no name: which source sounds there?")
    return start, end, stem_name(name, fallback="source")
