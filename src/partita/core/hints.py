"""Hints: side information about a recording, which guides a separator.

Times are seconds from the start of the recording, frequencies are Hz, pitches are MIDI note
numbers (69 is 440 Hz, fractions allowed). Every type is frozen and validated when made.
`window(start_s, end_s)` gives the part that belongs to a segment, with its times counted from
the segment's start: what jobs hand to a session together with the segment's samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from partita.core.audio import Audio, Stems
from partita.core.errors import HintError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Score:
    """Notes, as a MIDI file or MusicXML holds them; one row a note, sorted by onset.

    Parameters
    ----------
    onset_s, offset_s : (notes,) seconds, offset after onset, neither negative.
    pitch_midi : (notes,) MIDI note numbers, 0 … 127.
    part : (notes,) the name of the instrument or voice that plays each note.
    percussion : names of parts whose notes are strokes: pitch_midi is then no pitch, but says
        which drum, as General MIDI numbers them.

    Examples
    --------
    >>> score = Score([0.0, 1.0], [1.0, 2.5], [60, 64], ("piano", "flute"))
    >>> score.window(0.5, 2.0).onset_s
    array([0. , 0.5])
    >>> score.parts
    ('piano', 'flute')
    """

    onset_s: Floats
    offset_s: Floats
    pitch_midi: Floats
    part: tuple[str, ...]
    percussion: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        columns = [_floats(getattr(self, n), n) for n in ("onset_s", "offset_s", "pitch_midi")]
        onset, offset, pitch = columns
        part = tuple(self.part)
        if not len(onset) == len(offset) == len(pitch) == len(part):
            raise HintError("a score needs one onset_s, offset_s, pitch_midi and part a note")
        _refuse(np.flatnonzero(onset < 0), "note", "starts before 0 s")
        _refuse(np.flatnonzero(offset <= onset), "note", "ends before it starts")
        _refuse(np.flatnonzero((pitch < 0) | (pitch > 127)), "note", "has a pitch out of 0 … 127")
        order = np.argsort(onset, kind="stable")
        object.__setattr__(self, "onset_s", _frozen(onset[order]))
        object.__setattr__(self, "offset_s", _frozen(offset[order]))
        object.__setattr__(self, "pitch_midi", _frozen(pitch[order]))
        object.__setattr__(self, "part", tuple(part[i] for i in order))
        object.__setattr__(self, "percussion", frozenset(self.percussion) & set(part))

    @property
    def parts(self) -> tuple[str, ...]:
        """The names of the parts, in order of their first note."""
        return tuple(dict.fromkeys(self.part))

    @property
    def pitched(self) -> Score:
        """The score without its percussion."""
        keep = [i for i, name in enumerate(self.part) if name not in self.percussion]
        return self._rows(keep, self.onset_s, self.offset_s)

    def retimed(self, onset_s: ArrayLike, offset_s: ArrayLike) -> Score:
        """The same notes at other times, in order of the notes as they are now."""
        onset, offset = _floats(onset_s, "onset_s"), _floats(offset_s, "offset_s")
        return self._rows(range(len(self.part)), onset, offset)

    def window(self, start_s: float, end_s: float) -> Score:
        """The notes that sound in [start_s, end_s), cut at its edges."""
        keep = np.flatnonzero((self.onset_s < end_s) & (self.offset_s > start_s))
        onset = np.maximum(self.onset_s, start_s) - start_s
        offset = np.minimum(self.offset_s, end_s) - start_s
        return self._rows(keep, onset, offset)

    def _rows(self, keep: Iterable[int], onset_s: Floats, offset_s: Floats) -> Score:
        """Some of the notes, with the given times."""
        rows = np.fromiter(keep, dtype=np.intp)
        part = tuple(self.part[i] for i in rows)
        return Score(onset_s[rows], offset_s[rows], self.pitch_midi[rows], part, self.percussion)


@dataclass(frozen=True, eq=False)
class Pitch:
    """Pitch tracks over time, one for each source that is to be followed.

    Parameters
    ----------
    time_s : (frames,) strictly increasing.
    f0_hz : source name -> (frames,) Hz; 0 means unvoiced.

    Examples
    --------
    >>> pitch = Pitch([0.0, 0.01, 0.02], {"vocals": [0.0, 440.0, 442.0]})
    >>> pitch.window(0.01, 1.0).f0_hz["vocals"]
    array([440., 442.])
    """

    time_s: Floats
    f0_hz: Mapping[str, Floats]

    def __post_init__(self) -> None:
        time = _floats(self.time_s, "time_s")
        if np.any(np.diff(time) <= 0):
            raise HintError("a pitch track's times must increase")
        if not self.f0_hz:
            raise HintError("a pitch hint needs at least one named track")
        tracks = {name: _floats(f0, f"f0_hz of {name}") for name, f0 in self.f0_hz.items()}
        for name, f0 in tracks.items():
            if len(f0) != len(time):
                raise HintError(f"pitch of {name}: {len(f0)} values for {len(time)} times")
            _refuse(np.flatnonzero(f0 < 0), f"pitch value of {name}", "is negative (0 is unvoiced)")
        object.__setattr__(self, "time_s", _frozen(time))
        frozen = {name: _frozen(f0) for name, f0 in tracks.items()}
        object.__setattr__(self, "f0_hz", MappingProxyType(frozen))

    def __reduce__(self) -> tuple[Any, ...]:
        """For pickle and copy, which know no read-only mapping."""
        return Pitch, (self.time_s, dict(self.f0_hz))

    def window(self, start_s: float, end_s: float) -> Pitch:
        """The frames whose time lies in [start_s, end_s)."""
        keep = (self.time_s >= start_s) & (self.time_s < end_s)
        return Pitch(self.time_s[keep] - start_s, {n: f[keep] for n, f in self.f0_hz.items()})


@dataclass(frozen=True, eq=False)
class Lyrics:
    """Words or lines, each with the time where it is sung.

    Parameters
    ----------
    start_s, end_s : (lines,) seconds, end after start.
    text : (lines,) what is sung.

    Examples
    --------
    >>> Lyrics([0.0, 2.0], [2.0, 4.0], ("take it", "apart")).window(2.5, 9.0).text
    ('apart',)
    """

    start_s: Floats
    end_s: Floats
    text: tuple[str, ...]

    def __post_init__(self) -> None:
        start, end = _intervals(self.start_s, self.end_s, "line")
        if len(start) != len(self.text):
            raise HintError(f"lyrics: {len(self.text)} texts for {len(start)} times")
        object.__setattr__(self, "start_s", start)
        object.__setattr__(self, "end_s", end)
        object.__setattr__(self, "text", tuple(self.text))

    def window(self, start_s: float, end_s: float) -> Lyrics:
        """The lines that are sung in [start_s, end_s), cut at its edges."""
        start, end, keep = _cut(self.start_s, self.end_s, start_s, end_s)
        return Lyrics(start, end, tuple(self.text[i] for i in keep))


@dataclass(frozen=True, eq=False)
class Activity:
    """Where each source sounds.

    Parameters
    ----------
    start_s, end_s : (intervals,) seconds, end after start.
    source : (intervals,) the name of the source that is active.

    Examples
    --------
    >>> activity = Activity([0.0, 5.0], [3.0, 9.0], ("vocals", "guitar"))
    >>> activity.window(2.0, 6.0).end_s
    array([1., 4.])
    """

    start_s: Floats
    end_s: Floats
    source: tuple[str, ...]

    def __post_init__(self) -> None:
        start, end = _intervals(self.start_s, self.end_s, "interval")
        if len(start) != len(self.source):
            raise HintError(f"activity: {len(self.source)} sources for {len(start)} intervals")
        object.__setattr__(self, "start_s", start)
        object.__setattr__(self, "end_s", end)
        object.__setattr__(self, "source", tuple(self.source))

    def window(self, start_s: float, end_s: float) -> Activity:
        """The intervals that meet [start_s, end_s), cut at its edges."""
        start, end, keep = _cut(self.start_s, self.end_s, start_s, end_s)
        return Activity(start, end, tuple(self.source[i] for i in keep))


@dataclass(frozen=True, eq=False)
class Example:
    """A clip that sounds like one source, for learning what to look for.

    Parameters
    ----------
    source : the name of the source.
    audio : the clip, of any length, rate and channel count; it belongs to no time of the piece.
    """

    source: str
    audio: Audio

    def __post_init__(self) -> None:
        if self.audio.length == 0:
            raise HintError(f"the example of {self.source} holds no samples")


@dataclass(frozen=True, eq=False)
class Examples:
    """One or more clips; a source may have several.

    Examples
    --------
    >>> clip = Example("guitar", Audio(np.ones((1, 100)), 8000))
    >>> Examples((clip,)).sources
    ('guitar',)
    """

    clips: tuple[Example, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "clips", tuple(self.clips))
        if not self.clips:
            raise HintError("an examples hint needs at least one clip")

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(clip.source for clip in self.clips))

    def window(self, start_s: float, end_s: float) -> Examples:  # noqa: ARG002
        """All clips: an example belongs to no time of the piece."""
        return self


@dataclass(frozen=True, eq=False)
class References:
    """The true stems: for oracles only, which show how good a mask could be.

    Examples
    --------
    >>> truth = Stems(("vocals",), np.zeros((1, 1, 800)), 8000)
    >>> References(truth).window(0.025, 0.075).stems.length
    400
    """

    stems: Stems

    def window(self, start_s: float, end_s: float) -> References:
        """The samples in [start_s, end_s), each edge rounded to the nearest sample."""
        first, last = (round(t * self.stems.rate) for t in (start_s, end_s))
        part = self.stems.samples[..., max(first, 0) : max(last, 0)]
        return References(Stems(self.stems.names, part, self.stems.rate))


@dataclass(frozen=True)
class Hints:
    """All side information about one recording; what is not known is None.

    Examples
    --------
    >>> hints = Hints(activity=Activity([0.0], [1.0], ("vocals",)))
    >>> hints.given
    ('activity',)
    >>> hints.window(2.0, 3.0).activity.source
    ()
    """

    score: Score | None = None
    pitch: Pitch | None = None
    lyrics: Lyrics | None = None
    activity: Activity | None = None
    examples: Examples | None = None
    references: References | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, kind in HINT_TYPES.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                got = type(value).__name__
                raise HintError(f"the {name} hint must be a {kind.__name__}, got {got}")

    @property
    def given(self) -> tuple[str, ...]:
        """The names of the hints that are there."""
        return tuple(f.name for f in fields(self) if getattr(self, f.name) is not None)

    def window(self, start_s: float, end_s: float) -> Hints:
        """The part of every hint that belongs to [start_s, end_s), times from start_s on."""
        if not start_s <= end_s:
            raise HintError(f"a window must not end ({end_s} s) before it starts ({start_s} s)")
        return Hints(**{name: getattr(self, name).window(start_s, end_s) for name in self.given})


HINT_TYPES: Mapping[str, type] = MappingProxyType(
    {
        "score": Score,
        "pitch": Pitch,
        "lyrics": Lyrics,
        "activity": Activity,
        "examples": Examples,
        "references": References,
    }
)
"""Name of the hint -> its type; an engine's `uses` holds names from here."""


