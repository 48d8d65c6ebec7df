"""One solver for every model that is a sum of blocks, and every β-divergence from 0 to 2."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Block, BlockState, Halves
from partita.factor.kernel import EPSILON, Array, Kernel, make_kernel

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Parameters
    ----------
    names : of the blocks, in order.
    factors : block name -> factor name -> array.
    gains : (blocks, channels), adding up to one over the channels.
    cost : the divergence plus the priors' cost: before the first iteration, after every
        `cost_every`-th, and after the last.
    shares : (blocks, channels, freq, frames), or without channels where V had none: what each block
        holds of the model.
    """

    names: tuple[str, ...]
    factors: Mapping[str, Mapping[str, Floats]]
    gains: Floats
    cost: NDArray[np.float64]
    shares: Floats


def exponent(beta: float) -> float:
    """γ: the power of a multiplicative update under which the cost never rises.

    Examples
    --------
    >>> exponent(0), exponent(1), exponent(1.5), exponent(3)
    (0.5, 1.0, 1.0, 0.5)
    """
    if beta < 1:
        return 1 / (2 - beta)
    return 1.0 if beta <= 2 else 1 / (beta - 1)


def fit(
    V: Floats,
    blocks: Sequence[Block],
    *,
    beta: float = 1.0,
    iterations: int = 100,
    seed: int | np.random.Generator = 0,
    gains: Mapping[str, Sequence[float]] | None = None,
    free_gains: bool = True,
    gain_exponent: float = 1.0,
    cost_every: int = 1,
    backend: str = "numpy",
    device: str = "cpu",
    listener: Callable[[int, float], object] | None = None,
) -> Fit:
    """The blocks' factors that bring their sum nearest to V.

    Parameters
    ----------
    V : (freq, frames) or (channels, freq, frames), finite and not negative; computed in its own
        float type, float32 for speed. Power for β = 0, magnitude for β = 1.
    blocks : the model, each with a name of its own.
    beta : 0 (Itakura-Saito) … 2 (Euclid), 1 is Kullback-Leibler.
    iterations : each updates every free factor once.
    seed : a seed or a Generator.
    gains : block name -> a gain for each channel to start from; otherwise equal gains.
    free_gains : whether the gains of the blocks are fitted (V with several channels only).
    gain_exponent : times γ; below 1 the gains move slowly (Durrieu uses 0.1).
    cost_every : iterations from one value of the cost to the next: its logarithms take time.
    backend, device : "numpy", or "torch" and where.
    listener : called with the number of iterations done and the cost, where that is computed.

    Raises
    ------
    UsageError : V is negative, not finite or of another shape; two blocks of one name; β out of
        range.

    Examples
    --------
    >>> from partita.factor import Free, fit
    >>> V = np.outer([1.0, 2.0, 0.0], [0.0, 3.0, 1.0, 2.0])
    >>> found = fit(V, [Free("one", 1)], iterations=20)
    >>> np.allclose(found.shares[0], V, atol=1e-6)
    True

    References
    ----------
    Févotte and Idier, Neural Computation 2011. Departure: ε·mean(V) is a constant part of the
    model instead of a clipping of it, so that the cost is monotone to the last bit but rounding.
    """
    X, level = checked(V, beta)
    _check_names(blocks)
    if cost_every < 1:
        raise UsageError(f"cost_every must be at least 1, got {cost_every}")
    kernel = make_kernel(backend, dtype=X.dtype, device=device)
    rng = np.random.default_rng(seed)
    states = [
        block.start(X.shape, level=level / len(blocks), kernel=kernel, rng=rng) for block in blocks
    ]
    model = _Sum(X, states, _first_gains(blocks, X.shape[0], gains), level, beta, kernel)
    cost = [model.cost()]
    for iteration in range(1, iterations + 1):
        for b in range(len(states)):
            model.update(b, gain_exponent if free_gains else 0.0)
        if iteration % cost_every == 0 or iteration == iterations:
            cost.append(model.cost())
            if listener is not None:
                listener(iteration, cost[-1])
    shares = model.all_shares()
    return Fit(
        tuple(block.name for block in blocks),
        {
            block.name: {name: kernel.numpy(X) for name, X in state.factors.items()}
            for block, state in zip(blocks, states, strict=True)
        },
        np.array(model.gains),
        np.array(cost),
        shares[:, 0] if V.ndim == 2 else shares,
    )


def checked(V: Floats, beta: float) -> tuple[Floats, float]:
    """V as (channels, freq, frames), safe for β, and its mean (1 for silence)."""
    if V.ndim not in (2, 3) or 0 in V.shape:
        raise UsageError(f"V must be (freq, frames) or (channels, freq, frames), got {V.shape}")
    if not 0 <= beta <= 2:
        raise UsageError(f"β must be from 0 to 2, got {beta}")
    X = V if V.dtype in (np.float32, np.float64) else V.astype(np.float64)
    lowest, level = float(X.min()), float(X.mean(dtype=np.float64))
    if not math.isfinite(level) or lowest < 0:
        raise UsageError("V must be finite and not negative")
    level = level or 1.0
    if beta == 0 and lowest < EPSILON * level:
        X = np.maximum(X, X.dtype.type(EPSILON * level))
    return X.reshape((-1, *X.shape[-2:])), level


