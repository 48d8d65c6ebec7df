"""Keyboards: an electric piano by frequency modulation, and a soft string pad."""

from collections.abc import Sequence

import numpy as np

from demo_song.effects import (
    RATE,
    Sound,
    amplitude,
    faded,
    hertz,
    layered,
    passed,
    saturated,
    seconds,
)
from demo_song.score import Chord


def tine(pitch: float, length_s: float, *, hardness: float) -> Sound:
    """One electric piano note ``(frames,)``, peak below 1; `hardness` is 0 to 1.

    Chowning's (1973) frequency modulation: a modulator at the same pitch for the
    tone bar, one at fourteen times the pitch for the short bell of the tine.
    """
    time, omega = seconds(length_s + 0.12), 2.0 * np.pi * hertz(pitch)
    decay = np.exp(-time / (0.8 * 2.0 ** ((60.0 - pitch) / 24.0)))
    bar = (0.4 + 1.6 * hardness) * np.exp(-time / 0.5) * np.sin(omega * time)
    bell = 0.28 * hardness * np.exp(-time / 0.12) * np.sin(14.0 * omega * time)
    sound = 0.6 * np.sin(omega * time + bar) + 0.25 * np.sin(omega * time + bell)
    return faded(sound * decay, rise_s=0.002, fall_s=0.12)


def electric_piano(
    chords: Sequence[Chord], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Electric piano ``(frames,)``: each chord on its beat, then once more off the beat."""
    events = []
    for chord in chords:
        for beat, length, level_db in _touches(chord):
            hardness = np.clip(0.6 + level_db / 20.0 + 0.08 * rng.standard_normal(), 0.0, 1.0)
            for j, pitch in enumerate(chord.keys):
                start_s = beat * beat_s + 0.005 * j + 0.004 * rng.uniform()
                sound = tine(pitch, length * beat_s, hardness=float(hardness))
                events.append((start_s, amplitude(level_db) * sound))
    return saturated(0.35 * layered(events, round(duration_s * RATE))[0], drive=1.5)


def _touches(chord: Chord) -> list[tuple[float, float, float]]:
    """Beat, length and level in dB of each time the hand comes down; softer under picking."""
    level_db = 0.0 if chord.strum else -3.0
    if chord.length <= 1.5 or chord.strum == "D":
        return [(chord.beat, chord.length, level_db)]
    again = (chord.beat + 1.5, chord.length - 1.5, level_db - 3.0)
    return [(chord.beat, 1.4, level_db), again]


def pad(
    chords: Sequence[Chord], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Pad ``(2, frames)``: slow, detuned sawtooth-like strings that differ left and right."""
    sides = []
    for _ in range(2):
        events = [
            (chord.beat * beat_s, _bowed(pitch, chord.length * beat_s, rng=rng))
            for chord in chords
            for pitch in (chord.keys[0], chord.keys[2], chord.keys[3] + 12)
        ]
        sides.append(layered(events, round(duration_s * RATE))[0])
    return passed(np.stack(sides), low_hz=180.0)


def _bowed(pitch: float, length_s: float, *, rng: np.random.Generator) -> Sound:
    time = seconds(length_s + 0.25)
    sound = np.zeros(time.size)
    for cents in (-9.0, 0.0, 8.0):
        f0_hz = hertz(pitch + (cents + 3.0 * rng.standard_normal()) / 100.0)
        angle = 2.0 * np.pi * f0_hz * time + rng.uniform(0.0, 2.0 * np.pi)
        for k in range(1, int(6000.0 / f0_hz) + 1):
            sound += np.sin(k * angle) / k / (1.0 + (k * f0_hz / 1400.0) ** 2)
    return faded(0.12 * sound, rise_s=0.22, fall_s=0.25)
