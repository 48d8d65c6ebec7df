"""The kernel of torch: the same results as numpy's, on any device that torch has."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import MissingExtra, UsageError
from partita.factor.kernel import TINY, Array, divergence


class TorchKernel:
    """Tensors without gradients on one device."""

    def __init__(self, dtype: Any = np.float32, device: str = "cpu") -> None:
        try:
            import torch
        except ModuleNotFoundError as error:
            raise MissingExtra("the torch backend of factorization", "torch") from error
        import array_api_compat.torch as xp

        self.xp = xp
        self._torch = torch
        self._dtype = torch.float64 if np.dtype(dtype) == np.float64 else torch.float32
        try:
            self._device = torch.empty(0, device=device).device
        except (RuntimeError, AssertionError, NotImplementedError) as error:
            raise UsageError(f"torch has no device {device!r} here: {error}") from error

    def array(self, values: Any) -> Array:
        tensor = self._torch.as_tensor(np.ascontiguousarray(values))
        return tensor.to(self._device, self._dtype, copy=True)

    def numpy(self, X: Array) -> NDArray[np.floating]:
        out: NDArray[np.floating] = X.detach().cpu().numpy()
        return out

    def empty(self, shape: tuple[int, ...]) -> Array:
        return self._torch.empty(shape, dtype=self._dtype, device=self._device)

    def halves(
        self, V: Array, model: Array, beta: float, P: Array, N: Array | None
    ) -> tuple[Array, Array | float]:
        torch = self._torch
        if beta == 1:
            return torch.div(V, model, out=P), 1.0
        if beta == 2:
            return V, model
        if beta == 0:
            torch.reciprocal(model, out=N)
            torch.mul(V, N, out=P)
            return P.mul_(N), N
        torch.pow(model, beta - 1, out=N)
        torch.div(N, model, out=P)
        return P.mul_(V), N

    def divergence(self, V: Array, model: Array, beta: float) -> float:
        return divergence(self.xp, V, model, beta)

    def product(self, A: Array, B: Array, out: Array) -> Array:
        return self._torch.matmul(A, B, out=out)

    def add_scaled(self, X: Array, by: float, to: Array, out: Array) -> Array:
        return self._torch.add(to, X, alpha=by, out=out)

    def step(
        self, X: Array, numerator: Array, denominator: Array | float, gamma: float, keep: Any = None
    ) -> None:
        ratio = numerator / (denominator + TINY)
        if gamma != 1:
            ratio = ratio**gamma
        if keep is not None:
            still = self._torch.as_tensor(np.broadcast_to(keep, tuple(X.shape)).copy())
            ratio = self._torch.where(still.to(self._device), 1.0, ratio)
        X *= ratio
        X[X < TINY] = 0
