"""A voice that speaks is made to sing: WORLD gives it a melody.

The vowels of a phrase (`speech`) are stretched to the notes of a melody, its consonants keep their
length, the pitch is replaced by one with glides, scoops, late vibrato and drift.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError
from partita.training.bank import speech as spoken
from partita.training.bank.compose import MAJOR, MINOR
from partita.training.bank.sound import RATE, Sound, faded, layered, levelled, panned
from partita.training.bank.sources import SOURCES
from partita.training.bank.speech import FRAME_S, Singer, Speech, world


@dataclass(frozen=True)
class Sung:
    """One syllable's note: seconds, MIDI pitch, level in dB."""

    start_s: float
    length_s: float
    pitch: float
    level_db: float


def sung(rng: np.random.Generator, *, target_s: float, held: bool) -> tuple[Sound, str, str]:
    """A song of phrases (2, time) by one synthetic singer, with doubles and harmonies; the source
    of the voice, and who sings how.

    Raises
    ------
    MissingExtra : WORLD is not installed. InputError : no voice is.
    """
    world()
    voices = spoken.installed(held=held)
    if not voices:
        raise InputError(f"no voice can speak here; obtain one with: {SOURCES['flite'].where}")
    singer = spoken.drawn_singer(str(rng.choice(voices)), rng)
    low, high = (spoken.HELD_VOICES if held else spoken.VOICES)[singer.voice]
    key, scale = int(rng.integers(12)), MAJOR if rng.random() < 0.5 else MINOR
    pitches = [p for p in range(low, high + 1) if (p - key) % 12 in scale]
    beat_s = 60.0 / float(rng.uniform(65.0, 150.0))
    company = str(rng.choice(["solo", "solo", "double", "harmony", "stack"]))
    events: list[tuple[float, Sound]] = []
    at_s = float(rng.uniform(0.0, 1.0))
    while at_s < target_s - 2.0:
        speech = spoken.heard(singer, rng)
        if not speech.syllables:
            at_s += 1.0  # somebody who never says a syllable ends, too
            continue
        notes = melody(len(speech.syllables), pitches, beat_s, rng)
        for shift, place, level_db in _company(company, rng):
            moved = [replace(n, pitch=_stepped(n.pitch, shift, pitches)) for n in notes]
            late_s = 0.0 if not place else float(rng.uniform(0.0, 0.03))
            take = levelled(sing(speech, moved, singer, rng), -20.0 + level_db)
            events.append((at_s + late_s, panned(take, place)))
        at_s += (
            notes[-1].start_s + notes[-1].length_s + float(rng.choice([0.1, 0.4, 0.9, 1.8, 3.5]))
        )
    total = layered(events, round(target_s * RATE))
    return total, spoken.source_of(singer.voice), f"{singer.voice} {company} ×{singer.warp:.2f}"


def _company(kind: str, rng: np.random.Generator) -> list[tuple[int, float, float]]:
    """Voices of a phrase: steps of the scale away, place, level in dB."""
    lead = [(0, 0.0, 0.0)]
    width, level_db = float(rng.uniform(0.3, 0.9)), float(rng.uniform(-9.0, -2.0))
    pair = [(0, -width, level_db), (0, width, level_db)]
    third = [(2, -width, level_db), (int(rng.choice([-3, 4])), width, level_db)]
    return {
        "solo": lead, "double": lead + pair, "harmony": lead + third[: rng.integers(1, 3)],
        "stack": lead + pair + third,
    }[kind]  # fmt: skip


def _stepped(pitch: float, steps: int, pitches: Sequence[int]) -> float:
    """A pitch some steps of the scale away, at most an octave, inside the voice's compass."""
    at = int(np.argmin(np.abs(np.asarray(pitches) - pitch)))
    return float(pitches[int(np.clip(at + steps, 0, len(pitches) - 1))])


