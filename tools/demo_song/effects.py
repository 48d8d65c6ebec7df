"""Filters, dynamics, room and mixing for the demo song's instruments.

Sounds are ``(frames,)`` or ``(2, frames)``; filters and gains act on the last axis.
No function changes its input.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Sound = NDArray[np.float64]

RATE = 44_100


def seconds(duration_s: float) -> Sound:
    """Time axis of a sound, in seconds from 0; shape ``(frames,)``."""
    return np.arange(round(duration_s * RATE)) / RATE


def hertz(pitch: float) -> float:
    """Frequency in Hz of a MIDI pitch, with 69 at 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


def amplitude(gain_db: float) -> float:
    """Factor that changes a level by `gain_db` decibels."""
    return float(10.0 ** (gain_db / 20.0))


def smoothed(track: Sound, length: int) -> Sound:
    """`track` convolved with a Hann window of `length` values along the last axis.

    The window has sum one and the ends are held, so constants stay as they are.
    """
    window = signal.windows.hann(length + 2)[1:-1]
    pad = [(0, 0)] * (track.ndim - 1) + [(length, length)]
    held = np.pad(track, pad, mode="edge")
    shape = (1,) * (track.ndim - 1) + (-1,)
    result = signal.fftconvolve(held, (window / window.sum()).reshape(shape), "same", axes=-1)
    return result[..., length:-length]


def faded(sound: Sound, *, rise_s: float = 0.001, fall_s: float = 0.01) -> Sound:
    """`sound` with raised-cosine ramps at its two ends."""
    gain = np.ones(sound.shape[-1])
    for part, ramp_s in ((gain, rise_s), (gain[::-1], fall_s)):
        length = min(round(ramp_s * RATE), sound.shape[-1])
        part[:length] *= 0.5 - 0.5 * np.cos(np.pi * np.arange(length) / max(length, 1))
    return sound * gain


def panned(sound: Sound, position: float | Sound) -> Sound:
    """Stereo ``(2, frames)`` of a mono sound; `position` is -1 (left) to 1 (right).

    It may move, as an array ``(frames,)``. Equal power: the sum of the squares of both
    channels does not depend on it.
    """
    angle = (position + 1.0) * np.pi / 4.0
    return np.stack([np.cos(angle) * sound, np.sin(angle) * sound]) * np.sqrt(2.0)


def layered(events: Iterable[tuple[float, Sound]], frames: int) -> Sound:
    """Stereo sum ``(2, frames)`` of sounds that begin at given times in seconds.

    Mono sounds go to both channels; what lies outside the canvas is cut off.
    """
    canvas = np.zeros((2, frames))
    for start_s, sound in events:
        start = round(start_s * RATE)
        first = max(0, -start)
        last = max(first, min(sound.shape[-1], frames - start))
        canvas[:, start + first : start + last] += sound[..., first:last]
    return canvas


def passed(
    sound: Sound, *, low_hz: float | None = None, high_hz: float | None = None, order: int = 2
) -> Sound:
    """`sound` through a Butterworth filter that keeps `low_hz` to `high_hz`."""
    if low_hz is not None and high_hz is not None:
        sos = signal.butter(order, [low_hz, high_hz], "bandpass", fs=RATE, output="sos")
    elif low_hz is not None:
        sos = signal.butter(order, low_hz, "highpass", fs=RATE, output="sos")
    else:
        sos = signal.butter(order, high_hz, "lowpass", fs=RATE, output="sos")
    return signal.sosfilt(sos, sound, axis=-1)


def belled(sound: Sound, *, center_hz: float, gain_db: float, q: float = 1.0) -> Sound:
    """`sound` through a peaking equaliser (Bristow-Johnson's audio cookbook)."""
    omega = 2.0 * np.pi * center_hz / RATE
    root, alpha = amplitude(gain_db / 2.0), np.sin(omega) / (2.0 * q)
    b = [1.0 + alpha * root, -2.0 * np.cos(omega), 1.0 - alpha * root]
    a = [1.0 + alpha / root, -2.0 * np.cos(omega), 1.0 - alpha / root]
    return signal.lfilter(b, a, sound, axis=-1)


def tilted(sound: Sound, *, corner_hz: float, gain_db: float) -> Sound:
    """`sound` with all above `corner_hz` raised or lowered by `gain_db` (first order)."""
    low = passed(sound, high_hz=corner_hz, order=1)
    return low + amplitude(gain_db) * (sound - low)


def saturated(sound: Sound, *, drive: float) -> Sound:
    """`sound` bent by tanh; `drive` is the slope's bend, small sounds keep their level."""
    return np.tanh(drive * sound) / drive


def compressed(
    sound: Sound,
    *,
    threshold_db: float,
    ratio: float,
    attack_s: float = 0.005,
    release_s: float = 0.12,
) -> Sound:
    """`sound` with levels above `threshold_db` (dBFS, root mean square) reduced by `ratio`.

    Both channels share one gain, computed every 32 frames, so the image stays put.
    """
    hop = 32
    power = np.atleast_2d(sound**2).mean(0)
    blocks = np.add.reduceat(power, np.arange(0, power.size, hop)) / hop
    level_db = 10.0 * np.log10(smoothed(blocks, 7).clip(1e-12))
    wanted_db = np.minimum(0.0, (threshold_db - level_db) * (1.0 - 1.0 / ratio))
    gain_db = _followed(wanted_db, hop / RATE, attack_s, release_s)
    times = (np.arange(blocks.size) + 0.5) * hop
    return sound * 10.0 ** (np.interp(np.arange(power.size), times, gain_db) / 20.0)


def _followed(target: Sound, step_s: float, fall_s: float, rise_s: float) -> Sound:
    """`target` followed by a one-pole with separate times for falling and rising."""
    fall, rise = np.exp(-step_s / fall_s), np.exp(-step_s / rise_s)
    values, state = np.empty_like(target), 0.0
    for i, value in enumerate(target):
        keep = fall if value < state else rise
        state = keep * state + (1.0 - keep) * value
        values[i] = state
    return values


def room(
    *, decay_s: float, rng: np.random.Generator, delay_s: float = 0.01, high_hz: float = 6000.0
) -> Sound:
    """Impulse response ``(2, frames)`` of a room that falls by 60 dB in `decay_s`.

    Decaying noise, independent on both sides, whose highs die earlier than its lows,
    after `delay_s` of silence. Its energy is one per channel.
    """
    time = seconds(1.1 * decay_s)
    noise = rng.standard_normal((2, time.size)) * 10.0 ** (-3.0 * time / decay_s)
    dark = passed(noise, low_hz=220.0, high_hz=high_hz / 3.0, order=1)
    bright = passed(noise, low_hz=high_hz / 3.0, high_hz=high_hz, order=1)
    tail = faded(dark + bright * np.exp(-3.0 * time / decay_s), rise_s=0.004, fall_s=0.1)
    tail /= np.sqrt((tail**2).sum(-1, keepdims=True))
    return np.pad(tail, ((0, 0), (round(delay_s * RATE), 0)))


def in_room(sound: Sound, response: Sound, *, wet_db: float) -> Sound:
    """`sound` ``(2, frames)`` plus its reverberation at `wet_db`, cut at the same length."""
    wet = signal.fftconvolve(sound, response, axes=-1)[:, : sound.shape[-1]]
    return sound + amplitude(wet_db) * wet
