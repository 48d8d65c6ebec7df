"""Every frame of a stem in a song, as the timeline shows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.scores import Scores
from partita.evaluate.causes import causes_of
from partita.evaluate.evidence import Evidence
from partita.evaluate.frame_states import frame_grid, level_grid, states_of
from partita.evaluate.levels import ESTIMATE_LEVEL, TARGET_LEVEL
from partita.metrics.silence import STATES
from partita.report.settings import Settings

UNDEFINED = "undefined"
ALL_STATES = (*STATES, UNDEFINED)
"""The states of a frame; the last one where levels are not known and the metric is not defined."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class StemFrames:
    """One stem of one song.

    Attributes
    ----------
    states : (frames,) out of ALL_STATES.
    time_s, duration_s : (frames,) seconds.
    score : (frames,) of the metric that the report speaks of; NaN where it has no frames.
    target_dbfs, estimate_dbfs : (frames,) levels, NaN where they are not known.
    shares : (3, frames) of the error: bleed, loss, artifact; None without evidence.
    causes : (frames,) the likely cause, "" without error or evidence.
    """

    track: str
    stem: str
    states: NDArray[np.str_]
    time_s: Values
    duration_s: Values
    score: Values
    target_dbfs: Values
    estimate_dbfs: Values
    shares: Values | None
    causes: NDArray[np.str_]


def stem_frames(
    scores: Scores,
    track: str,
    stem: str,
    metric: str,
    evidence: Evidence | None,
    settings: Settings,
) -> StemFrames | None:
    """The frames of a stem; None where only the whole track was measured, and no level is known."""
    here = scores.where(track=track, target=stem)
    grid = frame_grid(here, metric, stem, tracks=[track])
    if not grid.exists.any():
        grid = frame_grid(here, TARGET_LEVEL, stem, tracks=[track])
        if not grid.exists.any():
            return None
        grid.value[:] = np.nan
    try:
        states = states_of(
            here, track, stem, threshold_db=settings.threshold_db, strict=settings.strict
        )
    except UsageError:  # a table from elsewhere has no levels
        states = np.where(np.isnan(grid.value[0]), UNDEFINED, STATES[0])
    levels = (level_grid(here, name, stem, grid)[0] for name in (TARGET_LEVEL, ESTIMATE_LEVEL))
    target_dbfs, estimate_dbfs = levels
    parts = evidence.parts.get(stem) if evidence else None
    count = grid.value.shape[1]
    if parts is not None and len(parts.total) != count:
        parts = None
    return StemFrames(
        track=track,
        stem=stem,
        states=states,
        time_s=grid.time_s[0],
        duration_s=grid.duration_s[0],
        score=grid.value[0],
        target_dbfs=target_dbfs,
        estimate_dbfs=estimate_dbfs,
        shares=None if parts is None else parts.shares(),
        causes=np.full(count, "") if parts is None else causes_of(states, parts),
    )