def melody(
    count: int, pitches: Sequence[int], beat_s: float, rng: np.random.Generator
) -> list[Sung]:
    """Notes for `count` syllables: steps and small leaps, the last one long."""
    at, notes, start_s = int(rng.integers(len(pitches) // 4, 3 * len(pitches) // 4)), [], 0.0
    slow = rng.random() < 0.35
    for number in range(count):
        beats = float(rng.choice([1.0, 1.5, 2.0, 3.0] if slow else [0.5, 0.5, 0.75, 1.0, 1.5]))
        if number == count - 1:
            beats = float(rng.choice([2.0, 3.0, 4.0]))
        length_s = float(np.clip(beats * beat_s, 0.18, 3.5))
        level_db = float(rng.normal(0.0, 1.2)) + 0.25 * (at - len(pitches) / 2)
        notes.append(Sung(start_s, length_s, float(pitches[at]), level_db))
        start_s += length_s
        step = int(rng.choice([-3, -2, -1, -1, 0, 0, 1, 1, 2, 4]))
        at = int(np.clip(at + step, 0, len(pitches) - 1))
    return notes


def sing(speech: Speech, notes: Sequence[Sung], singer: Singer, rng: np.random.Generator) -> Sound:
    """The speech on the notes, mono; a syllable's vowel begins on its note."""
    source, level_db = _timed(speech, notes)
    f0_hz = _pitched(speech, notes, source.size, singer, rng)
    at = np.clip(source, 0, speech.f0_hz.size - 1)
    low = np.minimum(at.astype(int), speech.f0_hz.size - 2)
    part = at - low
    voiced = speech.f0_hz[np.rint(at).astype(int)] > 0
    envelope = speech.envelope[:, low] * (1 - part) + speech.envelope[:, low + 1] * part
    rough = speech.noisiness[:, low] * (1 - part) + speech.noisiness[:, low + 1] * part
    envelope = envelope * 10.0 ** (level_db / 10.0)
    f0 = np.where(voiced, f0_hz, 0.0)
    wave = world().synthesize(
        np.ascontiguousarray(f0),
        np.ascontiguousarray(envelope.T),
        np.ascontiguousarray(rough.T),
        RATE,
        1000 * FRAME_S,
    )
    return faded(np.asarray(wave, np.float32), rise_s=0.01, fall_s=0.05)


def _timed(
    speech: Speech, notes: Sequence[Sung]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The speech's frame for every frame of the song, and the level there in dB.

    Consonants pass at their own speed, before the beat; vowels take what is left of the note.
    """
    total = round((notes[-1].start_s + notes[-1].length_s + 0.4) / FRAME_S)
    knots_x, knots_y = [0.0], [float(max(speech.syllables[0][0] - 1, 0))]
    level_db = np.zeros(total)
    for number, (note, syllable) in enumerate(zip(notes, speech.syllables, strict=True)):
        first, vowel, end, last = syllable
        start = note.start_s / FRAME_S + (speech.syllables[0][1] - speech.syllables[0][0])
        ahead = 0
        if number + 1 < len(notes):
            following = speech.syllables[number + 1]
            ahead = following[1] - following[0]
        tail = last - end
        stop = start + max(note.length_s / FRAME_S - ahead - tail, 6.0)
        for x, y in ((start - (vowel - first), first), (start, vowel), (stop, end)):
            if x > knots_x[-1] + 0.5:
                knots_x.append(x)
                knots_y.append(float(max(y, knots_y[-1])))
        knots_x.append(stop + max(tail, 1))
        knots_y.append(float(max(last, knots_y[-1])))
        level_db[round(start) : round(start + note.length_s / FRAME_S)] = note.level_db
    source = np.interp(np.arange(total), knots_x, knots_y)
    kernel = np.hanning(15)[1:-1]
    level_db = np.convolve(level_db, kernel / kernel.sum(), "same")
    finished = np.arange(total) > knots_x[-1]
    return source, np.where(finished, -60.0, level_db)


def _pitched(
    speech: Speech, notes: Sequence[Sung], total: int, singer: Singer, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fundamental frequency in Hz of every frame."""
    time = np.arange(total) * FRAME_S
    lead_s = (speech.syllables[0][1] - speech.syllables[0][0]) * FRAME_S
    pitch, held = np.full(total, notes[0].pitch), np.zeros(total)
    for note in notes:
        start_s = note.start_s + lead_s
        pitch[time >= start_s - 0.03] = note.pitch
        if rng.random() < 0.3:
            scoop = (time >= start_s - 0.05) & (time < start_s + 0.05)
            pitch[scoop] = note.pitch - rng.uniform(0.5, 2.0)
        if note.length_s > 0.4:
            since = np.clip((time - start_s - 0.2) / 0.35, 0.0, 1.0)
            held = np.maximum(held, since * (time < start_s + note.length_s))
    pitch = _smooth(pitch, singer.glide_s)
    rate_hz = singer.rate_hz + 0.3 * _wander(total, 1.0, rng)
    swing = np.sin(2 * np.pi * np.cumsum(rate_hz) * FRAME_S + rng.uniform(0.0, 6.3))
    pitch += singer.vibrato * _smooth(held, 0.1) * swing
    pitch += 0.08 * _wander(total, 2.0, rng) + 0.04 * _wander(total, 15.0, rng)
    f0_hz: NDArray[np.float64] = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    return f0_hz


def _smooth(track: NDArray[np.float64], width_s: float) -> NDArray[np.float64]:
    size = max(3, round(2 * width_s / FRAME_S))
    window = np.hanning(size + 2)[1:-1]
    held = np.pad(track, size, mode="edge")
    smoothed: NDArray[np.float64] = np.convolve(held, window / window.sum(), "same")[size:-size]
    return smoothed


def _wander(total: int, high_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Slow noise of unit variance that turns at most about `high_hz` times a second."""
    slow = _smooth(rng.standard_normal(total), 0.5 / high_hz)
    return slow / max(float(slow.std()), 1e-9)
