"""Whether what a recording needs on the disk will fit, asked before any work."""

from __future__ import annotations

import shutil
from pathlib import Path

from partita.core.errors import OutputError
from partita.core.names import printable
from partita.io.audio import AudioFile
from partita.jobs.request import Request
from partita.jobs.selection import Selection
from partita.jobs.streaming import segment_and_overlap

LOSSY_BYTES_PER_S = 40_000
"""320 kb/s: the most that a lossy file takes."""
SAMPLES_PER_BYTE = 5000
"""No format packs more into a byte, silence neither: a length that a file claims is cut to that."""


def bytes_needed(file: AudioFile, request: Request, selection: Selection) -> tuple[int, int]:
    """Bytes of the spool and of the results; an estimate from above, 0 where the length is unknown.

    flac is counted as the wav of its bits.
    """
    if not file.declared_length:
        return 0, 0
    samples = min(file.declared_length, SAMPLES_PER_BYTE * file.path.stat().st_size)
    length, overlap = segment_and_overlap(request.engine, file.rate, request.overlap)
    spooled = samples * (1 + overlap / (length - overlap)) if length else samples
    spool = int(spooled) * file.channels * (1 + len(selection.computed)) * 4
    encoding = request.encoding_for(file)
    if encoding:
        width = {"int16": 2, "int24": 3, "float32": 4}[encoding]
        result = samples * file.channels * width
    else:
        result = int(samples / file.rate * LOSSY_BYTES_PER_S)
    return spool, result * (len(selection.outputs) + request.one_file)


def check_disk_space(
    file: AudioFile, request: Request, selection: Selection, *, spooled: int, folder: Path
) -> None:
    """Refuse work whose results will not fit.

    Parameters
    ----------
    spooled : bytes that the spool has already.

    Raises
    ------
    OutputError : naming what is needed and what is free.
    """
    spool, results = bytes_needed(file, request, selection)
    needed = max(spool - spooled, 0) + results
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise OutputError(
            f"{printable(file.path)} needs {_size(needed)} in {printable(request.folder)} "
            f"({_size(results)} of them for results), but only {_size(free)} are free"
        )


def _size(count: int) -> str:
    """Bytes as people read them.

    Examples
    --------
    >>> _size(1_300_000_000), _size(20_000)
    ('1.3 GB', '0.1 MB')
    """
    if count >= 1e9:
        return f"{count / 1e9:.1f} GB"
    return f"{max(count / 1e6, 0.1):.1f} MB"
