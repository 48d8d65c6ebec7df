"""What an engine understood of a recording: plain arrays, for people to look at.

A session that has something to show gives these (see `partita.core.separator.Explains`); how they
are drawn is no matter of engines. Times are seconds from the start of the recording, frequencies
Hz; strengths have no unit and are not negative.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.hints import Activity, Score

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Components:
    """Spectra, when each of them sounds, and whose they are.

    Parameters
    ----------
    stems : names of their owners.
    W : (freq, rank). freq_hz : (freq,) increasing.
    H : (rank, frames). time_s : (frames,) increasing.
    owner : (rank,) the number of the stem that each spectrum belongs to.

    Raises
    ------
    UsageError : shapes that do not fit each other.
    """

    stems: tuple[str, ...]
    W: Floats
    freq_hz: Floats
    H: Floats
    time_s: Floats
    owner: NDArray[np.intp]

    def __post_init__(self) -> None:
        rank = len(self.owner)
        _check("W", self.W, (len(self.freq_hz), rank))
        _check("H", self.H, (rank, len(self.time_s)))


@dataclass(frozen=True, eq=False)
class PitchTracks:
    """The pitch that was followed, of one voice or several.

    Parameters
    ----------
    time_s : (frames,) increasing.
    f0_hz : name -> (frames,), 0 where the voice is silent.
    given_hz : name -> (frames,), what a hint said; empty where there was none.

    Raises
    ------
    UsageError : a track of another length.
    """

    time_s: Floats
    f0_hz: Mapping[str, Floats]
    given_hz: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, track in (*self.f0_hz.items(), *self.given_hz.items()):
            _check(f"the pitch of {name}", track, (len(self.time_s),))


@dataclass(frozen=True, eq=False)
class PlacedScore:
    """A score, where its notes were looked for.

    Parameters
    ----------
    score : with the times that the engine went by.
    score_s, recording_s : (anchors,) the tempo map that was found: times of the written score and
        of the recording that belong together, both increasing.
    aligned : whether the engine went by that map; if not, it kept the written times.
    mismatch : how badly the score fits (`partita.analysis.mismatch.score_mismatch`): 0 perfectly,
        1 no better than chance; None where there was too little to tell.

    Raises
    ------
    UsageError : a map whose columns differ in length.
    """

    score: Score
    score_s: Floats
    recording_s: Floats
    aligned: bool
    mismatch: float | None

    def __post_init__(self) -> None:
        _check("recording_s", self.recording_s, self.score_s.shape)


@dataclass(frozen=True, eq=False)
class Strokes:
    """Short spectrograms, and when each of them is played.

    Parameters
    ----------
    stems : names.
    W : (stems, freq, length). freq_hz : (freq,). step_s : between frames of a template.
    H : (stems, frames). time_s : (frames,).

    Raises
    ------
    UsageError : shapes that do not fit each other.
    """

    stems: tuple[str, ...]
    W: Floats
    freq_hz: Floats
    step_s: float
    H: Floats
    time_s: Floats

    def __post_init__(self) -> None:
        _check("W", self.W, (len(self.stems), len(self.freq_hz), self.W.shape[-1]))
        _check("H", self.H, (len(self.stems), len(self.time_s)))


Understood = Components | PitchTracks | PlacedScore | Strokes | Activity
"""Activity: the stretches that a hint gave, as the engine went by them."""


def _check(name: str, array: Floats, shape: tuple[int, ...]) -> None:
    if array.shape != shape:
        raise UsageError(f"{name} must have the shape {shape}, got {array.shape}")
