"""What a separator does where there is nothing to separate: frame states, PES and EPS.

Axes: (channels, time) for one stem, numpy or torch; results are numpy, one value a frame (the
shorter frame at the end included). Level: 0 dBFS is a mean square of 1, over all channels together,
so that channels which cancel each other are no silence.
Silent means a level below a threshold (default -60 dBFS RMS over the frame), or, in strict mode,
that every sample is exactly zero.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.metrics.frames import frame_bounds
from partita.metrics.ratio import energy
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec

THRESHOLD_DB = -60.0
"""RMS level of a frame below which it counts as silent, dBFS."""

FLOOR = 1e-12
"""Added to energies: nothing at all is -120 dB."""

STATES = ("active", "target silent", "estimate silent", "both silent")


def frame_states(
    reference: Any,
    estimate: Any,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> NDArray[np.str_]:
    """The state of every frame of a stem: exactly one of STATES.

    Parameters
    ----------
    reference, estimate : (channels, time) float.
    rate : Hz.
    window_s, hop_s : length of a frame and distance between frames, seconds.
    threshold_db : dBFS; a frame below it is silent, a frame at it is not. Unused in strict mode.
    strict : silent is exactly zero.

    Returns
    -------
    (frames,) text.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, NaN or infinity. OptionError : a window
        or hop shorter than a sample.

    Examples
    --------
    >>> sound, hush, nothing = np.full((1, 4), 0.1), np.full((1, 4), 1e-4), np.zeros((1, 4))
    >>> reference = np.concatenate([sound, hush, sound, nothing], axis=1)
    >>> estimate = np.concatenate([sound, sound, nothing, nothing], axis=1)
    >>> frame_states(reference, estimate, 4).tolist()
    ['active', 'target silent', 'estimate silent', 'both silent']
    >>> frame_states(reference, estimate, 4, strict=True).tolist()
    ['active', 'active', 'estimate silent', 'both silent']
    """
    target, other = _mean_squares(reference, estimate, rate, window_s, hop_s)[:2]
    limit = 0.0 if strict else 10 ** (threshold_db / 10)
    return np.array(STATES)[_silent(target, limit) + 2 * _silent(other, limit)]


def coverage(states: NDArray[np.str_]) -> dict[str, float]:
    """The share of frames in each state, 0 … 1; the shares add up to one.

    Examples
    --------
    >>> coverage(np.array(["active", "active", "both silent", "active"]))
    {'active': 0.75, 'target silent': 0.0, 'estimate silent': 0.0, 'both silent': 0.25}
    """
    return {state: float(np.mean(states == state)) for state in STATES}


def pes_framewise(
    reference: Any,
    estimate: Any,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> NDArray[np.floating]:
    """The predicted energy at silence: the estimate's level in the frames of a silent target.

    Parameters
    ----------
    As `frame_states`.

    Returns
    -------
    (frames,), NaN where the target is not silent, lower is better. Default: mean energy a sample,
    10·log10(mean ŝ² + 1e-12), dBFS. Strict: energy of the frame, 10·log10(Σŝ² + 1e-12), as
    published; it grows with the window, the rate and the number of channels. Frames where both are
    silent count: they are right, and score -120 dB.

    Raises
    ------
    AudioError, OptionError : as `frame_states`.

    Examples
    --------
    >>> reference = np.array([[0.0, 0.0, 1.0, 1.0]])
    >>> estimate = np.array([[0.1, 0.1, 1.0, 1.0]])
    >>> pes_framewise(reference, estimate, 2).round(6)
    array([-20.,  nan])

    References
    ----------
    Schulze-Forster, Doire, Richard and Badeau, "Weakly informed audio source separation", WASPAA
    2019, section 4.2. Departures of the default mode: energy a sample, and an audible threshold.
    """
    target, other, sizes = _mean_squares(reference, estimate, rate, window_s, hop_s)
    return _energy_where(target, other, sizes, threshold_db, strict)


def eps_framewise(
    reference: Any,
    estimate: Any,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> NDArray[np.floating]:
    """The energy at predicted silence: the target's level in the frames of a silent estimate.

    As `pes_framewise` with the roles exchanged: what was lost, lower is better.

    Examples
    --------
    >>> reference = np.array([[0.1, 0.1, 1.0, 1.0]])
    >>> estimate = np.array([[0.0, 0.0, 1.0, 1.0]])
    >>> eps_framewise(reference, estimate, 2).round(6)
    array([-20.,  nan])
    """
    target, other, sizes = _mean_squares(reference, estimate, rate, window_s, hop_s)
    return _energy_where(other, target, sizes, threshold_db, strict)


def pes(
    reference: Any,
    estimate: Any,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> float:
    """The mean of `pes_framewise` over the frames of a silent target, NaN where there are none.

    Examples
    --------
    >>> round(pes(np.zeros((1, 4)), np.array([[1.0, 0.0, 0.0, 0.0]]), 2, strict=True), 6)
    -60.0
    """
    values = pes_framewise(
        reference,
        estimate,
        rate,
        window_s=window_s,
        hop_s=hop_s,
        threshold_db=threshold_db,
        strict=strict,
    )
    return _mean(values)


def eps(
    reference: Any,
    estimate: Any,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> float:
    """The mean of `eps_framewise` over the frames of a silent estimate, NaN where there are none.

    Examples
    --------
    >>> round(eps(np.array([[1.0, 0.0, 0.0, 0.0]]), np.zeros((1, 4)), 2, strict=True), 6)
    -60.0
    """
    values = eps_framewise(
        reference,
        estimate,
        rate,
        window_s=window_s,
        hop_s=hop_s,
        threshold_db=threshold_db,
        strict=strict,
    )
    return _mean(values)


def _mean_squares(
    reference: Any, estimate: Any, rate: int, window_s: float, hop_s: float
) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.int64]]:
    """Mean square of reference and estimate in each frame, and its number of samples."""
    s, s_hat = checked_pair(reference, estimate, axes=2)
    channels, length = (int(n) for n in s.shape)
    bounds = frame_bounds(length, rate, window_s=window_s, hop_s=hop_s)
    sizes = np.array([channels * (b - a) for a, b in bounds])
    target, other = (np.array([float(energy(x[:, a:b])) for a, b in bounds]) for x in (s, s_hat))
    return target / sizes, other / sizes, sizes


def _silent(mean_square: NDArray[np.floating], limit: float) -> NDArray[np.bool_]:
    return mean_square < limit if limit > 0 else mean_square == 0


def _energy_where(
    silent: NDArray[np.floating],
    heard: NDArray[np.floating],
    sizes: NDArray[np.int64],
    threshold_db: float,
    strict: bool,
) -> NDArray[np.floating]:
    limit = 0.0 if strict else 10 ** (threshold_db / 10)
    power = heard * sizes if strict else heard
    return np.where(_silent(silent, limit), 10 * np.log10(power + FLOOR), np.nan)


def _mean(values: NDArray[np.floating]) -> float:
    counted = values[~np.isnan(values)]
    return float(np.mean(counted)) if len(counted) else float("nan")


def _spec(name: str, function: Any, summary: str) -> MetricSpec:
    return MetricSpec(
        name=name,
        unit="dBFS",
        higher_is_better=False,
        needs="target",
        framewise=True,
        jnd=None,
        summary=summary,
        function=function,
        uses_rate=True,
    )


PES = _spec("pes", pes_framewise, "level of the estimate where the target is silent")
EPS = _spec("eps", eps_framewise, "level of the target where the estimate is silent")
