"""Hints from the files that come with datasets, in the dataset's stem names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import HintError
from partita.core.hints import Pitch, Score
from partita.core.names import printable

Floats = NDArray[np.float64]


def read_part(path: Path, *, part: str) -> Score:
    """The notes of a MIDI file, all in one part.

    Raises
    ------
    InputError, HintError : unreadable, or without notes. MissingExtra : no reader is installed.
    """
    from partita.io.score import read_score

    score = read_score(path)
    return Score(score.onset_s, score.offset_s, score.pitch_midi, (part,) * len(score.part))


def read_notes(path: Path, *, part: str) -> Score:
    """The notes in a text file with the columns onset (s), frequency (Hz) and duration (s).

    Raises
    ------
    InputError, HintError : unreadable, or a line that is no note.
    """
    onset_s, f0_hz, duration_s = _columns(path, "onset", "frequency", "duration").T
    if not (np.all(f0_hz > 0) and np.all(duration_s > 0)):
        raise HintError(f"{printable(path)}: a note needs a frequency and a duration above 0")
    return Score(onset_s, onset_s + duration_s, midi_of(f0_hz), (part,) * len(onset_s))


def read_f0(path: Path, *, name: str) -> Pitch:
    """The pitch in a text file with the columns time (s) and frequency (Hz; 0: unvoiced).

    Raises
    ------
    InputError, HintError : unreadable, or a line that is no time and frequency.
    """
    time_s, f0_hz = _columns(path, "time", "frequency").T
    try:
        return Pitch(time_s, {name: np.maximum(f0_hz, 0)})
    except HintError as error:
        raise HintError(f"{printable(path)}: {error}") from error


def joined_scores(scores: Sequence[Score]) -> Score:
    """The notes of all scores; at least one."""
    return Score(
        np.concatenate([score.onset_s for score in scores]),
        np.concatenate([score.offset_s for score in scores]),
        np.concatenate([score.pitch_midi for score in scores]),
        tuple(part for score in scores for part in score.part),
    )


def joined_pitch(tracks: Mapping[str, Pitch]) -> Pitch:
    """Several pitch tracks on the times of the longest.

    Parameters
    ----------
    tracks : stem -> a Pitch with one track. A time that has no frame of its own within half a hop
        is unvoiced.

    Examples
    --------
    >>> high = Pitch([0.0, 0.01, 0.02], {"": [440.0, 441.0, 0.0]})
    >>> low = Pitch([0.0, 0.01], {"": [110.0, 111.0]})
    >>> joined_pitch({"soprano": high, "bass": low}).f0_hz["bass"]
    array([110., 111.,   0.])
    """
    time_s = max((pitch.time_s for pitch in tracks.values()), key=len)
    return Pitch(time_s, {name: _on(time_s, pitch) for name, pitch in tracks.items()})


def midi_of(f0_hz: Floats) -> Floats:
    """The nearest MIDI note numbers.

    Examples
    --------
    >>> midi_of(np.array([442.0, 220.0]))
    array([69., 57.])
    """
    nearest: Floats = np.rint(69 + 12 * np.log2(f0_hz / 440))
    return np.clip(nearest, 0, 127)


def _columns(path: Path, *titles: str) -> Floats:
    """(rows, titles): the first numbers of every line, whatever stands between them."""
    from partita.io.rows import read_rows

    table = []
    for row in read_rows(path):
        filled = [row.number(place) for place, cell in enumerate(row.cells) if cell]
        numbers = [value for value in filled[: len(titles)] if value is not None]
        if len(numbers) < len(titles):
            raise row.error(f"expected {', '.join(titles)}")
        table.append(numbers)
    if not table:
        raise HintError(f"{printable(path)} holds no lines of {', '.join(titles)}")
    return np.array(table, dtype=np.float64)


def _on(time_s: Floats, pitch: Pitch) -> Floats:
    """The f0 of the frame nearest to each time, 0 where that is further than half a hop."""
    (f0_hz,) = pitch.f0_hz.values()
    if np.array_equal(time_s, pitch.time_s):
        return f0_hz
    own = pitch.time_s
    after = np.clip(np.searchsorted(own, time_s), 0, len(own) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(np.abs(own[before] - time_s) <= np.abs(own[after] - time_s), before, after)
    hop_s = np.median(np.diff(own)) if len(own) > 1 else 0.0
    near = np.abs(own[nearest] - time_s) <= hop_s / 2 + 1e-9
    return np.where(near, f0_hz[nearest], 0.0)
