"""The plain case in one call, as fast as its matrix products allow.

What is computed is what the solver computes with a single Free block. What is saved: a few rows at
a time give W's update and, once more, their part of H's, so that V is read once an iteration and
the model is never held as a whole; the factors have a least value (an update under this bound does
not raise the cost either), so that no constant need be added to the model; and the cost, whose
logarithms are dear, is computed now and then.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, drawn, times_transposed, transposed_times
from partita.factor.kernel import EPSILON, TINY, NumpyKernel
from partita.factor.solver import checked, exponent

Floats = NDArray[np.floating]

LEAST = 1e-12
"""Of a factor's mean: entries that come below it stay there, and are zero in the result."""
SLICE_BYTES, LEAST_ROWS = 5 << 18, 128
"""Rows that are worked on together: a slice of V and one of the model share a cache."""


def nmf(
    V: Floats,
    rank: int,
    *,
    beta: float = 1.0,
    iterations: int = 100,
    W: Floats | None = None,
    H: Floats | None = None,
    seed: int | np.random.Generator = 0,
    cost_every: int = 10,
) -> tuple[Floats, Floats, NDArray[np.float64]]:
    """Spectra W, activations H with V ≈ W·H, and the cost along the way.

    Parameters
    ----------
    V : (freq, frames), finite and not negative; float32 is twice as fast as float64.
    rank : number of components.
    beta : the divergence, 0 Itakura-Saito (V a power), 1 Kullback-Leibler (a magnitude), 2 Euclid.
    iterations : each updates W, then H.
    W, H : what to start from, (freq, rank) and (rank, frames); drawn if not given.
    seed : a seed or a Generator.
    cost_every : iterations from one value of the cost to the next; 1 takes a tenth longer.

    Returns
    -------
    W (freq, rank), whose columns add up to one, H (rank, frames) in V's unit, both of V's float
    type, and the cost, which never rises: before the first iteration, after every
    `cost_every`-th, and after the last.

    Raises
    ------
    UsageError : V is negative, not finite or of another shape; so are W or H; β is out of 0 … 2.

    Examples
    --------
    >>> V = np.outer([1.0, 2.0, 1.0], [0.0, 3.0, 1.0]) + np.outer([2.0, 0.0, 0.0], [1.0, 0.0, 4.0])
    >>> W, H, cost = nmf(V, 2, iterations=300)
    >>> np.allclose(W @ H, V, atol=1e-3), W.sum(axis=0)
    (True, array([1., 1.]))

    References
    ----------
    Févotte and Idier, "Algorithms for nonnegative matrix factorization with the β-divergence",
    Neural Computation 2011.
    """
    if V.ndim != 2:
        raise UsageError(f"V must be (freq, frames), got {V.shape}")
    if rank < 1 or cost_every < 1:
        raise UsageError(f"rank and cost_every must be at least 1, got {rank} and {cost_every}")
    (X,), level = checked(V, beta)
    kernel, rng = NumpyKernel(X.dtype), np.random.default_rng(seed)
    first_W, first_H = drawn((len(X), rank), rng), drawn((rank, X.shape[1]), rng) * level / rank
    W = Factor(W).begin(first_W.shape, first_W, kernel)
    H = Factor(H).begin(first_H.shape, first_H, kernel)
    model = _Model(np.ascontiguousarray(X), W, H, level, beta)
    costs = []
    for iteration in range(iterations):
        with_cost = iteration % cost_every == 0
        cost = model.update(with_cost=with_cost)
        if with_cost:
            costs.append(cost)
    return *model.result(), np.array([*costs, model.cost()])


class _Model:
    """W·H at work, a few rows after the other."""

    def __init__(self, V: Floats, W: Floats, H: Floats, level: float, beta: float) -> None:
        self._V, self._beta, self._gamma = V, beta, exponent(beta)
        self.W, self.H = W, H
        self._least_W, self._least_H = _least(W), _least(H)
        never_zero = beta in (1, 2) and bool(W.all()) and bool(H.all())
        self._epsilon = V.dtype.type(0 if never_zero else EPSILON * level)
        self._kernel = NumpyKernel(V.dtype)
        self._rows = _row_slices(V)
        longest = max(s.stop - s.start for s in self._rows)
        self._model = np.empty((longest, V.shape[1]), V.dtype)
        self._N = None if beta == 1 else np.empty_like(self._model)

    def cost(self) -> float:
        return sum(self._cost_of(s) for s in self._rows)

    def update(self, *, with_cost: bool) -> float:
        """One update of W and then of H; the cost before them, if wanted."""
        numerator, denominator = np.zeros_like(self.H), np.zeros_like(self.H)
        cost = 0.0
        for s in self._rows:
            if with_cost:
                cost += self._cost_of(s)
            P, N = self._halves(s)
            ratio = times_transposed(P, self.H) / _positive(times_transposed(N, self.H))
            _step(self.W[s], ratio, self._gamma, self._least_W[s])
            P, N = self._halves(s)
            numerator += transposed_times(self.W[s], P)
            denominator += transposed_times(self.W[s], N)
        _step(self.H, numerator / _positive(denominator), self._gamma, self._least_H)
        return cost

    def result(self) -> tuple[Floats, Floats]:
        """W with columns that add up to one, and H to match."""
        W = self.W * np.greater(self.W, self._least_W)
        H = self.H * np.greater(self.H, self._least_H)
        sums = W.sum(axis=0)
        sums[sums <= 0] = 1
        return W / sums, H * sums[:, None]

    def _cost_of(self, rows: slice) -> float:
        return self._kernel.divergence(self._V[rows], self._product(rows), self._beta)

    def _product(self, rows: slice) -> Floats:
        model = np.matmul(self.W[rows], self.H, out=self._model[: rows.stop - rows.start])
        if self._epsilon:
            model += self._epsilon
        return model

    def _halves(self, rows: slice) -> tuple[Floats, Floats | float]:
        model = self._product(rows)
        N = None if self._N is None else self._N[: len(model)]
        return self._kernel.halves(self._V[rows], model, self._beta, model, N)


def _row_slices(V: Floats) -> list[slice]:
    """Slices of nearly equal length."""
    rows = max(SLICE_BYTES // (V.shape[1] * V.itemsize), LEAST_ROWS)
    edges = np.linspace(0, len(V), max(round(len(V) / rows), 1) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(edges)]


def _step(X: Floats, ratio: Floats, gamma: float, least: Floats) -> None:
    if gamma != 1:
        np.power(ratio, X.dtype.type(gamma), out=ratio)
    X *= ratio
    np.maximum(X, least, out=X)


def _least(X: Floats) -> Floats:
    """The least value of each entry: LEAST times the mean, or zero where it starts at zero."""
    least = np.asarray(LEAST * X.mean(dtype=np.float64), X.dtype)
    return np.broadcast_to(least if X.all() else np.where(X > 0, least, 0), X.shape)


def _positive(X: Floats) -> Floats:
    return X + X.dtype.type(TINY)
