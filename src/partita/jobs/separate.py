"""`partita.separate`: one call from a recording to its stems in memory."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.core.separator import Reader, Separator
from partita.engines.registry import DEFAULT, create
from partita.io.audio import open_audio
from partita.jobs.selection import select
from partita.jobs.shifts import check_shifts
from partita.jobs.streaming import AudioReader, Progress, check_hints, stream


def separate(
    recording: str | os.PathLike[str] | Audio,
    *,
    engine: str | Separator = DEFAULT,
    stems: Sequence[str] | None = None,
    hints: Hints = Hints(),
    shifts: int = 0,
    progress: Progress | None = None,
    device: str = "auto",
    threads: int | None = None,
) -> Stems:
    """The stems of a recording.

    Parameters
    ----------
    recording : an audio file, or Audio with one or two channels.
    engine : a name (`partita.engines()`), or a configured engine (`partita.engine("hpss",
        margin=2)`).
    stems : the stems wanted, by default all; `no_vocals` is the recording without vocals. Only
        these are computed.
    hints : side information; one that the engine does not use is an error.
    shifts : time-shifted passes whose mean is taken; N passes take N times as long.
    progress : called with the fraction done, 0 … 1; returning False stops the work.
    device : "auto", "cpu", or what the engine offers.
    threads : at most so many (None: as the engine likes).

    Returns
    -------
    Stems with the recording's length, rate and channels. Where the engine's stems add up and all
    are wanted, they add up to the recording to float32 rounding.

    Raises
    ------
    InputError : the recording cannot be read. HintError, UsageError : see their texts.
    Cancelled : `progress` returned False.

    Examples
    --------
    >>> noise = Audio(np.random.default_rng(0).uniform(-1, 1, (2, 8000)), 8000)
    >>> stems = separate(noise, engine="hpss")
    >>> stems.names, bool(np.allclose(stems.samples.sum(axis=0), noise.samples, atol=1e-6))
    (('harmonic', 'percussive'), True)
    """
    chosen = create(engine) if isinstance(engine, str) else engine
    check_hints(chosen, hints)
    check_shifts(shifts, hints)
    selection = select(chosen, hints, stems=stems)
    reader: Reader = (
        AudioReader(recording) if isinstance(recording, Audio) else open_audio(recording)
    )
    with chosen.open(device, threads) as session:
        parts = [
            selection.combine(rows)
            for rows in stream(
                chosen,
                session,
                reader,
                hints,
                stems=selection.computed,
                shifts=shifts,
                progress=progress,
            )
        ]
    return Stems(selection.outputs, np.concatenate(parts, axis=2), reader.rate)
