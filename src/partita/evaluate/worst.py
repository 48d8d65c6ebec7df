"""The worst seconds of an estimate: where to listen first.

The SDR of a second says little where the target hardly sounds: any error is large beside nothing.
So the error is measured beside the target's level, but never beside less than 20 dB below the
target's usual level in the song (nor below the audible threshold): the badness of a second is
error - max(target, usual - 20, threshold), dB; in a second of ordinary loudness it is -SDR. What
leaks into silence is measured in the same way.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError
from partita.metrics.silence import THRESHOLD_DB

QUIET_DB = 20.0
"""A target so far below its usual level counts as if it were at that level."""

APART = 4
"""Frames between two of the worst of one target: neighbours are one event."""

Values = NDArray[np.float64]


def badness(
    target_dbfs: Values, error_dbfs: Values, *, threshold_db: float = THRESHOLD_DB
) -> Values:
    """How bad each frame of a song is, dB: higher is worse.

    Parameters
    ----------
    target_dbfs, error_dbfs : (frames,) levels, dBFS; -inf for nothing.
    threshold_db : below it nothing is heard; finite.

    Returns
    -------
    (frames,) dB, -inf where the error is not heard.

    Raises
    ------
    OptionError : the threshold is not finite.

    Examples
    --------
    >>> target, error = [-20.0, -20.0, -50.0, -np.inf], [-30.0, -70.0, -40.0, -40.0]
    >>> badness(np.array(target), np.array(error)).round()
    array([-10., -inf,   2.,   2.])
    """
    if not np.isfinite(threshold_db):
        raise OptionError(f"the audible threshold must be finite, got {threshold_db}")
    floor = threshold_db
    sounding = target_dbfs[target_dbfs >= threshold_db]
    if len(sounding):
        usual = 10 * np.log10(np.mean(10 ** (sounding / 10)))
        floor = max(threshold_db, usual - QUIET_DB)
    return np.where(error_dbfs < threshold_db, -np.inf, error_dbfs - np.maximum(target_dbfs, floor))


def worst_frames(
    badness_db: Values, causes: NDArray[np.str_], *, count: int, apart: int = APART
) -> list[int]:
    """The worst frames, the worst first: one of each cause, then whatever is worst.

    Parameters
    ----------
    badness_db : (frames,) dB; frames of -inf are never chosen.
    causes : (frames,) text; a frame without cause ("") is never chosen.
    count : at most so many.
    apart : frames from one to the next, at least.

    Raises
    ------
    OptionError : a count or distance below 1.

    Examples
    --------
    >>> causes = np.array(["bleed"] * 4 + ["loss"])
    >>> worst_frames(np.array([5.0, 9.0, 1.0, 7.0, 0.0]), causes, count=2, apart=1)
    [1, 4]
    >>> worst_frames(np.array([5.0, 9.0, 1.0, 7.0, 0.0]), causes, count=3, apart=1)
    [1, 3, 4]
    """
    if count < 1 or apart < 1:
        raise OptionError(f"count and apart must be 1 or more, got {count} and {apart}")
    ordered = np.argsort(-badness_db, kind="stable").tolist()
    order = [n for n in ordered if badness_db[n] > -np.inf and causes[n]]
    chosen: list[int] = []
    first = {cause: n for n, cause in reversed([(n, str(causes[n])) for n in order])}
    for n in [*sorted(first.values(), key=order.index), *order]:
        if len(chosen) < count and all(abs(n - other) >= apart for other in chosen):
            chosen.append(n)
    return sorted(chosen, key=order.index)
