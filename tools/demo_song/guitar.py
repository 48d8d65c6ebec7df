"""A steel-string guitar: Karplus and Strong's (1983) plucked string with a body."""

from collections.abc import Sequence

import numpy as np
from scipy import signal

from demo_song.effects import (
    RATE,
    Sound,
    amplitude,
    belled,
    faded,
    hertz,
    layered,
    passed,
    saturated,
    tilted,
)
from demo_song.score import Chord


def string(
    pitch: float,
    length_s: float,
    *,
    rng: np.random.Generator,
    bright: float = 0.5,
    damp: float = 0.0,
) -> Sound:
    """One plucked string ``(frames,)``, root mean square of its attack near 0.2.

    A burst of noise, without each partial that has a node at the plectrum, runs
    around a delay line with a low-pass in it. `bright` in 0 to 1 sets the noise's
    highs, `damp` how much faster than freely it decays. Jaffe and Smith's (1983)
    fraction of a frame, here by linear interpolation in the loop, keeps it in tune.
    """
    period = RATE / hertz(pitch)
    whole = int(period - 0.5)
    part = period - whole
    burst = passed(rng.uniform(-1.0, 1.0, whole), high_hz=1500.0 + 9000.0 * bright, order=1)
    pick = np.roll(burst, whole // 6)
    excitation = np.zeros(round(length_s * RATE))
    excitation[:whole] = (burst - 0.9 * pick)[: excitation.size]
    loss = 10.0 ** (-3.0 * period / RATE / (3.2 - 2.8 * damp))
    loop = np.zeros(whole + 3)
    loop[0] = 1.0
    # two taps make the delay, their spread is the string's loss of highs
    loop[whole : whole + 3] = -loss * _taps(part)
    return faded(0.5 * signal.lfilter([1.0], loop, excitation), fall_s=0.03)


def _taps(delay: float, *, blur: float = 0.15) -> Sound:
    """Three taps of sum one that delay by 0.5 to 1.5 frames and lose highs with `blur`."""
    center = 1.0 + (delay - 1.0) / (1.0 - blur)
    near, far = max(1.0 - center, 0.0), max(center - 1.0, 0.0)
    straight = np.array([near, 1.0 - near - far, far])
    return (1.0 - blur) * straight + blur * np.array([0.5, 0.0, 0.5])


def arpeggio(chord: Chord, *, beat_s: float, rng: np.random.Generator) -> list[tuple[float, Sound]]:
    """Picked eighths through the chord, as events in seconds."""
    order = (0, 2, 3, 4, 1, 3, 2, 4)
    events = []
    for i in range(round(2 * chord.length)):
        pitch = chord.guitar[order[i % 8]]
        start_s = (chord.beat + i / 2) * beat_s + 0.004 * rng.standard_normal()
        ring_s = (min(chord.length - i / 2, 2.0) + 0.1) * beat_s
        accent_db = (0.0 if i % 2 == 0 else -2.0) + 0.8 * rng.standard_normal()
        sound = string(pitch, ring_s, rng=rng, bright=0.65 if i % 2 == 0 else 0.55)
        events.append((start_s, amplitude(accent_db) * sound))
    return events


def strums(chord: Chord, *, beat_s: float, rng: np.random.Generator) -> list[tuple[float, Sound]]:
    """The chord's strummed eighths, as events in seconds."""
    events = []
    for i, way in enumerate(chord.strum):
        muted = way == "x"
        length_s = 0.15 if muted else min(1.6, chord.length - i / 2) * beat_s
        gain = amplitude(-3.0 if way == "D" else -6.0)
        pitches = chord.guitar[:1:-1] if way == "U" else chord.guitar
        for j, pitch in enumerate(pitches):
            start_s = (chord.beat + i / 2) * beat_s + 0.009 * j + 0.003 * rng.standard_normal()
            bright, damp = (0.75 if way == "D" else 0.6), (0.95 if muted else 0.2)
            sound = string(pitch, length_s, rng=rng, bright=bright, damp=damp)
            events.append((start_s, gain * sound))
    return events


def play(
    chords: Sequence[Chord], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Guitar ``(frames,)``: chords picked, or strummed where the score says so."""
    events = []
    for chord in chords:
        way = strums if chord.strum else arpeggio
        events += way(chord, beat_s=beat_s, rng=rng)
    return body(layered(events, round(duration_s * RATE))[0])


def body(sound: Sound) -> Sound:
    """`sound` through the resonances of a guitar's air and top, and a microphone's cut."""
    for center_hz, gain_db, q in ((105.0, 4.0, 3.0), (205.0, 4.0, 4.0), (410.0, 2.5, 3.0)):
        sound = belled(sound, center_hz=center_hz, gain_db=gain_db, q=q)
    return tilted(passed(saturated(sound, drive=1.5), low_hz=95.0), corner_hz=5000.0, gain_db=-4.0)
