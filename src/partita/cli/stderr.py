"""Standard error for what Partita itself says.

mpg123, inside libsndfile, comments on every damaged mp3 through C's own stderr, and onnxruntime has
its remarks; nothing asks them not to. Only the whole command may redirect a descriptor: a library
that did it would swallow what other threads write.
"""

from __future__ import annotations

import faulthandler
import io
import os
import sys
from typing import TextIO


def keep_for_ourselves() -> None:
    """Give sys.stderr a descriptor of its own, and leave descriptor 2 pointing nowhere.

    A crash of the interpreter is still told, with the place where it happened. Where the command
    was started without standard output or error, what would go there goes nowhere.
    """
    if sys.platform == "win32":  # each C library has descriptors of its own
        return
    if sys.stderr is not None and not _is_standard(sys.stderr):  # done before, or not ours
        return
    nowhere = os.open(os.devnull, os.O_RDWR)
    while nowhere <= 2:  # it took the place of one that was closed; no file of ours may
        nowhere = os.dup(nowhere)
    own = nowhere if sys.stderr is None else os.dup(2)
    os.dup2(nowhere, 2)
    sys.stdout = sys.stdout or _text(nowhere)
    sys.stderr = _text(own)
    faulthandler.enable(sys.stderr)


def _is_standard(stream: TextIO) -> bool:
    try:
        return stream.fileno() == 2
    except (OSError, ValueError):
        return False


def _text(descriptor: int) -> io.TextIOWrapper:
    before = sys.stderr or sys.__stdout__
    return io.TextIOWrapper(
        io.FileIO(descriptor, "w"),
        encoding=before.encoding if before else "utf-8",
        errors="backslashreplace",
        line_buffering=True,
    )
