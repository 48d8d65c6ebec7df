"""The line that a melody takes through a picture of pitches: Viterbi over their strengths."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from partita.core.errors import OptionError

FARTHEST = 10
"""Semitones beyond which a leap costs no more."""

Floats = NDArray[np.floating]


def melody_path(
    strength: Floats, *, per_semitone: int, silence_db: float = 30.0, leap_cost: float = 1.0
) -> NDArray[np.intp]:
    """The most likely path of one voice through the strengths of all pitches.

    Parameters
    ----------
    strength : (pitches, frames), not negative, a power: how strongly each pitch sounds, evenly
        spaced in log frequency; the H_F0 of a source/filter model, or a salience.
    per_semitone : pitches in a semitone.
    silence_db : a frame counts as silent where the voice would be so far below its loud frames
        (those at the 95th percentile of each frame's strongest pitch).
    leap_cost : of each semitone that the voice moves from one frame to the next, up to ten.

    Returns
    -------
    (frames,) the pitch's index, -1 where the voice is silent.

    Examples
    --------
    >>> strength = np.full((60, 5), 1e-6)
    >>> strength[[20, 20, 50, 21, 22], range(5)] = 1, 1, 2, 1, 1
    >>> melody_path(strength, per_semitone=2)
    array([20, 20, 20, 21, 22])

    References
    ----------
    Durrieu, Richard, David and Févotte, TASLP 2010, section IV-B: the transition from pitch u to
    v weighs exp(−⌊|u − v|/per_semitone⌋). Departures: from ten semitones on it is flat, so that a
    leap of any size is possible; silence is a state of its own, entered and left at the same price.
    """
    if per_semitone < 1 or leap_cost < 0 or strength.ndim != 2 or not len(strength):
        raise OptionError("a melody needs (pitches, frames), per_semitone ≥ 1 and leap_cost ≥ 0")
    pitches, frames = strength.shape
    if not frames or not np.any(strength > 0):
        return np.full(frames, -1)
    loud = float(np.percentile(strength.max(axis=0), 95)) or float(strength.max())
    evidence = np.log(np.maximum(strength, 1e-12 * loud)).T
    silence = np.log(loud) - silence_db * np.log(10) / 10
    far = FARTHEST * leap_cost
    score = np.empty((frames, pitches + 1))  # the last is silence
    score[0, :-1], score[0, -1] = evidence[0], silence
    for t in range(1, frames):
        before = score[t - 1, :-1]
        best = np.full(pitches, max(float(before.max()), float(score[t - 1, -1])) - far)
        for semitones in range(FARTHEST):
            reach = 2 * per_semitone * (semitones + 1) - 1
            near = maximum_filter1d(before, reach, mode="constant", cval=-np.inf)
            np.maximum(best, near - semitones * leap_cost, out=best)
        score[t, :-1] = best + evidence[t]
        score[t, -1] = silence + max(float(score[t - 1, -1]), float(before.max()) - far)
    return _traced(score, per_semitone=per_semitone, leap_cost=leap_cost)


def _traced(score: Floats, *, per_semitone: int, leap_cost: float) -> NDArray[np.intp]:
    """The path that ends best: transitions are weighed again, for its own states only."""
    frames, states = score.shape
    silent, far = states - 1, FARTHEST * leap_cost
    place = np.arange(silent)
    path = np.empty(frames, np.intp)
    path[-1] = np.argmax(score[-1])
    for t in range(frames - 2, -1, -1):
        after = path[t + 1]
        price = np.full(states, far)
        if after == silent:
            price[silent] = 0
        else:
            price[:silent] = np.minimum(np.abs(place - after) // per_semitone, FARTHEST) * leap_cost
        path[t] = np.argmax(score[t] - price)
    return np.where(path == silent, -1, path)