class _Sum:
    """The sum of all shares, kept current while one block after the other changes."""

    def __init__(
        self,
        V: Floats,
        states: Sequence[BlockState],
        gains: list[list[float]],
        level: float,
        beta: float,
        kernel: Kernel,
    ) -> None:
        self.gains = gains
        self._states, self._kernel, self._beta = states, kernel, beta
        self._epsilon = EPSILON * level
        self._V = kernel.array(V)
        self._model, self._rest, self._P = (kernel.empty(V.shape) for _ in range(3))
        self._N = None if beta == 1 else kernel.empty(V.shape)
        self._shares = [state.share() for state in states]
        self._sum_without(None, self._model)

    def cost(self) -> float:
        divergence = self._kernel.divergence(self._V, self._model, self._beta)
        return divergence + sum(state.penalty() for state in self._states)

    def update(self, b: int, gain_exponent: float) -> None:
        """Every free factor of block b, then its gains."""
        state = self._states[b]
        free_gains = gain_exponent > 0 and len(self._V) > 1 and not state.spatial
        if not state.order and not free_gains:
            return
        self._sum_without(b, self._rest)
        for name in state.order:
            state.update(name, self._halves(b))
            self._refresh(b)
        if free_gains:
            self._update_gains(b, gain_exponent)
            self._refresh(b)
        state.settle()

    def all_shares(self) -> Floats:
        """(blocks, channels, freq, frames)."""
        out = np.empty((len(self._states), *self._V.shape), self._kernel.numpy(self._V).dtype)
        for b, share in enumerate(self._shares):
            numpy_share = self._kernel.numpy(share)
            for c in range(len(self._V)):
                if self._states[b].spatial:
                    out[b, c] = numpy_share[c]
                else:
                    np.multiply(numpy_share, self.gains[b][c], out=out[b, c])
        return out

    def _halves(self, b: int) -> Halves:
        P, N = self._kernel.halves(self._V, self._model, self._beta, self._P, self._N)
        gamma = exponent(self._beta)
        if self._states[b].spatial:
            return Halves(P, N, self._beta, gamma)
        P = self._folded(P, b)
        N = sum(self.gains[b]) * 1.0 if isinstance(N, float) else self._folded(N, b)
        return Halves(P, N, self._beta, gamma)

    def _folded(self, X: Array, b: int) -> Array:
        """(freq, frames): the sum over the channels, weighted by the gains."""
        if len(X) == 1:
            return X[0]
        return sum(gain * X[c] for c, gain in enumerate(self.gains[b]))

    def _refresh(self, b: int) -> None:
        self._shares[b] = self._states[b].share()
        self._add(b, self._rest, self._model)

    def _sum_without(self, left_out: int | None, out: Array) -> None:
        out[...] = self._epsilon
        for b in range(len(self._states)):
            if b != left_out:
                self._add(b, out, out)

    def _add(self, b: int, to: Array, out: Array) -> None:
        share = self._shares[b]
        if self._states[b].spatial:
            self._kernel.add_scaled(share, 1.0, to, out)
            return
        for c, gain in enumerate(self.gains[b]):
            self._kernel.add_scaled(share, gain, to[c], out[c])

    def _update_gains(self, b: int, gain_exponent: float) -> None:
        P, N = self._kernel.halves(self._V, self._model, self._beta, self._P, self._N)
        share = self._shares[b]
        for c, gain in enumerate(self.gains[b]):
            numerator = float((share * P[c]).sum())
            denominator = float(share.sum() if isinstance(N, float) else (share * N[c]).sum())
            if denominator > 0:
                ratio = numerator / denominator
                self.gains[b][c] = gain * ratio ** (gain_exponent * exponent(self._beta))
        total = sum(self.gains[b])
        if total > 0:
            self.gains[b] = [gain / total for gain in self.gains[b]]
            self._states[b].scale(total)


def _check_names(blocks: Sequence[Block]) -> None:
    names = [block.name for block in blocks]
    if not names:
        raise UsageError("a model needs at least one block")
    if len(set(names)) != len(names):
        raise UsageError(f"each block needs a name of its own, got {', '.join(names)}")


def _first_gains(
    blocks: Sequence[Block], channels: int, gains: Mapping[str, Sequence[float]] | None
) -> list[list[float]]:
    given = dict(gains or {})
    first = [list(given.pop(block.name, [1 / channels] * channels)) for block in blocks]
    if given:
        raise UsageError(f"gains for unknown blocks: {', '.join(given)}")
    for block, values in zip(blocks, first, strict=True):
        if len(values) != channels or min(values) < 0 or sum(values) <= 0:
            raise UsageError(f"block {block.name} needs {channels} gains that are not negative")
    return [[value / sum(values) for value in values] for values in first]
