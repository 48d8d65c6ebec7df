"""The pitch of one voice alone: probabilistic YIN."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from partita.core.errors import OptionError

PER_SEMITONE = 5
"""States of the hidden Markov model in a semitone."""
MOVE = 400.0
"""The most that a voice moves, semitones in a second."""
SWITCH = 0.01
"""Probability of a voice falling silent, or setting in, from one frame to the next."""
PRIOR = (2.0, 34 / 3)
"""Of YIN's threshold, a beta distribution with mean 0.15."""
LAST_RESORT = 0.01
"""Weight of the deepest dip where the threshold lies below all of them."""
FRAMES_AT_ONCE = 2048
"""Frames whose differences are in memory together."""

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Track:
    """The pitch of a voice.

    Parameters
    ----------
    time_s : (frames,) the middle of each frame.
    f0_hz : (frames,) Hz, 0 where unvoiced.
    voiced : (frames,) probability in 0 … 1 that the frame has a pitch, from the frame alone.
    """

    time_s: Floats
    f0_hz: Floats
    voiced: Floats


def pyin(
    x: Floats,
    *,
    rate: int,
    low_hz: float = 65.0,
    high_hz: float = 1050.0,
    hop_s: float = 0.01,
    window_s: float = 0.032,
) -> Track:
    """The pitch of a single voice over time.

    Parameters
    ----------
    x : (time,) one voice, any level.
    rate : Hz.
    low_hz, high_hz : the range of pitches.
    hop_s : time between frames. window_s : time over which the signal is compared with itself a
        period later; at least two of the longest periods are taken.

    Returns
    -------
    Track, a frame at each multiple of the hop, from 0 s to the end.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 220 * np.arange(16000) / 16000)
    >>> track = pyin(tone, rate=16000)
    >>> bool(np.all(np.abs(track.f0_hz[10:-10] - 220) < 0.1))
    True

    References
    ----------
    Mauch and Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
    distributions", ICASSP 2014; de Cheveigné and Kawahara, "YIN", JASA 2002. Departures: the
    threshold's distribution is integrated exactly instead of in a hundred steps; the pitch given is
    that of the dip, not of the state (5 to a semitone) of the hidden Markov model, and it is moved
    to the middle of the two stretches that were compared, which depends on the period.
    """
    if not 0 < low_hz < high_hz < rate / 2:
        raise OptionError(
            f"pitches must lie between 0 and {rate / 2} Hz, got {low_hz} to {high_hz}"
        )
    hop = max(round(hop_s * rate), 1)
    longest = math.ceil(rate / low_hz) + 1
    width = max(round(window_s * rate), 2 * longest)
    frames = -(-len(x) // hop) + 1
    padded = np.zeros((frames - 1) * hop + width + longest)
    begin = (width + longest) // 2
    padded[begin : begin + len(x)] = x[: len(padded) - begin]
    cut = np.lib.stride_tricks.sliding_window_view(padded, width + longest)[::hop]
    states = math.floor(12 * PER_SEMITONE * math.log2(high_hz / low_hz)) + 1
    evidence, pitch = np.zeros((frames, states)), np.zeros((frames, states))
    for start in range(0, frames, FRAMES_AT_ONCE):
        part = slice(start, start + FRAMES_AT_ONCE)
        d = difference(cut[part], width)
        _spread(d, evidence[part], pitch[part], rate=rate, low_hz=low_hz, high_hz=high_hz)
    reach = max(round(MOVE * PER_SEMITONE * hop / rate), 1)
    path = _viterbi(evidence, reach)
    row = np.arange(frames)
    centre = low_hz * 2 ** (np.maximum(path, 0) / (12 * PER_SEMITONE))
    found = pitch[row, np.maximum(path, 0)]
    f0_hz = np.where(path < 0, 0, np.where(found > 0, found, centre))
    f0_hz = _on_time(f0_hz, rate=rate, hop=hop, longest=longest)
    return Track(row * hop / rate, f0_hz, np.clip(evidence.sum(axis=1), 0, 1))


def difference(frames: Floats, width: int) -> Floats:
    """YIN's difference d(τ) = Σ_j (x_j − x_{j+τ})², j over the first `width` samples of a frame.

    Parameters
    ----------
    frames : (frames, samples). width : samples that are compared.

    Returns
    -------
    (frames, samples − width + 1), τ from 0 on.

    References
    ----------
    De Cheveigné and Kawahara, JASA 2002, eq. 6.
    """
    samples = frames.shape[1]
    lags = samples - width + 1
    size = scipy.fft.next_fast_len(samples, real=True)
    spectrum = scipy.fft.rfft(frames, size, axis=1)
    head = scipy.fft.rfft(frames[:, :width], size, axis=1)
    product = scipy.fft.irfft(spectrum * head.conj(), size, axis=1)[:, :lags]
    energy = np.cumsum(np.square(frames, dtype=np.float64), axis=1)
    energy = np.concatenate([np.zeros((len(frames), 1)), energy], axis=1)
    moving = energy[:, width:] - energy[:, :lags]
    d: Floats = np.maximum(moving[:, :1] + moving - 2 * product, 0)
    # Rounding leaves a trace of a difference in silence, and where the stretches are equal.
    d[d <= 1e-12 * (moving[:, :1] + moving)] = 0
    d[:, 0] = 0
    return d


def normalised(d: Floats) -> Floats:
    """YIN's cumulative mean normalised difference d′(τ); 1 where there is nothing to compare.

    Parameters
    ----------
    d : (frames, lags), from `difference`.

    References
    ----------
    De Cheveigné and Kawahara, JASA 2002, eq. 8.
    """
    total = np.cumsum(d, axis=1)
    out: Floats = np.ones_like(d)
    np.divide(d * np.arange(d.shape[1]), total, out=out, where=total > np.finfo(np.float32).tiny)
    return out


def dip_probabilities(d: Floats) -> Floats:
    """The probability of each dip of d′ to be the period, the threshold being unknown.

    Parameters
    ----------
    d : (frames, lags) d′ over the lags allowed.

    Returns
    -------
    (frames, lags), zero but at local minima; a row adds up to at most one.

    Notes
    -----
    A threshold s picks the first dip below s. So a dip of depth d is picked by all s from d to the
    depth of the deepest dip before it: F(that) − F(d), F the threshold's distribution.
    """
    from scipy.special import betainc

    dip = np.zeros(d.shape, dtype=bool)
    dip[:, 1:-1] = (d[:, 1:-1] < d[:, :-2]) & (d[:, 1:-1] <= d[:, 2:])
    depth = np.where(dip, np.clip(d, 0, 1), 1.0)
    deepest = np.minimum.accumulate(depth, axis=1)
    before = np.concatenate([np.ones((len(d), 1)), deepest[:, :-1]], axis=1)
    chance = np.zeros_like(depth)
    picked = dip & (depth < before)
    chance[picked] = betainc(*PRIOR, before[picked]) - betainc(*PRIOR, depth[picked])
    row = np.arange(len(d))
    least = np.argmin(depth, axis=1)
    chance[row, least] += LAST_RESORT * betainc(*PRIOR, depth[row, least]) * dip[row, least]
    return chance


def _spread(
    d: Floats, evidence: Floats, pitch: Floats, *, rate: int, low_hz: float, high_hz: float
) -> None:
    """Adds each frame's dips to the states of the model, and notes the strongest one's pitch."""
    first = max(math.floor(rate / high_hz) - 1, 1)
    chance = dip_probabilities(normalised(d)[:, first:])
    frame, lag = np.nonzero(chance)
    weight = chance[frame, lag]
    left, here, right = (d[frame, lag + first + shift] for shift in (-1, 0, 1))
    bend = left - 2 * here + right
    shift = np.where(bend > 0, (left - right) / np.where(bend > 0, 2 * bend, 1), 0)
    f0_hz = rate / (lag + first + shift)
    state = np.rint(12 * PER_SEMITONE * np.log2(f0_hz / low_hz)).astype(int)
    inside = (state >= 0) & (state < evidence.shape[1])
    order = np.argsort(weight[inside], kind="stable")  # the strongest is written last
    frame, state = frame[inside][order], state[inside][order]
    np.add.at(evidence, (frame, state), weight[inside][order])
    pitch[frame, state] = f0_hz[inside][order]


def _on_time(f0_hz: Floats, *, rate: int, hop: int, longest: int) -> Floats:
    """The pitch at the frames' own times: what was found with period τ lies (longest − τ)/2 early.

    In each voiced stretch log f0 is linear between the times that it belongs to.
    """
    out = f0_hz.copy()
    voiced = np.flatnonzero(f0_hz > 0)
    for run in np.split(voiced, np.flatnonzero(np.diff(voiced) > 1) + 1):
        if len(run) > 1:
            early = (longest - rate / f0_hz[run]) / 2 / hop
            at = np.maximum.accumulate(run - early)
            out[run] = np.exp(np.interp(run, at, np.log(f0_hz[run])))
    return out


def _viterbi(evidence: Floats, reach: int) -> NDArray[np.intp]:
    """(frames,) the state in each frame, -1 where unvoiced.

    Twice as many states as pitches: voiced and unvoiced. From frame to frame a pitch moves with
    triangular probability, and whether it is voiced changes rarely.
    """
    frames, states = evidence.shape
    triangle = (reach + 1.0 - np.abs(np.arange(-reach, reach + 1))) / (reach + 1) ** 2
    move, stay, switch = np.log(triangle), math.log(1 - SWITCH), math.log(SWITCH)
    tiny = np.finfo(float).tiny
    voiced = np.log(np.maximum(evidence, tiny))
    unvoiced = np.log(np.maximum(1 - evidence.sum(axis=1), tiny) / states)
    score = np.full((2, states), -math.log(2 * states))
    score[0] += voiced[0]
    score[1] += unvoiced[0]
    back = np.empty((frames, 2, states), np.int32)
    place = np.arange(states)
    padded = np.full((2, states + 2 * reach), -np.inf)
    for t in range(1, frames):
        padded[:, reach:-reach] = score
        around = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1) + move
        choice = np.argmax(around, axis=2)
        best = np.take_along_axis(around, choice[..., None], axis=2)[..., 0]
        origin = np.clip(place + choice - reach, 0, states - 1)
        changes = best[::-1] + switch > best + stay
        back[t] = np.where(changes, origin[::-1] + states * np.array([[1], [0]]), origin)
        back[t] += np.where(changes, 0, states * np.array([[0], [1]])).astype(np.int32)
        score = np.where(changes, best[::-1] + switch, best + stay)
        score[0] += voiced[t]
        score[1] += unvoiced[t]
    at = int(np.argmax(score))
    path = np.empty(frames, np.intp)
    for t in range(frames - 1, -1, -1):
        path[t] = at if at < states else -1
        if t:
            at = int(back[t].ravel()[at])
    return path
