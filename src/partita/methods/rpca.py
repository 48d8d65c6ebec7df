"""Robust PCA: a matrix as the sum of one of low rank and a sparse one.

An accompaniment repeats itself, so that few spectra suffice to build it (low rank); a voice keeps
changing, and fills few cells (sparse).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

RHO = 1.5
"""Growth of the penalty from one iteration to the next."""
SPARE = 8
"""Singular values computed beyond those that are expected to matter."""

Matrix = NDArray[np.floating]


def robust_pca(
    X: Matrix, *, sparsity: float = 1.0, iterations: int = 50, tolerance: float = 1e-4
) -> tuple[Matrix, Matrix]:
    """The low-rank and the sparse part of a matrix: min ‖L‖⁎ + λ‖S‖₁ with L + S = X.

    Parameters
    ----------
    X : (rows, columns), any real numbers.
    sparsity : λ as a multiple of 1/√max(rows, columns); above 1 the sparse part holds less.
    iterations : at most so many.
    tolerance : it stops where ‖X - L - S‖ is below `tolerance`·‖X‖ (Frobenius).

    Returns
    -------
    L, S : both shaped like X, of its type.

    Examples
    --------
    >>> X = np.ones((40, 40)); X[3, 4] = 9
    >>> L, S = robust_pca(X)
    >>> bool(np.allclose(L, 1, atol=1e-3)), S[3, 4].round(2)
    (True, np.float64(8.0))

    References
    ----------
    Lin, Chen and Ma, "The augmented Lagrange multiplier method for exact recovery of corrupted
    low-rank matrices", UIUC report 2009 (inexact ALM). Departures: singular vectors come from one
    step of block power iteration that starts at those of the iteration before, and only as many
    as are needed; the exact decomposition would cost some ten times as much.
    """
    size = float(np.linalg.norm(X))
    L, S = np.zeros_like(X), np.zeros_like(X)
    if size == 0:
        return L, S
    weight = sparsity / math.sqrt(max(X.shape))
    basis = _start(X)
    largest = float(_leading(X, basis, steps=3)[1][0])
    mu = 1.25 / largest
    Y = X / max(largest, float(np.max(np.abs(X))) / weight)
    for _ in range(iterations):
        L, basis = _shrink_singular_values(X - S + Y / mu, 1 / mu, basis)
        rest = X - L
        S = _shrink(rest + Y / mu, weight / mu)
        rest -= S
        Y += mu * rest
        mu *= RHO
        if np.linalg.norm(rest) < tolerance * size:
            break
    return L, S


def _start(X: Matrix) -> Matrix:
    width = min(2 * SPARE, *X.shape)
    return np.random.default_rng(0).standard_normal((X.shape[1], width)).astype(X.dtype)


def _shrink(X: Matrix, threshold: float) -> Matrix:
    """Every value moved towards zero by the threshold."""
    return X - np.clip(X, -threshold, threshold)


def _shrink_singular_values(X: Matrix, threshold: float, basis: Matrix) -> tuple[Matrix, Matrix]:
    """X with its singular values shrunk, and right singular vectors to start from next time."""
    while True:
        U, values, Vt = _leading(X, basis)
        rank = int(np.count_nonzero(values > threshold))
        if rank < len(values) or len(values) == min(X.shape):
            break
        basis = _widened(Vt.T, X)
    shrunk = (U[:, :rank] * (values[:rank] - threshold)) @ Vt[:rank]
    keep = rank + SPARE
    return shrunk, Vt.T[:, :keep] if keep <= len(values) else _widened(Vt.T, X, keep)


def _leading(X: Matrix, basis: Matrix, *, steps: int = 1) -> tuple[Matrix, Matrix, Matrix]:
    """The leading singular triplets, as many as `basis` has columns, by block power iteration."""
    from scipy.linalg import qr, svd

    for _ in range(steps):
        left, _ = qr(X @ basis, mode="economic", check_finite=False)
        basis, triangle = qr(X.T @ left, mode="economic", check_finite=False)
    inner_v, values, inner_u = svd(triangle, full_matrices=False, check_finite=False)
    return left @ inner_u.T, values, (basis @ inner_v).T


def _widened(basis: Matrix, X: Matrix, width: int = 0) -> Matrix:
    """The basis with random directions added: up to `width`, or half as many again."""
    have = basis.shape[1]
    wanted = min(max(width, have + have // 2 + SPARE), *X.shape)
    more = np.random.default_rng(have).standard_normal((len(basis), wanted - have))
    return np.concatenate([basis, more.astype(X.dtype)], axis=1)
