"""The least-squares filters of BSS Eval: what of an estimate can be made from the references.

Axes: signals are (channels, time), the channels of all targets one after the other; filters are
(reference channels, estimate channels, taps). A filter's tap k delays a reference by k samples.
Signals count as zero outside themselves. Everything is float64; float32 signals are converted a
stretch at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import AudioError

Array = NDArray[np.floating]

RIDGES = (0.0, 1e-12, 1e-10, 1e-8, 1e-6)
"""Share of each channel's own energy that is added to it, until the system can be factored."""

SMALLEST_PIVOT = 1e-13
"""What a tap explains of its channel beyond the taps before it; below this share it is rounding."""


def correlations(x: Array, y: Array, taps: int) -> tuple[Array, Array]:
    """Correlations of all reference channels with each other, and with all estimate channels.

    Parameters
    ----------
    x : (n, time) references. y : (m, time) estimates.
    taps : number of lags.

    Returns
    -------
    xx : (n, n, taps) with xx[a, b, k] = Σ_t x_a(t)·x_b(t + k).
    xy : (n, m, taps) with xy[a, c, k] = Σ_t x_a(t)·y_c(t + k).

    Examples
    --------
    >>> xx, xy = correlations(np.array([[1.0, 2.0, 3.0]]), np.array([[0.0, 1.0, 2.0]]), taps=2)
    >>> xx.round(9), xy.round(9)
    (array([[[14.,  8.]]]), array([[[8., 5.]]]))
    """
    import scipy.fft

    n = len(x)
    size = scipy.fft.next_fast_len(max(4096, 4 * taps), real=True)
    step = size - taps + 1
    spectrum = np.zeros((size // 2 + 1, n, n + len(y)), dtype=np.complex128)
    for start in range(0, x.shape[1], 32 * step):
        ahead = _blocks((x, y), start=start, count=32, step=step, size=size)
        base = ahead[:n].copy()
        base[..., step:] = 0
        left = np.ascontiguousarray(scipy.fft.rfft(base).transpose(2, 0, 1))
        right = np.ascontiguousarray(scipy.fft.rfft(ahead).transpose(2, 1, 0))
        spectrum += np.conj(left) @ right  # (freq, n, blocks) @ (freq, blocks, n + m)
    lags = scipy.fft.irfft(spectrum.transpose(1, 2, 0), n=size)[..., :taps]
    return lags[:, :n].copy(), lags[:, n:].copy()


def projection_filters(xx: Array, xy: Array, *, floor: float = 0.0, ridge: float = 0.0) -> Array:
    """The filters that bring the references closest to the estimates.

    Parameters
    ----------
    xx : (n, n, taps), xy : (n, m, taps), from `correlations`.
    floor : energy that is added to each reference channel, as white noise would add it.
    ridge : the same, as a share of the channel's own energy.

    Returns
    -------
    (n, m, taps). A silent reference, and one that equals an earlier one up to its level, gets
    zeros: neither adds anything to what can be made. What is left is solved by Cholesky, every
    channel at unit energy, and where that fails with a ridge (see RIDGES).

    Raises
    ------
    AudioError : the references are so alike that no ridge helps.
    """
    filters = np.zeros(xy.shape)
    xx = xx.copy()
    xx[range(len(xx)), range(len(xx)), 0] += floor
    use = _independent(xx)
    if use:
        level = np.sqrt(xx[use, use, 0])
        xx = xx[np.ix_(use, use)] / (level[:, None] * level)[..., None]
        filters[use] = _solved(_factored(xx, ridge), xy[use] / level[:, None, None])
        filters[use] /= level[:, None, None]
    return filters


def _blocks(signals: Sequence[Array], *, start: int, count: int, step: int, size: int) -> Array:
    """(all channels, blocks, size) float64 from `start` on: overlapping, zeros beyond the end."""
    length = signals[0].shape[1]
    count = min(count, -(-(length - start) // step))
    stretch = np.zeros((sum(len(s) for s in signals), (count - 1) * step + size))
    stop = min(start + stretch.shape[1], length)
    np.concatenate(
        [s[:, start:stop] for s in signals], out=stretch[:, : stop - start], casting="same_kind"
    )
    return np.lib.stride_tricks.sliding_window_view(stretch, size, axis=1)[:, ::step]


def _independent(xx: Array) -> list[int]:
    """The channels that are neither silent nor, up to their level, one that came before."""
    use: list[int] = []
    for b in range(len(xx)):
        own = xx[b, b, 0]
        if own > 0 and all(
            xx[a, a, 0] * own - xx[a, b, 0] ** 2 > SMALLEST_PIVOT * xx[a, a, 0] * own for a in use
        ):
            use.append(b)
    return use


def _factored(xx: Array, least: float) -> Any:
    """The Cholesky factor of the normal equations of channels of unit energy."""
    import scipy.linalg

    for ridge in (least, *(ridge for ridge in RIDGES if ridge > least)):
        system = _system(xx, ridge=ridge)
        try:
            factor = scipy.linalg.cho_factor(
                system, lower=True, overwrite_a=True, check_finite=False
            )
        except np.linalg.LinAlgError:
            continue
        if ridge or np.min(np.diagonal(factor[0])) ** 2 >= SMALLEST_PIVOT:
            return factor
    raise AudioError("the references are too much alike to be told apart by BSS Eval's filters")


def _solved(factor: Any, xy: Array) -> Array:
    import scipy.linalg

    n, m, taps = xy.shape
    known = xy.transpose(0, 2, 1).reshape(n * taps, m)
    found = scipy.linalg.cho_solve(factor, known, check_finite=False)
    return np.asarray(found).reshape(n, taps, m).transpose(0, 2, 1)


def _system(xx: Array, *, ridge: float) -> Array:
    """The lower blocks of the (n·taps, n·taps) normal equations, in LAPACK's order.

    The block of channels a and b is the Toeplitz matrix of Σ_t x_a(t - i)·x_b(t - k).
    """
    n, _, taps = xx.shape
    system = np.empty((n * taps, n * taps), order="F")
    for a in range(n):
        for b in range(a + 1):
            lags = np.concatenate([xx[b, a, :0:-1], xx[a, b]])
            block = np.lib.stride_tricks.sliding_window_view(lags, taps)[:, ::-1]
            system[a * taps : (a + 1) * taps, b * taps : (b + 1) * taps] = block
    np.fill_diagonal(system, np.diagonal(system) + ridge)
    return system
