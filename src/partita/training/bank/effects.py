"""The studio: filters, dynamics, distortion, room, delay, modulation.

Effects act on the last axis of a sound and return a new one. Levels are dBFS.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from partita.training.bank.sound import RATE, Sound, amplitude, faded, noise, seconds


def passed(
    sound: Sound, *, low_hz: float | None = None, high_hz: float | None = None, order: int = 2
) -> Sound:
    """`sound` between `low_hz` and `high_hz` (Butterworth); either may be left out."""
    out = sound
    for cutoff_hz, kind in ((low_hz, "highpass"), (high_hz, "lowpass")):
        if cutoff_hz is not None:
            sos = signal.butter(order, min(cutoff_hz, 0.48 * RATE), kind, fs=RATE, output="sos")
            out = signal.sosfilt(sos.astype(np.float32), out, axis=-1)
    return out.astype(np.float32)


def belled(sound: Sound, *, center_hz: float, gain_db: float, q: float = 1.0) -> Sound:
    """`sound` through a peaking equaliser (Bristow-Johnson's audio cookbook)."""
    omega = 2.0 * np.pi * center_hz / RATE
    root, alpha = amplitude(gain_db / 2.0), np.sin(omega) / (2.0 * q)
    b = [1.0 + alpha * root, -2.0 * np.cos(omega), 1.0 - alpha * root]
    a = [1.0 + alpha / root, -2.0 * np.cos(omega), 1.0 - alpha / root]
    out: Sound = signal.lfilter(b, a, sound, axis=-1).astype(np.float32)
    return out


def shelved(sound: Sound, *, corner_hz: float, gain_db: float, high: bool = True) -> Sound:
    """`sound` with everything above (or below) a corner raised by `gain_db`, first order."""
    part = passed(sound, high_hz=corner_hz, order=1)
    if high:
        part = sound - part
    return sound + np.float32(amplitude(gain_db) - 1.0) * part


def equalised(sound: Sound, rng: np.random.Generator, *, range_db: float = 4.0) -> Sound:
    """`sound` through a random but mild channel strip: low shelf, two bells, high shelf."""
    low_db, high_db = rng.uniform(-range_db, range_db, 2)
    out = shelved(sound, corner_hz=rng.uniform(90.0, 220.0), gain_db=low_db, high=False)
    for low_hz, high_hz in ((250.0, 1000.0), (1000.0, 5000.0)):
        out = belled(
            out,
            center_hz=float(np.exp(rng.uniform(np.log(low_hz), np.log(high_hz)))),
            gain_db=float(rng.uniform(-range_db, range_db)),
            q=float(rng.uniform(0.5, 1.6)),
        )
    return shelved(out, corner_hz=rng.uniform(4000.0, 9000.0), gain_db=high_db)


def saturated(sound: Sound, *, drive: float) -> Sound:
    """`sound` bent by tanh; small sounds keep their level."""
    out: Sound = (np.tanh(np.float32(drive) * sound) / np.float32(drive)).astype(np.float32)
    return out


def compressed(
    sound: Sound,
    *,
    threshold_db: float,
    ratio: float,
    attack_s: float = 0.005,
    release_s: float = 0.12,
    makeup_db: float = 0.0,
) -> Sound:
    """`sound` with levels above `threshold_db` (root mean square) reduced by `ratio`.

    Both channels share one gain, one value every 64 samples, so the image stays where it is.
    """
    level_db = _block_levels(sound)
    wanted_db = np.minimum(0.0, (threshold_db - level_db) * (1.0 - 1.0 / ratio))
    gain_db = _followed(wanted_db, 64 / RATE, attack_s, release_s)
    return sound * _spread(gain_db + np.float32(makeup_db), sound.shape[-1])


def ducked(sound: Sound, trigger: Sound, *, depth_db: float, release_s: float = 0.18) -> Sound:
    """`sound` lowered by up to `depth_db` while `trigger` is loud: side-chain compression."""
    level_db = _block_levels(trigger)
    wanted_db = -depth_db * np.clip((level_db - level_db.max() + 24.0) / 18.0, 0.0, 1.0)
    return sound * _spread(_followed(wanted_db, 64 / RATE, 0.004, release_s), sound.shape[-1])


def _block_levels(sound: Sound) -> Sound:
    power = np.square(np.atleast_2d(sound)).mean(axis=0)
    blocks = np.add.reduceat(power, np.arange(0, power.size, 64)) / 64
    levels: Sound = np.log10(np.maximum(blocks, 1e-12)).astype(np.float32) * np.float32(10.0)
    return levels


def _spread(gain_db: Sound, length: int) -> Sound:
    times = (np.arange(gain_db.size) + 0.5) * 64
    return (10.0 ** (np.interp(np.arange(length), times, gain_db) / 20.0)).astype(np.float32)


def _followed(target: Sound, step_s: float, fall_s: float, rise_s: float) -> Sound:
    """`target` followed by one pole with different times for falling and rising."""
    fall, rise = np.exp(-step_s / fall_s), np.exp(-step_s / rise_s)
    values, state = [], 0.0
    for value in target.tolist():
        keep = fall if value < state else rise
        state = keep * state + (1.0 - keep) * value
        values.append(state)
    return np.asarray(values, np.float32)


def room(
    *, decay_s: float, rng: np.random.Generator, delay_s: float = 0.01, high_hz: float = 6000.0
) -> Sound:
    """Impulse response (2, time) of a room that falls by 60 dB in `decay_s`, of unit energy.

    A few early reflections, then noise that is independent on both sides and whose highs die
    first.
    """
    time = seconds(1.05 * decay_s)
    tail = noise(time.size, rng, channels=2) * (10.0 ** (-3.0 * time / decay_s))
    dark = passed(tail, low_hz=180.0, high_hz=high_hz / 3.0, order=1)
    bright = passed(tail, low_hz=high_hz / 3.0, high_hz=high_hz, order=1)
    tail = dark + bright * np.exp(-2.5 * time / decay_s)
    for at_s in rng.uniform(0.004, min(0.06, decay_s / 3), 8):
        at = round(at_s * RATE)
        tail[rng.integers(2), at : at + 1] += np.float32(3.0 * np.exp(-at_s / 0.03))
    tail = faded(tail, rise_s=0.002, fall_s=0.1 * decay_s)
    tail /= np.sqrt(np.mean(np.sum(tail**2, axis=1)))
    return np.pad(tail, ((0, 0), (round(delay_s * RATE), 0)))


def reverberated(sound: Sound, walls: Sound, *, wet_db: float) -> Sound:
    """Stereo `sound` plus what the room `walls` answers, `wet_db` below it."""
    wet = signal.oaconvolve(np.atleast_2d(sound), walls, mode="full", axes=-1)
    out: Sound = sound + np.float32(amplitude(wet_db)) * wet[:, : sound.shape[-1]]
    return out.astype(np.float32)


def echoed(sound: Sound, *, delay_s: float, feedback: float, wet_db: float) -> Sound:
    """Stereo `sound` with echoes that swap sides and grow darker."""
    step, gain = round(delay_s * RATE), amplitude(wet_db)
    out, tap = sound.copy(), sound
    while gain > 0.01 and step > 0:
        tap = passed(tap, low_hz=200.0, high_hz=5000.0, order=1)[::-1]
        tap = np.pad(tap, ((0, 0), (step, 0)))[:, : sound.shape[1]]
        out = out + np.float32(gain) * tap
        gain *= feedback
    return out


def chorused(sound: Sound, rng: np.random.Generator, *, depth_s: float, rate_hz: float) -> Sound:
    """Stereo `sound` plus copies whose delay swings, with a different phase on each side."""
    time = np.arange(sound.shape[1])
    out = sound.copy()
    for channel, start in enumerate(rng.uniform(0.0, 2.0 * np.pi, 2)):
        swing = np.sin(2.0 * np.pi * rate_hz * time / RATE + start)
        delay = (0.006 + depth_s * (1.0 + swing)) * RATE
        out[channel] += 0.7 * np.interp(time - delay, time, sound[channel]).astype(np.float32)
    return out * np.float32(0.75)


def trembled(sound: Sound, *, rate_hz: float, depth: float, wide: bool = True) -> Sound:
    """`sound` with its level swinging, in turn on both sides when `wide`."""
    swing = np.sin(2.0 * np.pi * rate_hz * np.arange(sound.shape[-1]) / RATE)
    gains = np.stack([1.0 + depth * swing, 1.0 - depth * swing if wide else 1.0 + depth * swing])
    return (sound * gains).astype(np.float32)


def widened(sound: Sound, width: float) -> Sound:
    """Stereo `sound` with its side signal times `width`; 0 is mono, 1 leaves it."""
    mid, side = (sound[0] + sound[1]) / 2, (sound[0] - sound[1]) / 2 * np.float32(width)
    return np.stack([mid + side, mid - side])


def amplified(sound: Sound, rng: np.random.Generator, *, gain_db: float) -> Sound:
    """Mono `sound` through a guitar amplifier and its cabinet, about as loud as it came.

    A high-pass, two bent stages at four times the rate, a tone stack and a loudspeaker: nothing
    below 80 Hz, a hump at 2–3.5 kHz, steep above 5 kHz.
    """
    level = max(float(np.sqrt(np.mean(sound**2))), 1e-6)
    driven = passed(sound / level * 0.1, low_hz=float(rng.uniform(90.0, 240.0)), order=1)
    driven = belled(driven, center_hz=rng.uniform(600.0, 1100.0), gain_db=rng.uniform(0.0, 6.0))
    fine = signal.resample_poly(driven, 4, 1).astype(np.float32) * np.float32(amplitude(gain_db))
    fine = np.tanh(fine + 0.15) - np.float32(np.tanh(0.15))
    fine = np.tanh(np.float32(rng.uniform(1.0, 3.0)) * fine)
    out = signal.resample_poly(fine, 1, 4)[: sound.size].astype(np.float32)
    return cabinet(out, rng) * np.float32(level / 0.5)


def cabinet(sound: Sound, rng: np.random.Generator) -> Sound:
    """Mono `sound` through a loudspeaker in a box, heard by a microphone close to it."""
    out = passed(sound, low_hz=rng.uniform(65.0, 110.0), high_hz=rng.uniform(4300.0, 6500.0))
    out = passed(out, high_hz=rng.uniform(6000.0, 8500.0), order=3)
    out = belled(out, center_hz=rng.uniform(100.0, 150.0), gain_db=rng.uniform(0, 5), q=1.4)
    out = belled(out, center_hz=rng.uniform(350.0, 600.0), gain_db=rng.uniform(-7, -1), q=0.8)
    return belled(out, center_hz=rng.uniform(2000, 3600), gain_db=rng.uniform(1, 7), q=1.2)
