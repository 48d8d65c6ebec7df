"""BSS Eval, versions 4 and 3: how much of the error is filtering, interference and artifacts.

Axes: (targets, channels, time), reference first; results (targets, frames), dB.
SDR |s|²/|ŝ - s|², ISR |s|²/|P - s|², SIR |P|²/|Q - P|², SAR |Q|²/|ŝ - Q|² (images), with s the
reference, ŝ the estimate, P and Q what 512-tap filters make closest to ŝ out of the own reference
and of all references. Silence follows the rule of `ratio_db`, each stem for itself: a silent target
is NaN in ISR, -inf (or NaN, where the estimate is silent too) in SDR and SIR.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError, OptionError
from partita.metrics.bss_energies import Filters, Pair, frame_energies
from partita.metrics.bss_filters import correlations, projection_filters
from partita.metrics.frames import frame_bounds
from partita.metrics.ratio import ratio_db
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec

Array = NDArray[np.floating]
METRICS = ("SDR", "ISR", "SIR", "SAR")

IMAGES = {
    "SDR": ("target", "error"),
    "ISR": ("target", "spatial"),
    "SIR": ("filtered", "interference"),
    "SAR": ("projected", "artifact"),
}
SOURCES = {
    "SDR": ("filtered", "all_but_filtered"),
    "SIR": ("filtered", "interference"),
    "SAR": ("projected", "artifact"),
}


def v4(
    reference: Array,
    estimate: Array,
    rate: int,
    *,
    window_s: float = 1.0,
    hop_s: float = 1.0,
    filter_taps: int = 512,
    ridge: float = 0.0,
    metrics: Sequence[str] = METRICS,
    compat: Literal["museval"] | None = None,
) -> dict[str, Array]:
    """BSS Eval v4: one set of filters for the whole track, ratios frame by frame.

    Parameters
    ----------
    reference, estimate : (targets, channels, time) float, numpy, in the same order of targets.
    rate : Hz.
    window_s, hop_s : length of a frame and distance between frames, seconds.
    filter_taps : length of the filters, samples.
    ridge : white noise that the filters are fitted with, as a share of each reference channel's
        energy. The published 0 leaves the filters undetermined wherever the references hold
        nothing (above the cut-off of a compressed recording, say): they grow there, and the edges
        of the frames make them heard. Then ISR, SIR and SAR tell little; 1e-8 (-80 dB) cures it.
    metrics : which of SDR, ISR, SIR and SAR; SDR alone needs no filters and costs next to nothing.
    compat : "museval" gives what museval 0.4.1 gives: no frame for the tail, NaN for all targets
        where the channels of any reference or estimate add up to zero throughout a frame, and
        the machine epsilon added to the normal equations. It agrees to 1e-9 dB where the
        references determine the filters. Where they do not, museval's answers depend on rounding
        (on one excerpt of MUSDB18 the order of the targets moves its SIR by 17 dB).

    Returns
    -------
    name -> (targets, frames) dB, frames as in `frame_bounds`. An estimate that equals its
    reference is +inf in all four (wherever the reference is not silent).

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, NaN or infinity; and in compatible mode
        a wholly silent reference or estimate. OptionError : an unknown metric or mode, a ridge or
        window out of range.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> reference = rng.standard_normal((2, 1, 2500))
    >>> estimate = reference + 0.1 * reference[::-1]
    >>> v4(reference, estimate, 1000, metrics=["SDR"])["SDR"].shape
    (2, 3)
    >>> v4(reference, estimate, 1000, filter_taps=8, metrics=["SIR"])["SIR"].round().tolist()
    [[20.0, 20.0, 20.0], [20.0, 20.0, 20.0]]

    References
    ----------
    Stöter, Liutkus and Ito, "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018;
    Vincent, Gribonval and Févotte, "Performance measurement in blind audio source separation",
    TASLP 2006. Departures (none with compat): the tail is a frame; no epsilon; references that are
    silent or alike are solved without them; silence in one stem leaves the others alone.
    """
    s, s_hat = _checked(reference, estimate, metrics, METRICS, ridge)
    if compat not in (None, "museval"):
        raise OptionError(f"compat must be None or 'museval', got {compat!r}")
    museval = compat == "museval"
    if museval and (_cancels(s) or _cancels(s_hat)):
        raise AudioError("a reference or estimate is silent throughout: museval has no answer")
    pairs = _own_pairs(len(s))
    needed = [IMAGES[m] for m in metrics]
    filters = _filters(s, s_hat, filter_taps, pairs, needed, ridge, museval=museval)
    bounds = frame_bounds(s.shape[-1], rate, window_s=window_s, hop_s=hop_s, tail=not museval)
    found: dict[str, Array] = {name: np.full((len(s), len(bounds)), np.nan) for name in metrics}
    for t, (a, b) in enumerate(bounds):
        part, part_hat = s[..., a:b], s_hat[..., a:b]
        if museval and (_cancels(part) or _cancels(part_hat)):
            continue
        energies = frame_energies(part, part_hat, filters, pairs)
        values = (
            _museval_ratios(energies, metrics) if museval else _ratios(energies, IMAGES, metrics)
        )
        for name in metrics:
            found[name][:, t] = values[name]
    return found


def v3(
    reference: Array,
    estimate: Array,
    rate: int,
    *,
    kind: Literal["images", "sources"] = "images",
    window_s: float | None = None,
    hop_s: float | None = None,
    filter_taps: int = 512,
    ridge: float = 0.0,
    permute: bool = True,
    metrics: Sequence[str] | None = None,
) -> dict[str, Array]:
    """BSS Eval v3: filters of their own for every frame, and the best order of the estimates.

    Parameters
    ----------
    reference, estimate : (targets, channels, time) float, numpy.
    rate : Hz.
    kind : "images" measures what the listener hears of each source in every channel; "sources"
        forgives any filtering of the reference (P stands for s in the SDR, there is no ISR), so
        that an estimate without highs loses nothing: for old results only.
    window_s, hop_s : seconds; None is one frame for the whole track, and half a window. The
        campaigns used 30 s and 15 s. What is left after the last whole frame is dropped, because
        filters fitted to a short rest explain nearly anything.
    filter_taps : length of the filters, samples.
    ridge : as in `v4`.
    permute : whether to try every order of the estimates, in each frame, and keep the one with the
        best mean SIR (an infinite one counts as 1000 dB, an undefined one as -1000).
    metrics : which of SDR, ISR (images), SIR, SAR; None is all.

    Returns
    -------
    name -> (targets, frames) dB, and "permutation": (targets, frames) int, the estimate that
    belongs to each reference.

    Raises
    ------
    AudioError : as `v4`. OptionError : an unknown kind or metric.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> reference = rng.standard_normal((2, 1, 1000))
    >>> values = v3(reference, reference[::-1], 1000, filter_taps=8)
    >>> values["permutation"].tolist(), values["SDR"].tolist()
    ([[1], [0]], [[inf], [inf]])

    References
    ----------
    Vincent, Sawada, Bofill, Makino and Rosca, "First stereo audio source separation evaluation
    campaign", ICA 2007 (images); Vincent, Gribonval and Févotte, TASLP 2006 (sources). Departures:
    those of `v4` but for the tail.
    """
    if kind not in ("images", "sources"):
        raise OptionError(f"kind must be 'images' or 'sources', got {kind!r}")
    ratios = IMAGES if kind == "images" else SOURCES
    wanted = tuple(ratios) if metrics is None else tuple(metrics)
    s, s_hat = _checked(reference, estimate, wanted, tuple(ratios), ridge)
    targets, length = len(s), s.shape[-1]
    bounds = [(0, length)]
    if window_s is not None:
        hop_s = window_s / 2 if hop_s is None else hop_s
        bounds = frame_bounds(length, rate, window_s=window_s, hop_s=hop_s, tail=False)
    pairs = _own_pairs(targets)
    if permute:
        pairs = [(j, k) for j in range(targets) for k in range(targets)]
    computed = tuple(dict.fromkeys([*wanted, "SIR"])) if permute else wanted
    needed = [ratios[m] for m in computed]
    found: dict[str, list[Array]] = {name: [] for name in (*wanted, "permutation")}
    for a, b in bounds:
        part, part_hat = s[..., a:b], s_hat[..., a:b]
        filters = _filters(part, part_hat, filter_taps, pairs, needed, ridge)
        values = _ratios(frame_energies(part, part_hat, filters, pairs), ratios, computed)
        order = _best_order(values["SIR"].reshape(targets, -1)) if permute else range(targets)
        chosen = [pairs.index(pair) for pair in enumerate(order)]
        for name in wanted:
            found[name].append(values[name][chosen])
        found["permutation"].append(np.array(order))
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def isr(reference: Array, estimate: Array, rate: int) -> Array:
    """The ISR of `v4`, (targets, frames) dB. For several of its metrics call `v4` itself, once."""
    return v4(reference, estimate, rate, metrics=["ISR"])["ISR"]


def sir(reference: Array, estimate: Array, rate: int) -> Array:
    """The SIR of `v4`, (targets, frames) dB. For several of its metrics call `v4` itself, once."""
    return v4(reference, estimate, rate, metrics=["SIR"])["SIR"]


def sar(reference: Array, estimate: Array, rate: int) -> Array:
    """The SAR of `v4`, (targets, frames) dB. For several of its metrics call `v4` itself, once."""
    return v4(reference, estimate, rate, metrics=["SAR"])["SAR"]


def _own_pairs(targets: int) -> list[Pair]:
    return [(j, j) for j in range(targets)]


def _checked(
    reference: Any, estimate: Any, metrics: Sequence[str], known: Sequence[str], ridge: float
) -> tuple[Array, Array]:
    if not 0 <= ridge < 1:
        raise OptionError(f"ridge is a share of the energy, from 0 to below 1, got {ridge}")
    unknown = [name for name in metrics if name not in known]
    if unknown or not metrics or isinstance(metrics, str):
        raise OptionError(f"metrics must be a list out of {', '.join(known)}, got {metrics!r}")
    s, s_hat = checked_pair(reference, estimate, axes=3)
    if not isinstance(s, np.ndarray):
        raise AudioError("BSS Eval needs numpy arrays; call .numpy() on a tensor")
    return s, s_hat


def _filters(
    s: Array,
    s_hat: Array,
    taps: int,
    pairs: list[Pair],
    ratios: Sequence[tuple[str, str]],
    ridge: float,
    *,
    museval: bool = False,
) -> Filters:
    """The filters that the energies in `ratios` need, and no others."""
    needed = set(itertools.chain(*ratios))
    need_every = not needed.isdisjoint({"projected", "artifact", "interference"})
    need_own = not needed.isdisjoint({"filtered", "spatial", "all_but_filtered", "interference"})
    if not (need_every or need_own):
        return Filters.of(taps, None, {})
    targets, channels, length = s.shape
    x, y = s.reshape(-1, length), s_hat.reshape(-1, length)
    xx, xy = correlations(x, y, taps)
    floor = float(np.finfo(float).eps) if museval else 0.0
    every = projection_filters(xx, xy, floor=floor, ridge=ridge) if need_every else None
    own: dict[Pair, Array] = {}
    places = [slice(j * channels, (j + 1) * channels) for j in range(targets)]
    for j in range(targets) if need_own else ():
        matched = [k for target, k in pairs if target == j]
        to = np.concatenate([xy[places[j], places[k]] for k in matched], axis=1)
        if targets == 1 and every is not None:
            made = every
        else:
            made = projection_filters(xx[places[j], places[j]], to, floor=floor, ridge=ridge)
        own |= {(j, k): f for k, f in zip(matched, np.split(made, len(matched), 1), strict=True)}
    same = frozenset((j, k) for j, k in pairs if not museval and np.array_equal(s[j], s_hat[k]))
    return Filters.of(taps, every, own, same)


def _ratios(
    energies: Mapping[str, Array], ratios: Mapping[str, tuple[str, str]], metrics: Sequence[str]
) -> dict[str, Array]:
    """name -> (pairs,) dB."""
    return {m: np.asarray(ratio_db(*(energies[part] for part in ratios[m]))) for m in metrics}


def _museval_ratios(energies: Mapping[str, Array], metrics: Sequence[str]) -> dict[str, Array]:
    """As `_ratios`, but nothing unwanted is +inf, whatever is wanted."""
    values = _ratios(energies, IMAGES, metrics)
    return {m: np.where(energies[IMAGES[m][1]] == 0, np.inf, values[m]) for m in metrics}


def _cancels(signals: Array) -> bool:
    """Whether the channels of any of the signals add up to zero throughout."""
    starts = range(0, signals.shape[-1], 4096)  # in most signals the first stretch tells
    return any(not any(np.any(np.sum(x[:, t : t + 4096], axis=0)) for t in starts) for x in signals)


def _best_order(sir: Array) -> tuple[int, ...]:
    """For each target its estimate: the order with the highest mean of sir[target, estimate]."""
    finite = np.nan_to_num(sir, nan=-1000.0, posinf=1000.0, neginf=-1000.0)
    rows = range(len(sir))
    orders = itertools.permutations(rows)
    return max(orders, key=lambda order: float(np.mean(finite[rows, order])))


def _spec(name: str, function: Any, summary: str) -> MetricSpec:
    return MetricSpec(
        name=name,
        unit="dB",
        higher_is_better=True,
        needs="all_targets",
        framewise=True,
        jnd=None,
        summary=summary,
        function=function,
        uses_rate=True,
    )


ISR = _spec("isr", isr, "BSS Eval v4: error that filtering the reference explains")
SIR = _spec("sir", sir, "BSS Eval v4: error that filtering the other stems explains")
SAR = _spec("sar", sar, "BSS Eval v4: error that filtering explains in no way")
