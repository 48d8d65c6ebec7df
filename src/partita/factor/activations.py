"""Activations of spectra that are known: what is left to find once a dictionary is learned.

With W fixed every frame is a problem of its own, so that a recording can be worked on in pieces and
the pieces join: that is how engines stream.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.kernel import EPSILON, TINY, NumpyKernel
from partita.factor.solver import checked, exponent

Floats = NDArray[np.floating]

SLICE_FRAMES = 256
"""Frames that are worked on together: their spectra stay in the cache over all iterations."""


def activations(V: Floats, W: Floats, *, beta: float = 1.0, iterations: int = 50) -> Floats:
    """H with V ≈ W·H for a given W.

    Parameters
    ----------
    V : (freq, frames), finite and not negative.
    W : (freq, rank), not negative.
    beta : the divergence, 0 … 2.
    iterations : multiplicative updates, from equal activations.

    Returns
    -------
    (rank, frames) of V's float type. Each frame's depends on that frame alone.

    Examples
    --------
    >>> W, H = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]), np.array([[2.0, 0.0], [1.0, 3.0]])
    >>> np.allclose(activations(W @ H, W, iterations=200), H, atol=1e-6)
    True
    """
    if V.ndim != 2 or W.ndim != 2 or len(V) != len(W):
        raise UsageError(f"V and W must have the same bins, got {V.shape} and {W.shape}")
    (X,), level = checked(V, beta)
    W = np.ascontiguousarray(W, dtype=X.dtype)
    out = np.empty((W.shape[1], X.shape[1]), X.dtype)
    for start in range(0, X.shape[1], SLICE_FRAMES):
        frames = slice(start, start + SLICE_FRAMES)
        part = np.ascontiguousarray(X[:, frames])
        out[:, frames] = _fitted(part, W, EPSILON * level, beta, iterations)
    return out


def _fitted(V: Floats, W: Floats, epsilon: float, beta: float, iterations: int) -> Floats:
    kernel = NumpyKernel(V.dtype)
    H = np.repeat(V.sum(axis=0, keepdims=True) / max(float(W.sum()), TINY), W.shape[1], axis=0)
    P, model = np.empty_like(V), np.empty_like(V)
    N = None if beta == 1 else np.empty_like(V)
    sums = W.sum(axis=0)[:, None]
    for _ in range(iterations):
        np.matmul(W, H, out=model)
        model += V.dtype.type(epsilon)
        P, halves = kernel.halves(V, model, beta, P, N)
        denominator = sums if isinstance(halves, float) else W.T @ halves
        kernel.step(H, W.T @ P, denominator, exponent(beta))
    return H
