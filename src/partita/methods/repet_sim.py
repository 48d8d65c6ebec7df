"""REPET-SIM: what repeats is the accompaniment, what does not is the voice.

Each frame is compared with the frames around it; the median over the most similar ones keeps what
they share. The comparison looks no further than a buffer of some seconds, so that a stream of any
length is treated alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def repeating_magnitude(
    magnitude: NDArray[np.floating],
    *,
    buffer_frames: int,
    similar_frames: int = 20,
    min_distance_frames: int = 20,
) -> NDArray[np.floating]:
    """The repeating part of a spectrogram, never above the spectrogram itself.

    Parameters
    ----------
    magnitude : (freq, frames), non-negative.
    buffer_frames : frames within which a frame is compared: a window around it, moved inside where
        it would reach over an end.
    similar_frames : at most so many similar frames enter the median.
    min_distance_frames : two of them lie at least so far apart.

    Returns
    -------
    (freq, frames).

    References
    ----------
    Rafii and Pardo, "Music/voice separation using the similarity matrix", ISMIR 2012; "Online
    REPET-SIM for real-time speech enhancement", ICASSP 2013. Departures: the buffer is centred on
    the frame rather than in its past.
    """
    frames = magnitude.shape[1]
    columns = np.ascontiguousarray(magnitude.T)
    norms = np.linalg.norm(columns, axis=1, keepdims=True)
    directions = columns / np.maximum(norms, np.finfo(columns.dtype).tiny)
    out = np.empty_like(columns)
    for t in range(frames):
        first = min(max(t - buffer_frames // 2, 0), max(frames - buffer_frames, 0))
        similarity = directions[first : first + buffer_frames] @ directions[t]
        chosen = first + _peaks(similarity, similar_frames, min_distance_frames)
        median = np.median(columns[chosen], axis=0) if len(chosen) else columns[t]
        np.minimum(median, columns[t], out=out[t])
    return out.T


def _peaks(similarity: NDArray[np.floating], count: int, distance: int) -> NDArray[np.intp]:
    """The places of the `count` largest values that lie at least `distance` apart."""
    free = np.ones(len(similarity), dtype=bool)
    chosen: list[int] = []
    for place in np.argsort(-similarity, kind="stable"):
        if free[place]:
            chosen.append(int(place))
            if len(chosen) == count:
                break
            free[max(place - distance + 1, 0) : place + distance] = False
    return np.asarray(chosen, dtype=np.intp)
