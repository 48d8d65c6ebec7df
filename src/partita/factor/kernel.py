"""Where the arrays of a factorization live, and the few operations that are worth writing twice.

A kernel is numpy's (here) or torch's (`kernel_torch`). Both give the same results from the same
start up to rounding: what is random is drawn by numpy and moved.

`EPSILON` times the mean of V is added to every model, so that no ratio is infinite: a constant
that the updates know as a part of the model, which keeps the cost monotone where clipping does not.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

Array = Any
"""A numpy array or a torch tensor."""

EPSILON = 1e-10
SLICE = 1 << 15
TINY = 1e-30
"""Entries of a factor below it become zero: subnormal numbers slow a product down tenfold."""


class Kernel(Protocol):
    """The operations of a backend; arrays are float32 or float64, C-ordered, all of one type."""

    xp: Any
    """The array namespace of array-api-compat, for what is not below (exp, sqrt, where, …)."""

    def array(self, values: Any) -> Array:
        """The values as an array of this kernel's type, on its device; always a copy."""
        ...

    def numpy(self, X: Array) -> NDArray[np.floating]:
        """The array as numpy's."""
        ...

    def empty(self, shape: tuple[int, ...]) -> Array:
        """An array of this kernel's type with any values."""
        ...

    def halves(
        self, V: Array, model: Array, beta: float, P: Array, N: Array | None
    ) -> tuple[Array, Array | float]:
        """V ⊙ V̂^(β−2) and V̂^(β−1), in P and N or elsewhere; 1.0 for the latter if β = 1.

        P may be the model's own array, which is then overwritten. N may be None if β = 1.
        """
        ...

    def divergence(self, V: Array, model: Array, beta: float) -> float:
        """The sum of the β-divergence of V from the model."""
        ...

    def product(self, A: Array, B: Array, out: Array) -> Array:
        """A @ B into `out`."""
        ...

    def add_scaled(self, X: Array, by: float, to: Array, out: Array) -> Array:
        """to + by·X into `out`, which may be `to` but not X."""
        ...

    def step(
        self, X: Array, numerator: Array, denominator: Array | float, gamma: float, keep: Any = None
    ) -> None:
        """X ⊙= (numerator / denominator)^γ in place; entries where `keep` is True stay."""
        ...


class NumpyKernel:
    """Arrays of numpy, everything with `out=`."""

    def __init__(self, dtype: Any = np.float32) -> None:
        import array_api_compat.numpy as xp

        self.xp = xp
        self.dtype = np.dtype(dtype)

    def array(self, values: Any) -> Array:
        return np.array(values, dtype=self.dtype, order="C")

    def numpy(self, X: Array) -> NDArray[np.floating]:
        return np.asarray(X)

    def empty(self, shape: tuple[int, ...]) -> Array:
        return np.empty(shape, self.dtype)

    def halves(
        self, V: Array, model: Array, beta: float, P: Array, N: Array | None
    ) -> tuple[Array, Array | float]:
        if beta == 1:
            return np.divide(V, model, out=P), 1.0
        if beta == 2:
            return V, model
        if N is None:
            raise ValueError("N may be None for β = 1 only")
        if beta == 0:
            np.divide(1, model, out=N)
            np.multiply(V, N, out=P)
            return np.multiply(P, N, out=P), N
        np.power(model, self.dtype.type(beta - 1), out=N)
        np.divide(N, model, out=P)
        return np.multiply(V, P, out=P), N

    def divergence(self, V: Array, model: Array, beta: float) -> float:
        return divergence(np, V, model, beta)

    def product(self, A: Array, B: Array, out: Array) -> Array:
        return np.matmul(A, B, out=out)

    def add_scaled(self, X: Array, by: float, to: Array, out: Array) -> Array:
        return np.add(to, X if by == 1 else self.dtype.type(by) * X, out=out)

    def step(
        self, X: Array, numerator: Array, denominator: Array | float, gamma: float, keep: Any = None
    ) -> None:
        ratio = np.divide(numerator, denominator + self.dtype.type(TINY))
        if gamma == 0.5:
            np.sqrt(ratio, out=ratio)
        elif gamma != 1:
            np.power(ratio, self.dtype.type(gamma), out=ratio)
        if keep is not None:
            ratio = np.where(keep, self.dtype.type(1), ratio)
        X *= ratio
        X[X < TINY] = 0


def make_kernel(backend: str = "numpy", *, dtype: Any = np.float32, device: str = "cpu") -> Kernel:
    """The kernel for "numpy" or "torch".

    Parameters
    ----------
    dtype : numpy's float32 or float64.
    device : torch's name of a device; numpy knows "cpu" only.

    Raises
    ------
    UsageError : another backend, or a device that it does not have.
    MissingExtra : torch is not installed.

    Examples
    --------
    >>> make_kernel("numpy").array([1, 2]).dtype
    dtype('float32')
    """
    if backend == "torch":
        from partita.factor.kernel_torch import TorchKernel

        torch_kernel: Kernel = TorchKernel(dtype, device)
        return torch_kernel
    if backend != "numpy":
        raise UsageError(f"the backend must be numpy or torch, got {backend!r}")
    if device != "cpu":
        raise UsageError(f"numpy computes on the cpu, not on {device!r}; take the torch backend")
    return NumpyKernel(dtype)


def divergence(xp: Any, V: Array, model: Array, beta: float) -> float:
    """The sum of the β-divergence over all entries; slice by slice, so that it stays in the cache
    and float32 sums are short.
    """
    V, model = V.reshape(-1), model.reshape(-1)
    slices = [slice(i, i + SLICE) for i in range(0, len(V), SLICE)]
    return float(sum(_terms(xp, V[s], model[s], beta) for s in slices))


def _terms(xp: Any, V: Array, model: Array, beta: float) -> float:
    if beta == 1:
        ratio = V / model
        ratio[ratio < TINY] = 1  # V = 0 costs the model alone
        logs = xp.log(ratio)
        return float(V @ logs) + float((model - V).sum())
    if beta == 0:
        ratio = V / model
        return float((ratio - xp.log(ratio)).sum()) - len(V)
    if beta == 2:
        error = V - model
        return float(error @ error) / 2
    power = model ** (beta - 1)
    terms = V**beta + (beta - 1) * power * model - beta * V * power
    return float(terms.sum()) / (beta * (beta - 1))
