"""Clips that sound like one source."""

from __future__ import annotations

import os
import warnings

from partita.core.errors import HintError, PartitaWarning
from partita.core.hints import Example
from partita.core.names import printable, stem_name
from partita.io.audio import load

MAX_S = 600.0
"""What is read of a clip: ten minutes teach what a source sounds like."""


def read_example(source: str, path: str | os.PathLike[str]) -> Example:
    """A clip as an example of a source.

    Parameters
    ----------
    source : whose sound it is; a stem may be named after it.
    path : an audio file; of a long one the first ten minutes.

    Raises
    ------
    InputError : the file cannot be read. HintError : no source, or the clip is silent.
    """
    if not source.strip():
        raise HintError(f"the example {printable(path)} needs the name of its source")
    clip = load(path, duration_s=MAX_S)
    if clip.duration_s >= MAX_S:
        warnings.warn(
            f"{printable(path)}: only the first {MAX_S:.0f} s of the example are used",
            PartitaWarning,
            stacklevel=2,
        )
    if not clip.samples.any():
        raise HintError(f"{printable(path)}: the example of {source} is silent")
    return Example(stem_name(source), clip)
