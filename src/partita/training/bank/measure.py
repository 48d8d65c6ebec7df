"""Figures that tell made sound from real: long-term spectra, crest factors, width, levels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.training.bank.sound import RATE, Sound, loudness_db

BANDS_HZ = tuple(float(f) for f in np.geomspace(40.0, 18_000.0, 28))


def third_octaves(sound: Sound, *, n_fft: int = 4096) -> NDArray[np.float64]:
    """Mean power around each of `BANDS_HZ` in dB, their sum at 0 dB: the long-term spectrum.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(44100) / 44100).astype(np.float32)
    >>> bands = third_octaves(np.stack([tone, tone]))
    >>> 900 < BANDS_HZ[int(bands.argmax())] < 1100
    True
    """
    mono = np.atleast_2d(sound).mean(axis=0)
    count = max(mono.size // n_fft, 1)
    frames = np.resize(mono, count * n_fft).reshape(count, n_fft) * np.hanning(n_fft)
    power = (np.abs(np.fft.rfft(frames, axis=1)) ** 2).mean(axis=0)
    f_hz = np.fft.rfftfreq(n_fft, 1 / RATE)
    edges = np.geomspace(BANDS_HZ[0] * 0.9, BANDS_HZ[-1] * 1.1, len(BANDS_HZ) + 1)
    sums = np.histogram(f_hz, bins=edges, weights=power)[0]
    total: NDArray[np.float64] = 10 * np.log10(np.maximum(sums / max(sums.sum(), 1e-20), 1e-9))
    return total


def crest_db(sound: Sound) -> float:
    """Peak over loudness, dB."""
    peak = float(np.abs(sound).max(initial=1e-9))
    return 20 * float(np.log10(peak)) - loudness_db(sound)


def width_db(sound: Sound) -> float:
    """Side over mid, dB; −60 is mono, 0 as wide as noise in two channels."""
    mid, side = sound[0] + sound[1], sound[0] - sound[1]
    share = float(np.mean(side**2)) / max(float(np.mean(mid**2)), 1e-12)
    return 10 * float(np.log10(max(share, 1e-6)))


def activity(sound: Sound, *, below_db: float = 40.0) -> float:
    """Share of the tenths of a second that are within `below_db` of the loudest."""
    power = np.square(sound).mean(axis=0)
    blocks = np.add.reduceat(power, np.arange(0, power.size, RATE // 10))
    return float((blocks > max(float(blocks.max()), 1e-12) * 10 ** (-below_db / 10)).mean())
