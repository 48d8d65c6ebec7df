"""Scores in few numbers, each with the share of the music that it speaks of.

A framewise metric is averaged over the frames where the target sounds (above the threshold): there
it is defined, also where the estimate is silent, which costs what it should. Where the target is
silent the level of the estimate is told instead (PES), and where the estimate is silent the level
of the target (EPS). No frame is dropped: the shares are there beside the scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.scores import WHOLE, Scores
from partita.evaluate.aggregate import median
from partita.evaluate.levels import ESTIMATE_LEVEL, LEVELS, TARGET_LEVEL
from partita.metrics.silence import THRESHOLD_DB

FLOOR_DB = -120.0
"""The level that silence counts as in the mean of PES and EPS, dBFS."""


@dataclass(frozen=True)
class Summary:
    """One stem of one track, or of all tracks (track "").

    Attributes
    ----------
    values : metric -> value; of a framewise metric the median over the frames where the target
        sounds. "pes" and "eps": dBFS, lower is better, NaN where there is no such frame.
    frames : how many there are; sounding : in how many the target sounds; lost : in how many of
        these the estimate is silent; leaked : in how many of the others the estimate is not.
    """

    track: str
    target: str
    values: Mapping[str, float] = field(default_factory=dict)
    frames: int = 0
    sounding: int = 0
    lost: int = 0
    leaked: int = 0


def summarise(scores: Scores, *, threshold_db: float = THRESHOLD_DB) -> list[Summary]:
    """A summary of each stem of each track, then, with several tracks, of each stem over all.

    Over tracks the median is taken, as in SiSEC; infinite values keep their place in the order,
    NaN counts not at all.

    Parameters
    ----------
    threshold_db : the RMS level below which a frame counts as silent, dBFS; -inf: exact silence.

    Examples
    --------
    >>> rows = [("s", "v", m, n, n, 1.0, x) for m, values in {"sdr": (5.0, -np.inf),
    ...         "target_dbfs": (-20.0, -np.inf), "estimate_dbfs": (-21.0, -40.0)}.items()
    ...         for n, x in enumerate(values)]
    >>> (row,) = summarise(Scores.from_rows(rows))
    >>> row.values["sdr"], row.values["pes"], row.sounding, row.leaked
    (5.0, -40.0, 1, 1)
    """
    tracks = list(dict.fromkeys(scores.track.tolist()))
    targets = list(dict.fromkeys(scores.target.tolist()))
    rows = []
    for track in tracks:
        of_track = scores.where(track=track)
        for target in targets:
            if len(part := of_track.where(target=target)):
                rows.append(_of_stem(part, track, target, threshold_db))
    if len(tracks) > 1:
        rows += [_over_tracks([r for r in rows if r.target == target]) for target in targets]
    return rows


def _of_stem(scores: Scores, track: str, target: str, threshold_db: float) -> Summary:
    levels = [scores.where(metric=name).value for name in LEVELS]
    known = bool(len(levels[0]))
    sounding, heard = (level > threshold_db for level in levels)
    values: dict[str, float] = {}
    for metric in dict.fromkeys(scores.metric.tolist()):
        part = scores.where(metric=metric)
        if metric in LEVELS:
            continue
        if part.frame[0] == WHOLE:
            values[metric] = float(part.value[0])
        else:
            values[metric] = median(part.value[sounding] if known else part.value)
    if not known:
        return Summary(track, target, values)
    values["pes"] = _mean_level(levels[LEVELS.index(ESTIMATE_LEVEL)][~sounding])
    values["eps"] = _mean_level(levels[LEVELS.index(TARGET_LEVEL)][~heard])
    return Summary(
        track,
        target,
        values,
        frames=len(sounding),
        sounding=int(sounding.sum()),
        lost=int((sounding & ~heard).sum()),
        leaked=int((~sounding & heard).sum()),
    )


def _mean_level(levels: NDArray[np.floating]) -> float:
    return float(np.mean(np.maximum(levels, FLOOR_DB))) if len(levels) else float("nan")


def _over_tracks(rows: list[Summary]) -> Summary:
    metrics = dict.fromkeys(metric for row in rows for metric in row.values)
    values = {m: median(np.array([r.values[m] for r in rows if m in r.values])) for m in metrics}
    counts = {n: sum(getattr(r, n) for r in rows) for n in ("frames", "sounding", "lost", "leaked")}
    return Summary("", rows[0].target, values, **counts)
