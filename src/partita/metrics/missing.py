"""Missing: how much of the target is lost to the ear, whatever was added."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.metrics.excitation import sensation, smoothed
from partita.metrics.heard import JUST_HEARD, heard_pair
from partita.metrics.spec import MetricSpec

Array = NDArray[np.floating]

EXPONENT = 0.25
STEADY_WEIGHT = 0.15
SMOOTHING_S = 0.05
"""Fitted with SPREAD_DB (`partita.metrics.heard`) on the quality ratings of Ward et al., "BSS
Eval or PEASS? Predicting the perception of singing-voice separation", ICASSP 2018: 24 listeners, 16
songs, 80 separated voices; `benchmarks/perceptual.py` repeats the fit."""


def missing(reference: Array, estimate: Array, rate: int) -> float:
    """The share of the target's loudness that the estimate has lost, 0 … 100.

    Lost is what the target has above the estimate in each channel, frame and band, masked and
    compressed as by the ear (less than 1 dB is not heard); the rest is kept. Loss that comes and
    goes (notes chopped off, the holes of a mask) counts fully, steady loss (a duller sound) with a
    weight of 0.15: the first is what listeners call a bad sound.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy.
    rate : Hz.

    Returns
    -------
    0 (nothing is missing) … 100 (silence), lower is better; the same for every gain of either
    signal. NaN where nothing of the reference can be heard: there is nothing to miss.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, not numpy, NaN or infinity.

    Examples
    --------
    >>> t = np.arange(8000) / 8000
    >>> low, high = (np.sin(2 * np.pi * f * t)[None] for f in (300, 2000))
    >>> round(missing(low + high, 0.1 * (low + high), 8000), 6)
    0.0
    >>> missing(low + high, low, 8000) > 30
    True

    References
    ----------
    The comparison of excitations follows PEAQ's missing components (ITU-R BS.1387, advanced
    version); the weights, the level match and the scale are this project's own.
    """
    pair = heard_pair(reference, estimate, rate)
    if pair is None:
        return float("nan")
    return 100 * lost_share(*pair, rate)


def lost_share(
    truth: Array,
    guess: Array,
    rate: int,
    *,
    exponent: float = EXPONENT,
    steady_weight: float = STEADY_WEIGHT,
    smoothing_s: float = SMOOTHING_S,
) -> float:
    """What of one excitation another lacks by more than 1 dB, 0 … 1.

    Parameters
    ----------
    truth, guess : (channels, frames, bands), in units of the threshold.
    rate : Hz of the signals.
    """

    def counted(loudness: Array) -> float:
        """All that rises above its own mean course, and a little of that course."""
        steady = smoothed(loudness, rate, smoothing_s)
        moving = np.maximum(loudness - steady, 0)
        return float(np.sum(moving) + steady_weight * np.sum(steady))

    felt = sensation(truth, exponent)
    kept = np.minimum(felt, sensation(JUST_HEARD * guess, exponent))
    lost = counted(felt - kept)
    return lost / (lost + counted(kept))


MISSING = MetricSpec(
    name="missing",
    unit="",
    higher_is_better=False,
    needs="target",
    framewise=False,
    jnd=None,
    summary="how much of the target the ear misses, as 0 … 100 (fitted on Ward's quality ratings)",
    function=missing,
    uses_rate=True,
)
