"""Scores in few numbers, each with the share of the music that it speaks of.

A frame where the true stem is silent has no SDR that could be averaged (it is -inf, or NaN where
the estimate is silent too). Such frames are counted and shown, never dropped in silence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from partita.core.scores import WHOLE, Scores


@dataclass(frozen=True)
class Summary:
    """One stem of one track, or of all tracks (track "").

    Attributes
    ----------
    values : metric -> value; of a framewise metric the median over frames with a reference.
    frames, scored : how many frames there are, and on how many the median stands.
    """

    track: str
    target: str
    values: dict[str, float]
    frames: int
    scored: int


def summarise(scores: Scores) -> list[Summary]:
    """A summary of each stem of each track, then of each stem over all tracks.

    Over tracks the median is taken, as in SiSEC; values that are not finite count at their end
    of the order, NaN not at all.
    """
    tracks = list(dict.fromkeys(scores.track.tolist()))
    targets = list(dict.fromkeys(scores.target.tolist()))
    rows = [
        _of_track(part, track, target)
        for track in tracks
        for target in targets
        if len(part := scores.where(track=track, target=target))
    ]
    if len(tracks) > 1:
        rows += [_over_tracks([r for r in rows if r.target == target]) for target in targets]
    return rows


def _of_track(scores: Scores, track: str, target: str) -> Summary:
    values: dict[str, float] = {}
    frames = scored = 0
    for metric in dict.fromkeys(scores.metric.tolist()):
        part = scores.where(metric=metric)
        if part.frame[0] == WHOLE:
            values[metric] = float(part.value[0])
            continue
        sounding = part.value[~np.isnan(part.value) & (part.value > -np.inf)]
        frames, scored = len(part), len(sounding)
        values[metric] = _median(sounding)
    return Summary(track, target, values, frames, scored)


def _over_tracks(rows: list[Summary]) -> Summary:
    metrics = dict.fromkeys(metric for row in rows for metric in row.values)
    values = {m: _median(np.array([r.values[m] for r in rows if m in r.values])) for m in metrics}
    frames, scored = sum(r.frames for r in rows), sum(r.scored for r in rows)
    return Summary("", rows[0].target, values, frames, scored)


def _median(values: np.ndarray) -> float:
    """The median of what is not NaN; of two middle values that are infinite, the lower one."""
    ordered = np.sort(values[~np.isnan(values)])
    if not len(ordered):
        return float("nan")
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return float(low if np.isinf(low) or np.isinf(high) else (low + high) / 2)
