"""The energies of BSS Eval's decomposition of an estimate, in one frame, a block at a time.

With the reference s, the estimate ŝ, P = what filters make of the own reference, and Q = what they
make of all references:   ŝ = s + (P - s) + (Q - P) + (ŝ - Q),
that is target, spatial distortion, interference and artifacts. The frame is cut out before it is
filtered, so that its signals have taps - 1 samples more than the frame, where s and ŝ are zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Pair = tuple[int, int]
"""A target, and the estimate that is compared with it."""

NAMES = (
    "target",  # s
    "error",  # ŝ - s
    "filtered",  # P
    "spatial",  # P - s
    "all_but_filtered",  # ŝ - P
    "projected",  # Q
    "artifact",  # ŝ - Q
    "interference",  # Q - P
)


@dataclass(frozen=True, eq=False)
class Filters:
    """The filters of a decomposition, as spectra; what is not there is not computed.

    Parameters
    ----------
    taps, size : length of the filters, and of the transforms (blocks of size - taps + 1 samples).
    every : (n, m, freq), from all reference channels to all estimate channels, or None.
    own : for pairs of target and estimate (channels, channels, freq), from the channels of the
        target's reference to those of the estimate; may be empty.
    same : pairs whose estimate equals the reference. Filters make it exactly, P = Q = s.
    """

    taps: int
    size: int
    every: NDArray[np.complexfloating] | None
    own: Mapping[Pair, NDArray[np.complexfloating]]
    same: frozenset[Pair] = frozenset()

    @classmethod
    def of(
        cls,
        taps: int,
        every: Array | None,
        own: Mapping[Pair, Array],
        same: frozenset[Pair] = frozenset(),
    ) -> Filters:
        """The spectra of filters (…, taps)."""
        if every is None and not own:
            return cls(taps=1, size=8192, every=None, own={})
        import scipy.fft

        size = scipy.fft.next_fast_len(max(8192, 8 * taps), real=True)
        return cls(
            taps=taps,
            size=size,
            every=None if every is None else scipy.fft.rfft(every, n=size),
            own={pair: scipy.fft.rfft(f, n=size) for pair, f in own.items()},
            same=same,
        )


def frame_energies(
    references: Array, estimates: Array, filters: Filters, pairs: list[Pair]
) -> dict[str, Array]:
    """The energy of each part of the decomposition, for each pair of target and estimate.

    Parameters
    ----------
    references, estimates : (targets, channels, time), one frame.
    pairs : which estimate to compare with which target.

    Returns
    -------
    name -> (pairs,): see NAMES. NaN for what needs filters that are not given.
    """
    step = filters.size - filters.taps + 1
    total = np.zeros((len(pairs), len(NAMES)))
    for start in range(0, references.shape[-1] + filters.taps - 1, step):
        s, s_hat = (_stretch(x, start, step, before=0) for x in (references, estimates))
        own, every = _filtered(references, filters, start, pairs)
        for row, (target, estimate) in enumerate(pairs):
            s_j, s_hat_k = s[target], s_hat[estimate]
            p = own.get((target, estimate))
            q = None if every is None else every[estimate]
            if (target, estimate) in filters.same:
                p, q = s_j, s_j
            parts = (
                s_j,
                s_hat_k - s_j,
                p,
                None if p is None else p - s_j,
                None if p is None else s_hat_k - p,
                q,
                None if q is None else s_hat_k - q,
                None if p is None or q is None else q - p,
            )
            total[row] += [np.nan if x is None else np.vdot(x, x) for x in parts]
    return dict(zip(NAMES, total.T, strict=True))


def _filtered(
    references: Array, filters: Filters, start: int, pairs: list[Pair]
) -> tuple[dict[Pair, Array], Array | None]:
    """P for each pair (channels, step), and Q for every estimate (targets, channels, step)."""
    import scipy.fft

    if filters.every is None and not filters.own:
        return {}, None
    targets, channels, _ = references.shape
    step = filters.size - filters.taps + 1
    stretch = _stretch(references, start, step, before=filters.taps - 1)
    spectrum = scipy.fft.rfft(stretch)  # (targets, channels, freq)

    def applied(taps: NDArray[np.complexfloating], to: NDArray[np.complexfloating]) -> Array:
        made = taps[0] * to[0]
        for one, x in zip(taps[1:], to[1:], strict=True):
            made += one * x
        return np.asarray(scipy.fft.irfft(made, n=filters.size)[..., filters.taps - 1 :])

    own = {pair: applied(filters.own[pair], spectrum[pair[0]]) for pair in pairs if filters.own}
    if filters.every is None:
        return own, None
    every = applied(filters.every, spectrum.reshape(targets * channels, -1))
    return own, every.reshape(targets, channels, -1)


def _stretch(x: Array, start: int, count: int, *, before: int) -> Array:
    """Samples start - before … start + count of the last axis, float64, zero outside x."""
    out = np.zeros((*x.shape[:-1], before + count))
    first, stop = max(start - before, 0), min(start + count, x.shape[-1])
    if stop > first:
        offset = first - (start - before)
        out[..., offset : offset + stop - first] = x[..., first:stop]
    return out
