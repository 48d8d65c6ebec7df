"""One song's estimates to scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from partita.core.audio import Stems
from partita.core.errors import InputError
from partita.core.scores import WHOLE, Scores
from partita.metrics.frames import frame_bounds
from partita.metrics.registry import find

DEFAULT_METRICS = ("sdr", "sdr_global", "si_sdr")

Row = tuple[str, str, str, int, float, float, float]


def score_stems(
    reference: Stems,
    estimate: Stems,
    *,
    track: str,
    metrics: Sequence[str] = DEFAULT_METRICS,
) -> Scores:
    """The scores of every stem that both have; every frame is there.

    Parameters
    ----------
    reference, estimate : equal in rate, channels and length.
    track : the name of the song in the table.
    metrics : names out of `partita.metrics.names()` that need one target only.

    Raises
    ------
    InputError : the two differ in rate, channels or length, or share no stem.

    Examples
    --------
    >>> truth = Stems(("vocals",), np.ones((1, 1, 8000)), 8000)
    >>> guess = Stems(("vocals",), np.full((1, 1, 8000), 0.9), 8000)
    >>> score_stems(truth, guess, track="song", metrics=["sdr_global"]).value.round(3)
    array([20.])
    """
    for what in ("rate", "channels", "length"):
        if (want := getattr(reference, what)) != (got := getattr(estimate, what)):
            raise InputError(f"{track}: the reference's {what} is {want}, the estimate's {got}")
    shared = [name for name in reference if name in estimate]
    if not shared:
        raise InputError(
            f"{track}: no stem in common: reference has {', '.join(reference)}; "
            f"estimate has {', '.join(estimate)}"
        )
    return Scores.from_rows(
        row
        for stem in shared
        for metric in metrics
        for row in _rows(reference, estimate, track, stem, metric)
    )


def _rows(reference: Stems, estimate: Stems, track: str, stem: str, metric: str) -> list[Row]:
    spec = find(metric)
    rate = reference.rate
    pair = reference[stem].samples, estimate[stem].samples
    values = np.atleast_1d(spec.measure(*pair, rate=rate))
    if not spec.framewise:
        return [(track, stem, metric, WHOLE, 0.0, reference.duration_s, float(values[0]))]
    bounds = frame_bounds(reference.length, rate, window_s=1.0, hop_s=1.0)
    return [
        (track, stem, metric, n, start / rate, (stop - start) / rate, float(value))
        for n, ((start, stop), value) in enumerate(zip(bounds, values, strict=True))
    ]
