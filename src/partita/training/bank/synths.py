"""Instruments made from equations: wavetable synthesisers and plucked strings.

Each player is a function of (notes in seconds, length, rng) that returns (2, length). Equal
pitches of equal length share one computed tone, as a sampler would.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.training.bank import effects
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, Sound, faded, hertz, layered, noise, panned

TABLE = 2048


@dataclass(frozen=True)
class Patch:
    """The knobs of a subtractive synthesiser.

    Attributes
    ----------
    wave : "saw", "square", "pulse", "triangle", "sine" or "reed". voices : detuned oscillators.
    detune : spread in semitones. cutoff : partials that the filter passes at rest.
    sweep : octaves that the envelope opens the filter. attack_s, decay_s, release_s, sustain.
    sub : share of a sine an octave below. width : 0 mono … 1 voices spread wide.
    dive : octaves that the pitch starts above the note, gone in a hundredth of a second.
    """

    wave: str
    voices: int
    detune: float
    cutoff: float
    sweep: float
    attack_s: float
    decay_s: float
    sustain: float
    release_s: float
    sub: float
    width: float
    vibrato: float
    dive: float = 0.0


def drawn_patch(kind: str, rng: np.random.Generator) -> Patch:
    """A random Patch for a pad, stab, pluck, lead, bass, blip, thump, reese or sub."""
    wave = str(rng.choice(["saw", "saw", "square", "pulse", "triangle", "reed"]))
    spread = float(rng.uniform(0.05, 0.25))
    cutoff, sweep = float(rng.uniform(3, 20)), float(rng.uniform(0.5, 3.5))
    vibrato = 0.12 * float(rng.random() < 0.5)
    if kind == "pad":
        times = (rng.uniform(0.15, 0.8), 1.0, 0.8, rng.uniform(0.3, 1.2))
        return Patch(wave, int(rng.integers(3, 7)), spread, cutoff, 0.5, *times, 0.0, 1.0, 0.0)
    if kind == "stab":
        times = (0.004, rng.uniform(0.1, 0.5), 0.3, 0.12)
        return Patch("saw", int(rng.integers(2, 7)), spread, cutoff, sweep, *times, 0.0, 0.9, 0.0)
    if kind == "pluck":
        times = (0.002, rng.uniform(0.06, 0.35), 0.0, rng.uniform(0.05, 0.3))
        return Patch(wave, int(rng.integers(1, 4)), 0.08, cutoff, sweep, *times, 0.0, 0.6, 0.0)
    if kind == "lead":
        times = (0.008, 0.3, 0.8, 0.1)
        voices = int(rng.integers(1, 6))
        return Patch(wave, voices, spread, 1.5 * cutoff, sweep / 2, *times, 0.0, 0.7, vibrato)
    if kind == "blip":
        times = (0.002, float(np.exp(rng.uniform(np.log(0.04), np.log(0.4)))), 0.0, 0.03)
        sub = float(rng.uniform(0.2, 1.0) * (rng.random() < 0.3))
        return Patch(wave, 1, 0.0, cutoff, sweep, *times, sub, 0.0, 0.0)
    if kind == "thump":  # what could be a bass drum, but for its partials and its steady pitch
        cutoff, sweep = float(np.exp(rng.uniform(np.log(0.4), np.log(4.0)))), float(rng.random())
        sustain = float(rng.choice([0.0, 0.5, 0.9]))
        times = (0.001, rng.uniform(0.05, 0.4), sustain, rng.uniform(0.04, 0.3))
        dive = float(rng.uniform(0.0, 3.0) * (rng.random() < 0.75))
        return Patch(wave, 1, 0.0, cutoff, sweep, *times, 0.0, 0.0, 0.0, dive)
    if kind == "reese":
        times = (0.01, 1.0, 0.9, 0.08)
        return Patch("saw", 3, float(rng.uniform(0.15, 0.4)), cutoff, 0.5, *times, 0.7, 0.25, 0.0)
    if kind == "sub":
        times = (0.004, rng.uniform(0.5, 2.0), 0.4, 0.06)
        return Patch("sine", 1, 0.0, 2.0, 0.0, *times, 0.0, 0.0, 0.0)
    times = (0.003, rng.uniform(0.08, 0.4), rng.uniform(0.2, 0.8), 0.05)
    voices = int(rng.choice([1, 1, 2]))
    return Patch(wave, voices, 0.08, cutoff, sweep, *times, rng.uniform(0.0, 0.8), 0.1, 0.0)


def synthesiser(
    patch: Patch, notes: Sequence[Note], length: int, rng: np.random.Generator
) -> Sound:
    """Notes played by a patch."""
    tones: dict[tuple[float, int], Sound] = {}
    events = []
    for note in notes:
        key = (note.pitch, round(note.length * 20))
        if key not in tones:
            tones[key] = _tone(patch, note.pitch, max(note.length, 0.04), rng)
        events.append((note.start, tones[key] * np.float32(note.velocity)))
    return layered(events, length)


def _tone(patch: Patch, pitch: float, length_s: float, rng: np.random.Generator) -> Sound:
    time = np.arange(round((length_s + patch.release_s) * RATE)) / RATE
    decay = np.exp(-time / patch.decay_s)
    envelope = (patch.sustain + (1.0 - patch.sustain) * decay) * (
        1.0 - np.exp(-time / patch.attack_s)
    )
    envelope *= np.exp(-np.maximum(time - length_s, 0.0) / max(patch.release_s / 4, 0.01))
    tables = _tables(patch, hertz(pitch))
    bright = np.clip(patch.sweep * decay, 0.0, len(tables) - 1.001)
    swing = patch.vibrato * np.sin(2 * np.pi * 5.3 * time) * np.clip(time / 0.4 - 0.5, 0.0, 1.0)
    total = np.zeros((2, time.size), np.float32)
    for voice in range(patch.voices):
        place = 0.0 if patch.voices == 1 else 2.0 * voice / (patch.voices - 1) - 1.0
        octaves = swing / 12.0 + patch.dive * np.exp(-time / 0.01)
        f_hz = hertz(pitch + patch.detune * place) * 2.0**octaves
        phase = (np.cumsum(f_hz) / RATE + rng.random()) % 1.0 * TABLE
        wave = _looked_up(tables, phase, bright)
        total += panned(wave, patch.width * place * 0.8)
    if patch.sub:
        total += patch.sub * np.sin(np.pi * np.cumsum(np.full(time.size, hertz(pitch))) / RATE)
    scale = (envelope / np.sqrt(patch.voices)).astype(np.float32)
    return faded(total * scale, fall_s=0.01).astype(np.float32)


def _tables(patch: Patch, f0_hz: float) -> Sound:
    """One period at filters from closed to open, an octave apart: (tables, TABLE + 1)."""
    count = min(int(15_000.0 / f0_hz), TABLE // 2 - 1)
    k = np.arange(1, count + 1)
    levels = {
        "saw": 1.0 / k,
        "square": (k % 2) / k,
        "pulse": np.abs(np.sin(0.2 * np.pi * k)) / k * 1.4,
        "triangle": (k % 2) / k**2 * 1.5,
        "sine": (k == 1) * 1.0 + (k == 2) * 0.08 + (k == 3) * 0.05,
        "reed": np.exp(-(((k - 4) / 3.0) ** 2)) * 0.5 + 0.6 / k,
    }[patch.wave]
    tables = []
    for octave in range(5):
        gain = 1.0 / np.sqrt(1.0 + (k / (patch.cutoff * 2.0**octave)) ** 4)
        spectrum = np.zeros(TABLE // 2 + 1, complex)
        spectrum[1 : count + 1] = -0.5j * TABLE * levels * gain
        wave = np.fft.irfft(spectrum)
        tables.append(np.append(wave, wave[0]))
    return np.asarray(tables, np.float32)


def _looked_up(tables: Sound, phase: NDArray[np.float64], bright: NDArray[np.float64]) -> Sound:
    at, row = phase.astype(np.int64), bright.astype(np.int64)
    part, blend = (phase - at).astype(np.float32), (bright - row).astype(np.float32)
    lower = tables[row, at] * (1 - part) + tables[row, at + 1] * part
    upper = tables[row + 1, at] * (1 - part) + tables[row + 1, at + 1] * part
    wave: Sound = (lower * (1 - blend) + upper * blend).astype(np.float32)
    return wave


def plucked(
    notes: Sequence[Note], length: int, rng: np.random.Generator, *, damping: float, place: float
) -> Sound:
    """Plucked strings (2, length): partials that decay the faster the higher they are.

    Parameters
    ----------
    damping : 0.3 (a bright open string) … 4 (damped by the palm). place : where along the string
        it is plucked, 0.05 (at the bridge, thin) … 0.5.
    """
    tones: dict[tuple[float, int], Sound] = {}
    events = []
    for note in notes:
        key = (note.pitch, round(note.length * 20))
        if key not in tones:
            tones[key] = _string(note.pitch, note.length, rng, damping=damping, place=place)
        events.append((note.start, tones[key] * np.float32(note.velocity)))
    return layered(events, length)


def _string(
    pitch: float, length_s: float, rng: np.random.Generator, *, damping: float, place: float
) -> Sound:
    time, f0_hz = np.arange(round((length_s + 0.06) * RATE)) / RATE, hertz(pitch)
    sound = np.zeros(time.size)
    for k in range(1, min(int(9000.0 / f0_hz), 60) + 1):
        f_hz = f0_hz * k * np.sqrt(1.0 + 6e-5 * k**2)
        decay_s = 1.6 / damping / (0.6 + 0.25 * k + 0.01 * k**2) * (220.0 / f0_hz) ** 0.3
        level = np.sin(k * np.pi * place) / k * rng.uniform(0.85, 1.15)
        wave = np.sin(2.0 * np.pi * f_hz * time + rng.uniform(0.0, 2 * np.pi))
        sound += level * np.exp(-time / decay_s) * wave
    pick = effects.passed(noise(time.size, rng), low_hz=1500.0, high_hz=7000.0)
    sound += 0.12 * pick * np.exp(-time / 0.004)
    return faded(sound.astype(np.float32), rise_s=0.002, fall_s=0.05)


def sweeps(notes: Sequence[Note], length: int, rng: np.random.Generator) -> Sound:
    """Noise or a tone whose colour moves up (notes from pitch 66 on) or down, (2, length)."""
    events = []
    for note in notes:
        size = max(round(note.length * RATE), 64)
        rise = np.linspace(0.0, 1.0, size, dtype=np.float32)
        if note.pitch < 66:
            rise = rise[::-1]
        hiss = noise(size, rng, channels=2)
        sound = np.zeros((2, size), np.float32)
        for step, centre_hz in enumerate(np.geomspace(250.0, 9000.0, 7)):
            band = effects.passed(hiss, low_hz=centre_hz * 0.6, high_hz=centre_hz * 1.6)
            sound += band * np.exp(-(((rise * 6 - step) / 1.2) ** 2))
        if rng.random() < 0.4:
            f_hz = 150.0 * 2.0 ** (rise.astype(np.float64) * rng.uniform(1.5, 4.0))
            sound += 0.5 * np.sign(np.sin(2 * np.pi * np.cumsum(f_hz) / RATE)).astype(np.float32)
        events.append((note.start, faded(sound * (0.1 + rise**2), fall_s=0.05)))
    return effects.equalised(layered(events, length), rng)
