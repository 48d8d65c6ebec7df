"""What every generator shares: the rate, units, and placing sounds in time.

Sounds are float32, mono (time,) or stereo (2, time), left first, 44 100 samples a second, full
scale ±1. Pitches are MIDI numbers (69 is 440 Hz). Randomness enters as a Generator.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

RATE = 44_100
Sound = NDArray[np.float32]


def seconds(duration_s: float) -> Sound:
    """Times of the samples of a sound, from 0: (time,) in seconds."""
    return (np.arange(round(duration_s * RATE)) / RATE).astype(np.float32)


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch.

    Examples
    --------
    >>> hertz(69)
    440.0
    """
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def amplitude(gain_db: float) -> float:
    """Factor that changes a level by `gain_db`.

    Examples
    --------
    >>> amplitude(20)
    10.0
    """
    return float(10.0 ** (gain_db / 20.0))


def noise(length: int, rng: np.random.Generator, *, channels: int = 1) -> Sound:
    """White noise of unit power: (time,), or (channels, time) for more than one channel."""
    shape = length if channels == 1 else (channels, length)
    return rng.standard_normal(shape, dtype=np.float32)


def loudness_db(sound: Sound, *, quiet_db: float = 30.0) -> float:
    """Root mean square in dB of the stretches of 0.1 s no more than `quiet_db` below the loudest.

    Silence has −120 dB.

    Examples
    --------
    >>> half = np.zeros((2, 44100), np.float32)
    >>> half[:, :22050] = 0.1
    >>> round(loudness_db(half), 1)
    -20.0
    """
    power = np.atleast_2d(sound).astype(np.float64) ** 2
    blocks = np.add.reduceat(power.mean(axis=0), np.arange(0, power.shape[1], RATE // 10))
    blocks /= RATE // 10
    if blocks.size == 0 or blocks.max() < 1e-12:
        return -120.0
    active = blocks[blocks > blocks.max() * 10.0 ** (-quiet_db / 10.0)]
    return float(10.0 * np.log10(active.mean()))


def levelled(sound: Sound, level_db: float) -> Sound:
    """`sound` with its loudness at `level_db`; silence stays silence."""
    now = loudness_db(sound)
    return sound if now <= -119.0 else sound * np.float32(amplitude(level_db - now))


def faded(sound: Sound, *, rise_s: float = 0.001, fall_s: float = 0.01) -> Sound:
    """`sound` with raised-cosine ramps at both ends."""
    gain = np.ones(sound.shape[-1], np.float32)
    for part, ramp_s in ((gain, rise_s), (gain[::-1], fall_s)):
        length = min(round(ramp_s * RATE), part.size)
        ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(length, 1))
        part[:length] *= ramp.astype(np.float32)
    return sound * gain


def panned(sound: Sound, position: float | Sound) -> Sound:
    """Stereo of a mono sound; `position` from −1 (left) to 1, also (time,); equal power.

    A stereo sound keeps its channels and is balanced the same way.
    """
    angle = (np.asarray(position, np.float32) + 1.0) * (np.pi / 4.0)
    gains = np.sqrt(2.0) * np.stack(np.broadcast_arrays(np.cos(angle), np.sin(angle)))
    gains = gains.reshape(2, -1).astype(np.float32)
    out: Sound = gains * np.atleast_2d(sound)
    return out


def at_speed(sound: Sound, speed: float) -> Sound:
    """`sound` played `speed` times as fast, higher by as much: (channels, time)."""
    sound = np.atleast_2d(sound)
    times = np.arange(int(sound.shape[1] / speed)) * speed
    there = np.arange(sound.shape[1])
    return np.stack([np.interp(times, there, channel) for channel in sound]).astype(np.float32)


def layered(events: Iterable[tuple[float, Sound]], length: int) -> Sound:
    """Stereo sum (2, length) of sounds that begin at given times in seconds.

    Mono sounds go to both channels; what lies outside is cut off.
    """
    canvas = np.zeros((2, length), np.float32)
    for start_s, sound in events:
        start = round(start_s * RATE)
        first = max(0, -start)
        last = max(first, min(sound.shape[-1], length - start))
        canvas[:, start + first : start + last] += sound[..., first:last]
    return canvas
