"""Short-time objective intelligibility, for vocals: how well the words would be understood."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError, MissingExtra
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec

Array = NDArray[np.floating]


def stoi(reference: Array, estimate: Array, rate: int, *, extended: bool = False) -> float:
    """The STOI of singing or speech, after the channels are averaged.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy; at least about half a second of voice.
    rate : Hz; the measure itself looks at 10 kHz.
    extended : the extended measure (ESTOI), which also sees modulated noise.

    Returns
    -------
    About 0 … 1, higher is better; the same for every gain of the estimate. NaN where less than 30
    frames (0.4 s) of the reference are within 40 dB of its loudest one, silence included: too
    little for the measure.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, not numpy, NaN or infinity.
    MissingExtra : the package pystoi is not installed.

    Examples
    --------
    >>> voice = np.random.default_rng(0).standard_normal((1, 10000))
    >>> round(stoi(voice, voice, 10000), 3)  # doctest: +SKIP
    1.0

    References
    ----------
    Taal, Hendriks, Heusdens and Jensen, "An algorithm for intelligibility prediction of
    time-frequency weighted noisy speech", TASLP 2011; extended: Jensen and Taal, TASLP 2016.
    Computed by pystoi; departure: too short is NaN instead of 1e-5.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    if not isinstance(s, np.ndarray):
        raise AudioError("stoi needs numpy arrays; call .numpy() on a tensor")
    try:
        from pystoi import stoi as measure
    except ModuleNotFoundError as error:
        raise MissingExtra("the metric stoi", "eval") from error
    mono, mono_hat = (np.asarray(np.mean(x, axis=0, dtype=np.float64)) for x in (s, s_hat))
    if not np.any(mono) or mono.size * 10_000 < 30 * 128 * rate:
        return float("nan")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Not enough STFT frames", category=RuntimeWarning)
        try:
            return float(measure(mono, mono_hat, rate, extended=extended))
        except RuntimeWarning:
            return float("nan")


STOI = MetricSpec(
    name="stoi",
    unit="",
    higher_is_better=True,
    needs="target",
    framewise=False,
    jnd=None,
    summary="how well the words would be understood (vocals)",
    function=stoi,
    uses_rate=True,
)
