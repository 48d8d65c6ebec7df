"""Drums made from equations: swept sines, struck metal and shaped noise.

Each maker takes a Generator and returns one stroke (time,); the same seed gives the same stroke.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from partita.training.bank import effects
from partita.training.bank.sound import RATE, Sound, faded, noise, seconds


def swept(time: Sound, *, from_hz: float, to_hz: float, fall_s: float) -> Sound:
    """Sine whose pitch falls exponentially between two frequencies."""
    f_hz = to_hz + (from_hz - to_hz) * np.exp(-time / fall_s)
    wave: Sound = np.sin(2.0 * np.pi * np.cumsum(f_hz.astype(np.float64)) / RATE)
    return wave.astype(np.float32)


def falling(time: Sound, *, decay_s: float, hold_s: float = 0.0) -> Sound:
    """A level of one that falls exponentially once it was held."""
    level: Sound = np.exp(-np.maximum(time - hold_s, 0.0) / decay_s)
    return level


def kick(rng: np.random.Generator) -> Sound:
    """A bass drum, from a dry thump to a long boom, or a dive through the whole bass."""
    decay_s = float(np.exp(rng.uniform(np.log(0.06), np.log(0.5))))
    hold_s = float(rng.uniform(0.0, 0.3) * (rng.random() < 0.25))
    time = seconds(min(hold_s + 5 * decay_s, 2.0) + 0.1)
    skin = swept(
        time,
        from_hz=float(np.exp(rng.uniform(np.log(120.0), np.log(900.0)))),
        to_hz=rng.uniform(28.0, 62.0),
        fall_s=float(np.exp(rng.uniform(np.log(0.008), np.log(0.18)))),
    ) * falling(time, decay_s=decay_s, hold_s=hold_s)
    low = rng.uniform(900.0, 3000.0)
    click = effects.passed(noise(time.size, rng), low_hz=low, high_hz=4 * low)
    sound = skin + rng.uniform(0.0, 0.5) * click * np.exp(-time / rng.uniform(0.002, 0.008))
    return faded(effects.saturated(sound.astype(np.float32), drive=rng.uniform(0.8, 4.0)))


def snare(rng: np.random.Generator) -> Sound:
    """A snare drum: skin, edge, wires and the crack of the stick."""
    time = seconds(0.5)
    tone_hz = rng.uniform(150.0, 260.0)
    skin = swept(time, from_hz=1.4 * tone_hz, to_hz=tone_hz, fall_s=0.012)
    edge = np.sin(2.0 * np.pi * 1.78 * tone_hz * time) * np.exp(-time / 0.035)
    hiss = noise(time.size, rng)
    wires = effects.passed(hiss, low_hz=rng.uniform(900, 2500), high_hz=rng.uniform(8e3, 15e3))
    wires = wires * np.exp(-time / rng.uniform(0.04, 0.16))
    crack = effects.passed(hiss, low_hz=900.0, high_hz=6000.0) * np.exp(-time / 0.007)
    sound = 0.6 * skin * np.exp(-time / rng.uniform(0.03, 0.1)) + 0.25 * edge
    return faded((sound + rng.uniform(0.25, 0.6) * wires + 0.5 * crack).astype(np.float32))


def clap(rng: np.random.Generator) -> Sound:
    """Several hands, not quite together, in a room."""
    time = seconds(0.4)
    shape = np.exp(-np.maximum(time - 0.03, 0.0) / rng.uniform(0.05, 0.14)) * (time > 0.03)
    for start_s in (0.0, 0.009 + 0.003 * rng.random(), 0.02):
        shape = shape + np.exp(-np.maximum(time - start_s, 0.0) / 0.004) * (time >= start_s)
    centre = rng.uniform(1000.0, 1800.0)
    hiss = effects.passed(noise(time.size, rng), low_hz=0.6 * centre, high_hz=rng.uniform(4e3, 9e3))
    return faded((hiss * shape).astype(np.float32))


def metal(rng: np.random.Generator, *, decay_s: float, low_hz: float) -> Sound:
    """Six square waves without a common pitch, and noise, all above `low_hz`."""
    time = seconds(min(5 * decay_s, 2.5) + 0.05)
    f_hz = rng.uniform(280.0, 480.0) * np.array([1.0, 1.342, 1.2312, 1.6532, 1.9523, 2.1523])
    ring = sum(np.sign(np.sin(2.0 * np.pi * f * time.astype(np.float64))) for f in f_hz)
    mixed = rng.uniform(0.2, 1.0) * np.asarray(ring) / 6 + rng.uniform(0.3, 1.0) * noise(
        time.size, rng
    )
    strike = 0.6 * np.exp(-time / 0.006) + np.exp(-time / decay_s)
    return faded(effects.passed((mixed * strike).astype(np.float32), low_hz=low_hz, order=3))


def hat(rng: np.random.Generator) -> Sound:
    """A closed hi-hat."""
    return metal(rng, decay_s=rng.uniform(0.015, 0.06), low_hz=rng.uniform(5500.0, 8500.0))


def open_hat(rng: np.random.Generator) -> Sound:
    """An open hi-hat."""
    return metal(rng, decay_s=rng.uniform(0.15, 0.4), low_hz=rng.uniform(5000.0, 8000.0))


def crash(rng: np.random.Generator) -> Sound:
    """A crash cymbal."""
    return metal(rng, decay_s=rng.uniform(0.5, 0.9), low_hz=rng.uniform(2500.0, 5000.0))


def shaker(rng: np.random.Generator) -> Sound:
    """A shaker, or a tambourine without its skin."""
    time = seconds(0.12)
    shape = np.sin(np.pi * np.clip(time / rng.uniform(0.05, 0.11), 0.0, 1.0)) ** 2
    return effects.passed((noise(time.size, rng) * shape).astype(np.float32), low_hz=4500.0)


def tom(rng: np.random.Generator) -> Sound:
    """A tom."""
    time, pitch_hz = seconds(0.7), rng.uniform(80.0, 190.0)
    skin = swept(time, from_hz=1.7 * pitch_hz, to_hz=pitch_hz, fall_s=0.03)
    stick = effects.passed(noise(time.size, rng), low_hz=700.0, high_hz=6000.0)
    sound = skin * np.exp(-time / 0.16) + 0.4 * stick * np.exp(-time / 0.008)
    return faded(sound.astype(np.float32), fall_s=0.1)


def perc(rng: np.random.Generator) -> Sound:
    """Something small that is struck: wood, a bell, a conga."""
    time, pitch_hz = seconds(0.3), float(np.exp(rng.uniform(np.log(250.0), np.log(2500.0))))
    tone = swept(time, from_hz=1.2 * pitch_hz, to_hz=pitch_hz, fall_s=0.01)
    sound = tone * np.exp(-time / rng.uniform(0.02, 0.1))
    return faded((sound + 0.2 * noise(time.size, rng) * np.exp(-time / 0.01)).astype(np.float32))


SYNTHS: dict[str, Callable[[np.random.Generator], Sound]] = {
    "kick": kick, "snare": snare, "clap": clap, "hat": hat, "pedal": hat, "open": open_hat,
    "crash": crash, "ride": open_hat, "china": crash, "shaker": shaker, "maracas": shaker,
    "tambourine": shaker, "tom_high": tom, "tom_mid": tom, "tom_low": tom, "perc": perc,
    "cowbell": perc, "conga": perc, "bongo": perc, "rim": perc, "snap": clap, "brush": snare,
}  # fmt: skip
