"""When each drum is played, from a score or from activity."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import HintError
from partita.core.hints import Activity, Hints, Score
from partita.core.names import printable

KEYS = {
    "kick": (35, 36),
    "snare": (37, 38, 40),
    "hihat": (42, 44, 46),
}
"""General MIDI's percussion keys."""
WORDS = {
    "kick": ("kick", "bass drum", "bassdrum", "bd"),
    "snare": ("snare", "sd"),
    "hihat": ("hihat", "hi-hat", "hi hat", "hh", "hat"),
}
"""What parts are called that play one drum only."""


def drum_support(
    hints: Hints, drums: tuple[str, ...], time_s: NDArray[np.floating], *, around_s: float
) -> NDArray[np.bool_] | None:
    """(drums, frames): where a stroke of each drum may begin; None where nothing is known.

    Parameters
    ----------
    hints : a score, whose notes are strokes: of the drum that the part is named after, or, where
        the part is percussion, by General MIDI's keys; or activity, whose intervals hold the
        strokes of a drum. A drum that a score has no note for is silent; a drum that activity does
        not name is free.
    time_s : (frames,) of each frame.
    around_s : how far a stroke may be from where the score has it.
    """
    if hints.score is not None:
        return _from_score(hints.score, drums, time_s, around_s)
    if hints.activity is not None:
        return _from_activity(hints.activity, drums, time_s, around_s)
    return None


def check_drum_hints(hints: Hints, drums: tuple[str, ...]) -> None:
    """Refuse a score without strokes, and activity of nothing that is a drum.

    Raises
    ------
    HintError : telling what would have been understood.
    """
    wanted = ", ".join(drums)
    if hints.score is not None:
        percussive = [part in hints.score.percussion for part in hints.score.part]
        drummed = (
            _drum_of(part) or (_drum_at(pitch) if struck else None)
            for part, pitch, struck in zip(
                hints.score.part, hints.score.pitch_midi, percussive, strict=True
            )
        )
        if not any(drum in drums for drum in drummed):
            raise HintError(
                f"the score has no stroke of {wanted}: give a part of percussion "
                "(in MIDI on channel 10), or parts of these names"
            )
        return
    sources = () if hints.activity is None else tuple(hints.activity.source)
    if sources and not any(_drum_of(source) in drums for source in sources):
        named = ", ".join(dict.fromkeys(map(printable, sources)))
        raise HintError(f"the activity names {named}, and none of {wanted}")


def _from_score(
    score: Score, drums: tuple[str, ...], time_s: NDArray[np.floating], around_s: float
) -> NDArray[np.bool_]:
    support = np.zeros((len(drums), len(time_s)), dtype=bool)
    for row, drum in zip(support, drums, strict=True):
        for onset_s, pitch, part in zip(score.onset_s, score.pitch_midi, score.part, strict=True):
            by_key = _drum_at(pitch) if part in score.percussion else None
            if (_drum_of(part) or by_key) == drum:
                row |= np.abs(time_s - onset_s) <= around_s
    return support


def _from_activity(
    activity: Activity, drums: tuple[str, ...], time_s: NDArray[np.floating], around_s: float
) -> NDArray[np.bool_]:
    named = [_drum_of(source) for source in activity.source]
    support = np.array([np.full(len(time_s), drum not in named) for drum in drums])
    for start_s, end_s, drum in zip(activity.start_s, activity.end_s, named, strict=True):
        if drum in drums:
            inside = (time_s >= start_s - around_s) & (time_s <= end_s)
            support[drums.index(drum)] |= inside
    return support


def _drum_of(name: str) -> str | None:
    """The drum that a part or source is named after."""
    words = name.lower()
    for drum, known in WORDS.items():
        if any(word == words or (len(word) > 2 and word in words) for word in known):
            return drum
    return None


def _drum_at(pitch_midi: float) -> str | None:
    return next((drum for drum, keys in KEYS.items() if round(pitch_midi) in keys), None)
