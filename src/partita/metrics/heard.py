"""A reference and an estimate as they are heard one after the other, at one level.

Axes: (channels, frames, bands). Unit: the power that is just heard, as in `excitation`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError
from partita.metrics.excitation import excitation, level
from partita.metrics.shapes import checked_pair

Array = NDArray[np.floating]

LOUDNESS = 0.25  # exponent from excitation to loudness
SPREAD_DB = 4.0  # how far apart ratios may lie and still speak for one gain; fitted, see `missing`
STEP_DB = 0.1
JUST_HEARD = 10**0.1  # a smaller ratio of powers, 1 dB, is not heard (Zwicker and Fastl, chapter 7)


def heard_pair(reference: Any, estimate: Any, rate: int) -> tuple[Array, Array] | None:
    """The excitations of a reference at 75 dB SPL and of an estimate brought to its level.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy.
    rate : Hz.

    Returns
    -------
    Two arrays (channels, frames, bands) ≥ 0, the same for every gain of either signal. None where
    nothing of the reference can be heard, whatever its level: silence, or only what lies outside
    50 Hz … 16 kHz.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, not numpy, NaN or infinity.

    Examples
    --------
    >>> sound = np.random.default_rng(0).standard_normal((1, 8000))
    >>> truth, guess = heard_pair(sound, 0.01 * sound, 8000)
    >>> bool(np.allclose(truth, guess))
    True
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    if not isinstance(s, np.ndarray):
        raise AudioError("this metric needs numpy arrays; call .numpy() on a tensor")
    s, s_hat = (_at_full_scale(x) for x in (s, s_hat))
    truth = level(s, rate) * excitation(s, rate)
    if not np.any(truth > 1):
        return None
    guess = excitation(s_hat, rate)
    return truth, guess * fitted_gain(truth, guess)


def fitted_gain(truth: Array, guess: Array, *, spread_db: float = SPREAD_DB) -> float:
    """The power gain at which most of the target is heard at its own level.

    The ratio of both excitations, in dB, where it occurs most often: holes lie below that ratio,
    bleed above it, and neither moves it far, as they would move a least-squares gain. Each cell
    counts with the geometric mean of its loudness in both signals.

    Parameters
    ----------
    truth : (channels, frames, bands) in units of the threshold. guess : likewise, up to a factor.
    spread_db : standard deviation of the kernel that finds the most frequent ratio.

    Returns
    -------
    1 where the two share no cell: there is nothing to fit.

    Examples
    --------
    >>> truth = np.linspace(10, 1000, 100).reshape(1, 10, 10)
    >>> round(fitted_gain(truth, truth / 50), 2)
    50.0
    """
    from scipy.ndimage import gaussian_filter1d

    both = (truth > 1) & (guess > 0)
    if not both.any():
        return 1.0
    ratio_db = 10 * np.log10(truth[both] / guess[both])
    weight = (truth[both] * (guess[both] / guess.max())) ** (LOUDNESS / 2)
    middle = float(np.average(ratio_db, weights=weight))
    place = np.rint((ratio_db - middle) / STEP_DB).astype(np.int64)
    counts = np.bincount(place - place.min(), weights=weight)
    margin = np.zeros(round(4 * spread_db / STEP_DB))
    counts = np.concatenate([margin, counts, margin])
    curve = gaussian_filter1d(counts, spread_db / STEP_DB, mode="constant")
    best = int(np.argmax(curve))
    left, top, right = curve[best - 1 : best + 2]
    summit = best + 0.5 * (left - right) / (left - 2 * top + right)  # of the parabola through them
    best_db = middle + (summit - len(margin) + place.min()) * STEP_DB
    return float(10 ** (best_db / 10))


def _at_full_scale(samples: Array) -> Array:
    peak = float(max(samples.max(), -samples.min()))
    return samples / np.float64(peak) if peak else samples.astype(np.float64)
