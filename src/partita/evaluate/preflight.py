"""Before scoring: mistakes that cost decibels and have nothing to do with separating.

Each check undoes one kind of mistake and tells how much SDR (10·log10 |s|²/|ŝ - s|², whole song,
mean over the stems concerned) the undoing gives: a finding is what a score hides, not an opinion.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.metrics.sdr import sdr_global
from partita.signal.resample import resample

WORTH_DB = 0.1
"""A mistake that costs less is not reported."""
MAX_LAG_S = 1.0
EXCERPT_S = 30.0
"""The delay is looked for in the loudest stretch of this length."""
FULL_SCALE = 0.999
CLIPPED_RUN = 3
"""Samples side by side at full scale that count as clipped."""

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Finding:
    """A mistake that was found.

    Attributes
    ----------
    kind : "rate", "delay", "gain", "polarity", "channels", "stems", "clipping" or "sum".
    stems : the stems concerned.
    detail : what was found, in words.
    cost_db : SDR that undoing it gives; NaN where nothing can be scored before it is undone.
    """

    kind: str
    stems: tuple[str, ...]
    detail: str
    cost_db: float

    def __str__(self) -> str:
        cost = "cannot be scored" if np.isnan(self.cost_db) else f"costs {self.cost_db:.2f} dB"
        return f"{self.kind} of {', '.join(self.stems)}: {self.detail} ({cost})"


def preflight(reference: Stems, estimate: Stems, mix: Audio | None = None) -> list[Finding]:
    """The mistakes in a set of estimates, costliest kind for each stem first in order of checks.

    Parameters
    ----------
    reference, estimate : of the same song; stems of other names are not looked at.
    mix : the recording, to which the estimates should add up; by default the references' sum.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((1, 1, 8000)) * 0.1
    >>> truth, guess = (Stems(("bass",), x, 8000) for x in (noise, -noise))
    >>> print(preflight(truth, guess)[0])
    polarity of bass: the estimate is upside down (costs inf dB)
    """
    if reference.rate != estimate.rate:
        detail = f"the reference has {reference.rate} Hz, the estimate {estimate.rate} Hz"
        moved = resample(estimate.samples, estimate.rate, reference.rate)
        estimate = Stems(estimate.names, moved, reference.rate)
        rate = [Finding("rate", estimate.names, detail, float("nan"))]
    else:
        rate = []
    if reference.channels != estimate.channels:
        return rate
    shared = tuple(name for name in reference if name in estimate)
    length = min(reference.length, estimate.length)
    pairs = {n: (reference[n].samples[:, :length], estimate[n].samples[:, :length]) for n in shared}
    sounding = {n: pair for n, pair in pairs.items() if pair[0].any() and pair[1].any()}
    found = [f for n, (s, e) in sounding.items() for f in _of_one(n, s, e, reference.rate)]
    found += _swapped_stems(sounding)
    if set(reference.names) <= set(estimate.names):
        whole = reference.samples.sum(axis=0) if mix is None else mix.samples
        found += _sum(pairs, whole[:, :length])
    return rate + found


def _of_one(name: str, s: Array, e: Array, rate: int) -> Iterator[Finding]:
    before = sdr_global(s, e)
    lag = _delay(s, e, rate)
    if lag and _gain(after := sdr_global(s, _moved(e, lag)), before) > WORTH_DB:
        way = "late" if lag > 0 else "early"
        detail = f"{abs(lag)} samples ({1000 * abs(lag) / rate:.1f} ms) {way}"
        yield Finding("delay", (name,), detail, _gain(after, before))
    scale = float(np.sum(s * e, dtype=np.float64) / np.sum(e * e, dtype=np.float64))
    cost = _gain(sdr_global(s, scale * e), before)
    if cost > WORTH_DB and scale < 0 and before < sdr_global(s, -e):
        cost = _gain(sdr_global(s, -e), before)
        yield Finding("polarity", (name,), "the estimate is upside down", cost)
    elif cost > WORTH_DB and scale > 0:
        db = -20 * np.log10(scale)
        detail = f"{abs(db):.1f} dB {'too loud' if db > 0 else 'too quiet'} for the best SDR"
        yield Finding("gain", (name,), detail, cost)
    if len(s) == 2 and (cost := _gain(sdr_global(s, e[::-1]), before)) > WORTH_DB:
        yield Finding("channels", (name,), "left and right are swapped", cost)
    yield from _clipping(name, s, e, before)


def _gain(after: float, before: float) -> float:
    return 0.0 if after == before else float(after - before)


def _delay(s: Array, e: Array, rate: int) -> int:
    """Samples by which the estimate is late, from the cross-correlation of the loudest stretch."""
    import scipy.fft

    size, most = round(EXCERPT_S * rate), round(MAX_LAG_S * rate)
    mono = [np.einsum("ct->t", x) for x in (s, e)]
    energy = np.concatenate([[0.0], np.cumsum(np.square(mono[0], dtype=np.float64))])
    starts = np.arange(0, max(len(mono[0]) - size, 0) + 1, rate)
    stops = np.minimum(starts + size, len(mono[0]))
    first = int(starts[np.argmax(energy[stops] - energy[starts])])
    a, b = (x[first : first + size] for x in mono)
    n = scipy.fft.next_fast_len(len(a) + most, real=True)
    product = scipy.fft.rfft(b, n) * np.conj(scipy.fft.rfft(a, n))
    correlation = scipy.fft.irfft(product, n)
    most = min(most, len(a) - 1)
    near = np.concatenate([correlation[-most:] if most else [], correlation[: most + 1]])
    return int(np.argmax(np.abs(near))) - most


def _moved(e: Array, lag: int) -> Array:
    out = np.zeros_like(e)
    if lag > 0:
        out[:, :-lag] = e[:, lag:]
    else:
        out[:, -lag:] = e[:, : e.shape[1] + lag]
    return out


def _clipping(name: str, s: Array, e: Array, before: float) -> Iterator[Finding]:
    full = np.abs(e) >= FULL_SCALE
    if full.shape[1] < CLIPPED_RUN or not full.any():
        return
    runs = np.lib.stride_tricks.sliding_window_view(full, CLIPPED_RUN, axis=1).all(axis=2)
    clipped = np.zeros_like(full)
    for k in range(CLIPPED_RUN):
        clipped[:, k : k + runs.shape[1]] |= runs
    clipped &= np.abs(s) > np.abs(e)  # what the reference has beyond full scale was cut off
    count = int(clipped.sum())
    if count and (cost := _gain(sdr_global(s, np.where(clipped, s, e)), before)) > WORTH_DB:
        yield Finding("clipping", (name,), f"{count} samples are cut off at full scale", cost)


def _swapped_stems(pairs: dict[str, tuple[Array, Array]]) -> Iterator[Finding]:
    from scipy.optimize import linear_sum_assignment

    names = list(pairs)
    table = np.array([[sdr_global(pairs[a][0], pairs[b][1]) for b in names] for a in names])
    if len(names) < 2:
        return
    rows, best = linear_sum_assignment(-np.clip(table, -200, 200))
    for row, column in zip(rows, best, strict=True):
        cost = _gain(float(table[row, column]), float(table[row, row]))
        if row != column and cost > WORTH_DB:
            detail = f"the estimate called {names[column]} fits better"
            yield Finding("stems", (names[row],), detail, cost)


def _sum(pairs: dict[str, tuple[Array, Array]], mix: Array) -> Iterator[Finding]:
    rest = mix - sum(e for _, e in pairs.values())
    power = float(np.sum(np.square(mix, dtype=np.float64)))
    left = float(np.sum(np.square(rest, dtype=np.float64)))
    sounding = [(s, e) for s, e in pairs.values() if s.any()]
    if not power or not left or not sounding:
        return
    share = rest / len(pairs)
    gains = [_gain(sdr_global(s, e + share), sdr_global(s, e)) for s, e in sounding]
    cost = float(np.mean(gains))
    if cost > WORTH_DB:
        level = 10 * np.log10(left / power)
        detail = f"the stems leave {level:.1f} dB of the recording"
        yield Finding("sum", tuple(pairs), detail, cost)
