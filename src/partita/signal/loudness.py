"""Loudness (ITU-R BS.1770-5, EBU R 128) and true peak of a stream of samples.

Loudness is in LUFS, gated; -inf for silence and for less than 0.4 s. True peak is in dBTP, over
four times the rate. Both are of one or two channels, weighted alike.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

BLOCK_S, STEP_S = 0.4, 0.1
OFFSET_LU = -0.691
ABSOLUTE_LUFS, RELATIVE_LU = -70.0, -10.0
OVERSAMPLING = 4


class LoudnessMeter:
    """Measures what is pushed, (channels, time) full scale ±1, block by block.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 997 * np.arange(48000 * 2) / 48000)[None]
    >>> meter = LoudnessMeter(48000, 1)
    >>> meter.push(tone)
    >>> round(meter.loudness_lufs, 1), round(meter.true_peak_dbtp(), 1)
    (-3.0, 0.0)
    """

    def __init__(self, rate: int, channels: int) -> None:
        import soxr

        self._sections = k_weighting(rate)
        self._state = np.zeros((len(self._sections), channels, 2))
        self._step = max(round(STEP_S * rate), 1)
        self._held = np.zeros(0)
        self._steps: list[float] = []
        self._oversampler = soxr.ResampleStream(
            rate, OVERSAMPLING * rate, channels, dtype="float32"
        )
        self._channels = channels
        self._peak = 0.0

    def push(self, samples: NDArray[np.floating]) -> None:
        """Take up the next (channels, time) samples."""
        from scipy.signal import sosfilt

        self._look_between(samples, last=False)
        weighted, self._state = sosfilt(self._sections, samples, axis=-1, zi=self._state)
        power = np.concatenate([self._held, np.sum(np.square(weighted), axis=0)])
        whole = len(power) - len(power) % self._step
        self._steps.extend(power[:whole].reshape(-1, self._step).mean(axis=1))
        self._held = power[whole:]

    @property
    def loudness_lufs(self) -> float:
        """Integrated loudness of all that was pushed."""
        width = round(BLOCK_S / STEP_S)
        if len(self._steps) < width:
            return -math.inf
        blocks = np.convolve(self._steps, np.ones(width) / width, mode="valid")
        blocks = blocks[blocks > _power(ABSOLUTE_LUFS)]
        if not len(blocks):
            return -math.inf
        blocks = blocks[blocks > _power(_lufs(float(np.mean(blocks))) + RELATIVE_LU)]
        return _lufs(float(np.mean(blocks)))

    def true_peak_dbtp(self) -> float:
        """True peak of all that was pushed; nothing can be pushed after it."""
        self._look_between(np.zeros((self._channels, 0)), last=True)
        return 20 * math.log10(self._peak) if self._peak else -math.inf

    def _look_between(self, samples: NDArray[np.floating], *, last: bool) -> None:
        flat = samples.T.astype(np.float32, order="C", copy=True)
        finer = self._oversampler.resample_chunk(flat, last=last)
        for part in (flat, finer):
            self._peak = max(self._peak, float(np.max(np.abs(part), initial=0.0)))


def k_weighting(rate: int) -> NDArray[np.float64]:
    """The two second-order sections of the K weighting at any rate: a shelf and a high pass.

    The standard gives coefficients at 48 kHz only; these are the analogue filters behind them.
    """
    shelf_gain = 10 ** (3.999843853973347 / 20)
    band_gain = shelf_gain**0.4996667741545416
    k, q = math.tan(math.pi * 1681.974450955533 / rate), 0.7071752369554196
    scale = 1 + k / q + k * k
    shelf = [
        (shelf_gain + band_gain * k / q + k * k) / scale,
        2 * (k * k - shelf_gain) / scale,
        (shelf_gain - band_gain * k / q + k * k) / scale,
        1.0,
        2 * (k * k - 1) / scale,
        (1 - k / q + k * k) / scale,
    ]
    k, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1 + k / q + k * k
    high_pass = [1.0, -2.0, 1.0, 1.0, 2 * (k * k - 1) / scale, (1 - k / q + k * k) / scale]
    return np.array([shelf, high_pass])


def _lufs(power: float) -> float:
    return OFFSET_LU + 10 * math.log10(power)


def _power(lufs: float) -> float:
    return float(10 ** ((lufs - OFFSET_LU) / 10))
