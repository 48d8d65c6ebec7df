"""One song's estimates to scores: every stem, every frame, every metric asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.errors import InputError
from partita.core.scores import WHOLE, Scores
from partita.evaluate.levels import ESTIMATE_LEVEL, TARGET_LEVEL, frame_levels
from partita.metrics.frames import frame_bounds
from partita.metrics.registry import find

DEFAULT_METRICS = ("sdr", "sdr_global", "si_sdr")

BSS_EVAL = {"sdr": "SDR", "isr": "ISR", "sir": "SIR", "sar": "SAR"}
"""Metrics that share one costly solve, and their names in BSS Eval."""

Values = NDArray[np.floating]
Row = tuple[str, str, str, int, float, float, float]


def score_stems(
    reference: Stems,
    estimate: Stems,
    *,
    track: str,
    metrics: Sequence[str] = DEFAULT_METRICS,
    mix: Audio | None = None,
) -> Scores:
    """The scores of every stem that both have, and the level of every frame of both.

    Parameters
    ----------
    reference, estimate : equal in rate, channels and length.
    track : the name of the song in the table.
    metrics : names out of `partita.metrics.names()`.
    mix : the recording, for metrics that need it; by default the sum of the references.

    Returns
    -------
    Scores, with the framewise rows `target_dbfs` and `estimate_dbfs` beside the metrics.

    Raises
    ------
    InputError : the two differ in rate, channels or length, or share no stem.

    Examples
    --------
    >>> truth = Stems(("vocals",), np.ones((1, 1, 8000)), 8000)
    >>> guess = Stems(("vocals",), np.full((1, 1, 8000), 0.9), 8000)
    >>> scores = score_stems(truth, guess, track="song", metrics=["sdr_global"])
    >>> scores.where(metric="sdr_global").value.round(3)
    array([20.])
    """
    names = _shared(reference, estimate, track)
    truth, guess = (_stacked(stems, names) for stems in (reference, estimate))
    rate = reference.rate
    recording = reference.samples.sum(axis=0) if mix is None else mix.samples
    rows: list[Row] = []
    for metric, values in _measure(truth, guess, rate, metrics, recording):
        for name, value in zip(names, values, strict=True):
            rows += _rows(track, name, metric, np.atleast_1d(value), reference)
    for name, s, s_hat in zip(names, truth, guess, strict=True):
        for metric, samples in ((TARGET_LEVEL, s), (ESTIMATE_LEVEL, s_hat)):
            rows += _rows(track, name, metric, frame_levels(samples, rate), reference, True)
    return Scores.from_rows(rows)


def _shared(reference: Stems, estimate: Stems, track: str) -> list[str]:
    for what in ("rate", "channels", "length"):
        if (want := getattr(reference, what)) != (got := getattr(estimate, what)):
            raise InputError(f"{track}: the reference's {what} is {want}, the estimate's {got}")
    names = [name for name in reference if name in estimate]
    if not names:
        raise InputError(
            f"{track}: no stem in common: reference has {', '.join(reference)}; "
            f"estimate has {', '.join(estimate)}"
        )
    return names


def _stacked(stems: Stems, names: Sequence[str]) -> NDArray[np.float32]:
    return stems.samples[[stems.names.index(name) for name in names]]


def _measure(
    truth: Values, guess: Values, rate: int, metrics: Sequence[str], mix: Values
) -> Iterator[tuple[str, Sequence[Values]]]:
    """Metric and its values, one entry a stem."""
    solved = [m for m in metrics if m in BSS_EVAL]
    if any(m != "sdr" for m in solved):
        from partita.metrics.bss_eval import v4

        found = v4(truth, guess, rate, metrics=[BSS_EVAL[m] for m in solved])
        yield from ((m, list(found[BSS_EVAL[m]])) for m in solved)
        metrics = [m for m in metrics if m not in solved]
    for metric in metrics:
        spec = find(metric)
        if spec.needs == "all_targets":
            values = np.asarray(spec.measure(truth, guess, rate=rate))
            yield metric, list(np.broadcast_to(values, (len(truth), *values.shape[1:])))
        else:
            pairs = zip(truth, guess, strict=True)
            yield metric, [spec.measure(s, e, rate=rate, mix=mix) for s, e in pairs]


def _rows(
    track: str,
    target: str,
    metric: str,
    values: Values,
    reference: Stems,
    framewise: bool | None = None,
) -> list[Row]:
    if not (find(metric).framewise if framewise is None else framewise):
        return [(track, target, metric, WHOLE, 0.0, reference.duration_s, float(values[0]))]
    rate = reference.rate
    bounds = frame_bounds(reference.length, rate)
    return [
        (track, target, metric, n, a / rate, (b - a) / rate, float(value))
        for n, ((a, b), value) in enumerate(zip(bounds, values, strict=True))
    ]
