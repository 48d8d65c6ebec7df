"""An electric bass: a plucked string's partials, an envelope, mild saturation."""

from collections.abc import Sequence

import numpy as np

from demo_song.effects import (
    RATE,
    Sound,
    amplitude,
    belled,
    compressed,
    faded,
    hertz,
    layered,
    passed,
    saturated,
    seconds,
)
from demo_song.score import Note


def pluck(pitch: float, length_s: float, *, rng: np.random.Generator) -> Sound:
    """One note ``(frames,)``, peak near 1.

    Partial k of a string plucked at a seventh of its length has the amplitude
    sin(k pi / 7) / k; it decays the faster the higher it is, which is what a filter
    envelope does to a synthesiser.
    """
    time, f0_hz = seconds(length_s + 0.06), hertz(pitch)
    bend = 1.0 + 0.004 * np.exp(-time / 0.03)
    phase = 2.0 * np.pi * np.cumsum(f0_hz * bend) / RATE
    sound = np.zeros(time.size)
    for k in range(1, int(4000.0 / f0_hz)):
        stiff = k * np.sqrt(1.0 + 1e-4 * k**2)
        decay_s = 1.0 / (0.5 + 0.5 * k + 0.03 * k**2)
        level = np.sin(k * np.pi / 7.0) / k * rng.uniform(0.9, 1.1)
        start = rng.uniform(0.0, 2.0 * np.pi)
        sound += level * np.exp(-time / decay_s) * np.sin(stiff * phase + start)
    finger = passed(rng.standard_normal(time.size), low_hz=500.0, high_hz=2500.0)
    sound += 0.08 * finger * np.exp(-time / 0.006)
    return faded(sound, rise_s=0.003, fall_s=0.06)


def play(
    notes: Sequence[Note], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Bass line ``(2, frames)``, the same on both sides."""
    plucked = []
    for note in notes:
        late_s = 0.004 + 0.003 * rng.standard_normal()
        sound = pluck(note.pitch, note.length * beat_s, rng=rng)
        plucked.append((note.beat * beat_s + late_s, amplitude(note.level_db) * sound))
    line = layered(plucked, round(duration_s * RATE))[0]
    line = saturated(compressed(line, threshold_db=-14.0, ratio=4.0), drive=1.6)
    line = passed(passed(line, high_hz=3200.0), low_hz=32.0)
    line = belled(line, center_hz=300.0, gain_db=-4.0, q=0.7)
    line = belled(line, center_hz=900.0, gain_db=3.0, q=0.8)
    return np.stack([line, line])
