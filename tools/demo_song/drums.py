"""A drum kit: swept sines, struck modes and shaped noise.

Each drum is a function of a Generator that returns one full stroke ``(2, frames)``,
a little different each time.
"""

from collections.abc import Sequence

import numpy as np

from demo_song.effects import (
    RATE,
    Sound,
    amplitude,
    belled,
    compressed,
    faded,
    in_room,
    layered,
    panned,
    passed,
    room,
    saturated,
    seconds,
    tilted,
)
from demo_song.score import Hit


def swept(time: Sound, *, from_hz: float, to_hz: float, fall_s: float) -> Sound:
    """Sine ``(frames,)`` whose pitch falls exponentially between two frequencies."""
    f_hz = to_hz + (from_hz - to_hz) * np.exp(-time / fall_s)
    return np.sin(2.0 * np.pi * np.cumsum(f_hz) / RATE)


def kick(rng: np.random.Generator) -> Sound:
    """Bass drum: a falling sine with the click of the beater."""
    time = seconds(0.4)
    skin = swept(time, from_hz=190.0, to_hz=49.0, fall_s=0.022) * np.exp(-time / 0.14)
    knock = swept(time, from_hz=420.0, to_hz=160.0, fall_s=0.01) * np.exp(-time / 0.02)
    click = passed(rng.standard_normal(time.size), low_hz=1800.0, high_hz=7000.0)
    sound = 1.1 * skin + 0.3 * knock + 0.35 * click * np.exp(-time / 0.004)
    return panned(faded(saturated(sound, drive=1.5), fall_s=0.1), 0.0)


def snare(rng: np.random.Generator) -> Sound:
    """Snare drum: two modes of the skin and the rattle of the wires."""
    time = seconds(0.35)
    detune = 1.0 + 0.01 * rng.standard_normal()
    skin = swept(time, from_hz=260.0, to_hz=188.0 * detune, fall_s=0.012) * np.exp(-time / 0.06)
    edge = np.sin(2.0 * np.pi * 334.0 * detune * time) * np.exp(-time / 0.035)
    noise = rng.standard_normal(time.size)
    wires = passed(noise, low_hz=1500.0, high_hz=9500.0) * np.exp(-time / 0.085)
    crack = passed(noise, low_hz=900.0, high_hz=5000.0) * np.exp(-time / 0.007)
    sound = 0.6 * skin + 0.3 * edge + 0.42 * wires + 0.6 * crack
    return panned(faded(saturated(sound, drive=1.3), fall_s=0.06), 0.05)


def metal(time: Sound, *, lowest_hz: float, count: int, rng: np.random.Generator) -> Sound:
    """Clang ``(frames,)`` of many partials without a common pitch, near unit power."""
    f_hz = lowest_hz * np.exp(rng.uniform(0.0, np.log(15_000.0 / lowest_hz), count))
    phases = rng.uniform(0.0, 2.0 * np.pi, count)
    waves = np.zeros(time.size)
    for f, phase in zip(f_hz, phases, strict=True):
        waves += np.sin(2.0 * np.pi * f * time + phase)
    return waves * np.sqrt(2.0 / count)


def cymbal(
    rng: np.random.Generator, *, decay_s: float, length_s: float, low_hz: float, position: float
) -> Sound:
    """A hat: a short clang over noise, all above `low_hz`."""
    time = seconds(length_s)
    noise = 0.7 * rng.standard_normal(time.size) + 0.5 * metal(
        time, lowest_hz=3000.0, count=24, rng=rng
    )
    strike = 0.6 * np.exp(-time / 0.006) + np.exp(-time / decay_s)
    sound = passed(noise * strike, low_hz=low_hz, order=3)
    return panned(faded(passed(sound, high_hz=15_000.0, order=1), fall_s=0.04), position)


def hat(rng: np.random.Generator) -> Sound:
    """Closed hi-hat."""
    decay_s = 0.026 * (1.0 + 0.15 * rng.standard_normal())
    return 0.19 * cymbal(rng, decay_s=decay_s, length_s=0.15, low_hz=6500.0, position=0.35)


def open_hat(rng: np.random.Generator) -> Sound:
    """Open hi-hat, which the foot shuts after an eighth."""
    return 0.17 * cymbal(rng, decay_s=0.22, length_s=0.3, low_hz=6000.0, position=0.35)


def crash(rng: np.random.Generator) -> Sound:
    """Crash cymbal: two sides that differ, whose lows ring longest."""
    time = seconds(2.6)
    sides = []
    for _ in range(2):
        ring = metal(time, lowest_hz=420.0, count=70, rng=rng)
        ring += 0.8 * passed(rng.standard_normal(time.size), low_hz=2500.0, high_hz=14_000.0)
        high = passed(ring, low_hz=5000.0) * np.exp(-time / 0.35)
        low = passed(ring, low_hz=600.0, high_hz=5000.0, order=1) * np.exp(-time / 0.6)
        sides.append(0.13 * high + 0.1 * low)
    return faded(np.stack(sides) * (1.0 - np.exp(-time / 0.004)), fall_s=0.8)


def tom(rng: np.random.Generator, *, pitch_hz: float, position: float) -> Sound:
    """Tom: a falling sine, its second mode, and the stick."""
    time = seconds(0.55)
    skin = swept(time, from_hz=1.7 * pitch_hz, to_hz=pitch_hz, fall_s=0.03) * np.exp(-time / 0.16)
    edge = np.sin(2.0 * np.pi * 1.59 * pitch_hz * time) * np.exp(-time / 0.05)
    stick = passed(rng.standard_normal(time.size), low_hz=700.0, high_hz=6000.0)
    sound = 0.8 * skin + 0.25 * edge + 0.5 * stick * np.exp(-time / 0.008)
    return panned(faded(saturated(sound, drive=1.2), fall_s=0.1), position)


def stroke(drum: str, rng: np.random.Generator) -> Sound:
    """One full stroke ``(2, frames)`` on a drum named as in the score."""
    toms = {"high": (165.0, -0.35), "mid": (124.0, 0.05), "low": (92.0, 0.4)}
    if drum in toms:
        pitch_hz, position = toms[drum]
        return tom(rng, pitch_hz=pitch_hz, position=position)
    kit = {"kick": kick, "snare": snare, "hat": hat, "open": open_hat, "crash": crash}
    return kit[drum](rng)


def play(
    hits: Sequence[Hit], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Drums ``(2, frames)`` in their room; times and levels vary as a drummer's do."""
    dry = []
    for hit in hits:
        late_s = 0.004 * rng.standard_normal() + (0.006 if hit.drum == "snare" else 0.0)
        gain = amplitude(hit.level_db + rng.standard_normal())
        # soft strokes are duller
        struck = tilted(stroke(hit.drum, rng), corner_hz=3000.0, gain_db=hit.level_db / 4.0)
        dry.append((hit.beat * beat_s + late_s, gain * struck))
    sound = layered(dry, round(duration_s * RATE))
    walls = room(decay_s=0.45, rng=rng, delay_s=0.006, high_hz=9000.0)
    sound = in_room(sound, walls, wet_db=-13.0)
    sound = compressed(sound, threshold_db=-16.0, ratio=2.5, attack_s=0.012, release_s=0.1)
    return saturated(belled(sound, center_hz=750.0, gain_db=3.5), drive=0.8)