def _floats(values: ArrayLike, name: str) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1:
        raise HintError(f"{name} must have one axis, got shape {array.shape}")
    if not np.all(np.isfinite(array)):
        raise HintError(f"{name} must be finite; value {int(np.argmin(np.isfinite(array)))} is not")
    return array


def _frozen(array: Floats) -> Floats:
    array.flags.writeable = False
    return array


def _refuse(rows: Iterable[int], what: str, why: str) -> None:
    for row in rows:
        raise HintError(f"{what} {int(row)} {why}")


def _intervals(start_s: ArrayLike, end_s: ArrayLike, what: str) -> tuple[Floats, Floats]:
    start, end = _floats(start_s, "start_s"), _floats(end_s, "end_s")
    if len(start) != len(end):
        raise HintError(f"{len(start)} starts for {len(end)} ends")
    _refuse(np.flatnonzero(start < 0), what, "starts before 0 s")
    _refuse(np.flatnonzero(end <= start), what, "ends before it starts")
    return _frozen(start), _frozen(end)


def _cut(
    start: Floats, end: Floats, start_s: float, end_s: float
) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Intervals cut to [start_s, end_s), counted from start_s, and the rows that remain."""
    keep = np.flatnonzero((start < end_s) & (end > start_s))
    return np.maximum(start[keep], start_s) - start_s, np.minimum(end[keep], end_s) - start_s, keep
