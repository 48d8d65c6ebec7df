"""Added: how much is heard that does not belong to the target, whatever of it is missing."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partita.metrics.excitation import sensation, smoothed
from partita.metrics.heard import JUST_HEARD, heard_pair
from partita.metrics.spec import MetricSpec

Array = NDArray[np.floating]

EXPONENT = 0.05
SMOOTHING_S = 0.1
"""Fitted with SPREAD_DB (`partita.metrics.heard`) on the interference ratings of Ward et al.,
"BSS Eval or PEASS? Predicting the perception of singing-voice separation", ICASSP 2018: 24
listeners, 16 songs, 80 separated voices; `benchmarks/perceptual.py` repeats the fit."""


def added(reference: Array, estimate: Array, rate: int, *, mix: Array | None = None) -> float:
    """How much the ear hears beyond the target, 0 … 100.

    Counted is what the estimate has above the target in each channel, frame and band, masked as by
    the ear (less than 1 dB is not heard) and compressed nearly to decibels of sensation, after both
    are smoothed over 0.1 s: what flickers about the target (noise of a mask) counts little, what
    sounds on beside it counts.
    With x so counted, the result is 100·x/(x + y), where y is counted likewise

    - without `mix`: of the target with a steady sound of its own mean spectrum and power;
    - with `mix`: of the recording. 50 then says that nothing has been taken away.

    Parameters
    ----------
    reference, estimate, mix : (channels, time) float, numpy.
    rate : Hz.

    Returns
    -------
    0 (nothing is added) … 100, lower is better; the same for every gain of each signal. NaN where
    nothing of the reference can be heard: the estimate's level cannot be matched to it (see PES).
    A recording that adds nothing itself is passed over, and the steady sound taken.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, not numpy, NaN or infinity.

    Examples
    --------
    >>> t = np.arange(8000) / 8000
    >>> voice, other = (np.sin(2 * np.pi * f * t)[None] for f in (300, 2000))
    >>> round(added(voice, 0.1 * voice, 8000), 6)
    0.0
    >>> added(voice, voice + 0.1 * other, 8000) < added(voice, voice + other, 8000)
    True

    References
    ----------
    The comparison of excitations follows PEAQ's noise loudness (ITU-R BS.1387); the exponent, the
    level match and the scale are this project's own.
    """
    pair = heard_pair(reference, estimate, rate)
    if pair is None:
        return float("nan")
    truth, guess = pair
    found = beyond(truth, guess, rate)
    recording = None if mix is None else heard_pair(reference, mix, rate)
    unit = beyond(*recording, rate) if recording else 0.0
    if unit == 0:
        unit = beyond(truth, truth + truth.mean(axis=1, keepdims=True), rate)
    return 100 * found / (found + unit)


def beyond(
    truth: Array,
    guess: Array,
    rate: int,
    *,
    exponent: float = EXPONENT,
    smoothing_s: float = SMOOTHING_S,
) -> float:
    """What an excitation has above the true one by more than 1 dB, summed; as `lost_share`."""
    felt = (
        smoothed(sensation(x, exponent), rate, smoothing_s) for x in (guess / JUST_HEARD, truth)
    )
    return float(np.sum(np.maximum(np.subtract(*felt), 0)))


def _spec(name: str, needs: Literal["target", "mix"], summary: str) -> MetricSpec:
    return MetricSpec(
        name=name,
        unit="",
        higher_is_better=False,
        needs=needs,
        framewise=False,
        jnd=None,
        summary=summary,
        function=added,
        uses_rate=True,
    )


ADDED = _spec(
    "added",
    "target",
    "how much is heard that does not belong, as 0 … 100 (fitted on Ward's interference ratings)",
)
ADDED_TO_MIX = _spec(
    "added_to_mix",
    "mix",
    "the same against the recording: 50 where nothing has been taken away",
)
