"""What a kick, a snare and a hi-hat sound like, roughly: short spectrograms to start NMFD from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from partita.signal.stft import stft

Floats = NDArray[np.floating]

LENGTHS_S = MappingProxyType({"kick": 0.4, "snare": 0.25, "hihat": 0.1})
"""What a template is zero after: one that lasts until the next stroke would learn what lasts."""
STROKES = 12
"""That a template is the mean of, each a little different: no drum is the one that is heard."""


def drum_templates(*, rate: int, n_fft: int, hop: int, seed: int = 0) -> Floats:
    """(n_fft/2 + 1, 3, length): kick, snare and hi-hat, each adding up to one.

    Parameters
    ----------
    rate : Hz. n_fft, hop : samples; frame 0 is centred just before the stroke.

    Returns
    -------
    Magnitudes, float32, as long as the longest drum. Each is the mean over strokes of different
    size: a sine that falls in pitch with a click (kick), two modes of a skin and coloured noise
    (snare), and noise above some kilohertz that dies at once (hi-hat, closed).

    Examples
    --------
    >>> drum_templates(rate=44100, n_fft=2048, hop=512).shape
    (1025, 3, 34)
    """
    rng = np.random.default_rng(seed)
    lengths = [max(round(LENGTHS_S[drum] * rate / hop), 1) for drum in DRUMS]
    # Frames are centred on multiples of hop: a stroke at half a hop is met by frame 0.
    silence, count = np.zeros(hop // 2), hop * max(lengths)
    time_s = np.arange(count) / rate
    out = np.zeros((n_fft // 2 + 1, len(DRUMS), max(lengths)), dtype=np.float32)
    for number, (stroke, length) in enumerate(zip(DRUMS.values(), lengths, strict=True)):
        for _ in range(STROKES):
            sound = np.concatenate([silence, stroke(time_s, rate, rng)])[:count]
            sound = sound / np.sqrt(np.sum(np.square(sound)))
            out[:, number, :length] += np.abs(stft(sound, n_fft=n_fft, hop=hop))[:, :length]
    sums: Floats = np.sum(out, axis=(0, 2))[:, None]
    return out / sums


def _kick(time_s: Floats, rate: int, rng: np.random.Generator) -> Floats:
    low, high = rng.uniform(45, 70), rng.uniform(110, 220)
    f_hz = low + (high - low) * np.exp(-time_s / rng.uniform(0.015, 0.04))
    body = np.sin(2 * np.pi * np.cumsum(f_hz) / rate) * np.exp(-time_s / rng.uniform(0.08, 0.25))
    click = rng.standard_normal(len(time_s)) * np.exp(-time_s / 0.003)
    kick: Floats = body + rng.uniform(0.02, 0.1) * click
    return kick


def _snare(time_s: Floats, rate: int, rng: np.random.Generator) -> Floats:
    f_hz, decay_s = rng.uniform(160, 240), rng.uniform(0.04, 0.09)
    skin = np.sin(2 * np.pi * f_hz * time_s) + 0.6 * np.sin(2 * np.pi * 1.6 * f_hz * time_s)
    wires = _band(rng.standard_normal(len(time_s)), rate, 800, rng.uniform(7e3, 12e3))
    wires = wires * np.exp(-time_s / rng.uniform(0.05, 0.12))
    snare: Floats = 0.7 * skin * np.exp(-time_s / decay_s) + wires
    return snare


def _hi_hat(time_s: Floats, rate: int, rng: np.random.Generator) -> Floats:
    noise = _band(rng.standard_normal(len(time_s)), rate, rng.uniform(5e3, 8e3), 20e3)
    hi_hat: Floats = noise * np.exp(-time_s / rng.uniform(0.02, 0.06))
    return hi_hat


def _band(noise: Floats, rate: int, low_hz: float, high_hz: float) -> Floats:
    """The noise between two frequencies, falling off by 24 dB an octave outside."""
    freq_hz = np.fft.rfftfreq(len(noise), 1 / rate)
    ratio = np.maximum(np.maximum(low_hz / np.maximum(freq_hz, 1), freq_hz / high_hz), 1)
    out: Floats = np.fft.irfft(np.fft.rfft(noise) / ratio**4, n=len(noise))
    return out


DRUMS: Mapping[str, Callable[[Floats, int, np.random.Generator], Floats]] = MappingProxyType(
    {"kick": _kick, "snare": _snare, "hihat": _hi_hat}
)
"""Name of a drum -> a stroke of it (time,), from the times of its samples."""
