"""Notes, strokes and the plan of a song.

Times of a Song are beats (quarters) from 0; a `performed` Note's are seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Note:
    """A tone: start and length in beats or seconds, MIDI pitch, velocity 0 … 1."""

    start: float
    length: float
    pitch: float
    velocity: float = 0.8


@dataclass(frozen=True)
class Hit:
    """A stroke on a drum: start in beats or seconds, velocity 0 … 1."""

    start: float
    drum: str
    velocity: float = 0.8


@dataclass(frozen=True)
class Chord:
    """A chord over a stretch of beats; `root` is a pitch class, `tones` are steps above it."""

    start: float
    length: float
    root: int
    tones: tuple[int, ...]

    def voiced(self, lowest: int, *, count: int = 4) -> list[int]:
        """`count` pitches of the chord from the first at or above `lowest` on."""
        classes = {(self.root + tone) % 12 for tone in self.tones}
        pitches = [p for p in range(lowest, lowest + 36) if p % 12 in classes]
        return pitches[:count]

    def bass(self, lowest: int) -> int:
        """The root at or above `lowest`."""
        return lowest + (self.root - lowest) % 12


@dataclass(frozen=True)
class Section:
    """Some bars that sound alike: energy 0 (nearly nothing) … 1 (everybody)."""

    name: str
    first_bar: int
    bars: int
    energy: float


@dataclass(frozen=True)
class Song:
    """The plan that all players share.

    Attributes
    ----------
    tempo : beats a minute. swing : share of an eighth that the second one comes late, 0 … 0.33.
    key : pitch class of the tonic. scale : steps above it. chords : over the whole song.
    """

    style: str
    tempo: float
    swing: float
    key: int
    scale: tuple[int, ...]
    sections: tuple[Section, ...]
    chords: tuple[Chord, ...]
    beats_a_bar: int = 4

    @property
    def bars(self) -> int:
        return sum(section.bars for section in self.sections)

    @property
    def beats(self) -> float:
        return float(self.bars * self.beats_a_bar)

    @property
    def beat_s(self) -> float:
        return 60.0 / self.tempo

    def chord_at(self, beat: float) -> Chord:
        """The chord that sounds at a beat; the last one after the end."""
        for chord in self.chords:
            if chord.start <= beat < chord.start + chord.length:
                return chord
        return self.chords[-1]

    def section_at(self, bar: int) -> Section:
        """The section that holds a bar."""
        for section in self.sections:
            if section.first_bar <= bar < section.first_bar + section.bars:
                return section
        return self.sections[-1]

    def swung(self, beat: float) -> float:
        """A beat moved late by the swing, most on the second eighths."""
        part = beat % 1.0
        late = self.swing * (1.0 - abs(part - 0.5) / 0.5) if part > 0.01 else 0.0
        return beat + 0.5 * late


def performed(
    song: Song, notes: Sequence[Note], rng: np.random.Generator, *, loose_s: float = 0.006
) -> list[Note]:
    """Notes in seconds: swung, a little early or late, a little louder or softer."""
    played = []
    for note in notes:
        start_s = song.swung(note.start) * song.beat_s + loose_s * rng.standard_normal()
        velocity = float(np.clip(note.velocity * (1 + 0.08 * rng.standard_normal()), 0.05, 1.0))
        length_s = note.length * song.beat_s
        played.append(replace(note, start=max(start_s, 0.0), length=length_s, velocity=velocity))
    return played
