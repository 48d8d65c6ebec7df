"""What a model is made of: blocks that add up to the spectrogram.

    V ≈ V̂,    V̂[c] = ε + Σ_b g_b[c] · S_b          c a channel, S_b the share of block b

Conventions: V and V̂ are (channels, freq, frames), non-negative: power (for β near 0) or magnitude
(β near 1). A share S is (freq, frames). The gains g_b of a block, one a channel, are the solver's:
a block sees a single spectrogram and serves mono and stereo alike (a block that places each of its
components for itself says so with `spatial`).

All updates are multiplicative. With the two halves of the divergence's gradient,

    P = Σ_c g[c] · V[c] ⊙ V̂[c]^(β−2),    N = Σ_c g[c] · V̂[c]^(β−1)        (freq, frames)

a factor X of a model that is linear in it (S = A·X) becomes X ⊙ (Aᵀ P / Aᵀ N)^γ. For β = 1 and
gains that add up to one N is one everywhere; so N may be a float instead of an array, and a block
uses it through `transposed_times` and `times_transposed` or plain `*`, which take both.

The two halves of a block follow those of an engine. *Configuration*: a frozen dataclass whose
fields are its options; it names its factors by `Factor`, which says where they start, which of
their entries are fixed or zero, and what is known about them. *Work*: `block.start(…)` gives a
BlockState, which holds the arrays and changes them in place. Arrays are numpy's or torch's: a state
uses operators, methods that both have, and the kernel it is given for anything else.

    for state in states:                          # one iteration of the solver
        for name in state.order:
            state.update(name, halves)            # V̂ refreshed after each
        state.settle()
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.kernel import Array, Kernel


@dataclass(frozen=True)
class Halves:
    """The two halves of the divergence's gradient with respect to a share.

    Parameters
    ----------
    P : (freq, frames), V ⊙ V̂^(β−2); (channels, freq, frames) for a `spatial` state.
    N : the same shape, V̂^(β−1), or a float where it is the same everywhere (β = 1).
    beta : the divergence, 0 Itakura-Saito, 1 Kullback-Leibler, 2 Euclid.
    gamma : the exponent with which a multiplicative update never raises the cost.

    P and N are the solver's buffers: read them, never change them, keep no reference.
    """

    P: Array
    N: Array | float
    beta: float
    gamma: float


class Prior(Protocol):
    """What is known about a factor X before looking: a cost, and its gradient in two halves."""

    def cost(self, X: Array) -> float:
        """What X costs."""
        ...

    def halves(self, X: Array) -> tuple[Array | float, Array | float]:
        """(minus, plus), both non-negative, the cost's gradient being plus − minus.

        `minus` joins the numerator of the update and `plus` the denominator.
        """
        ...


@dataclass(frozen=True)
class Sparse:
    """The L1 prior μ·ΣX: μ joins the denominator, so that what is small becomes nothing.

    Only of use where the scale of the other factor is held (it is fixed or normalised).

    Parameters
    ----------
    weight : μ ≥ 0, in the unit of the divergence's gradient; a number or an array that broadcasts.
    """

    weight: float | Array

    def cost(self, X: Array) -> float:
        return float((self.weight * X).sum())

    def halves(self, X: Array) -> tuple[Array | float, Array | float]:  # noqa: ARG002
        return 0.0, self.weight


@dataclass(frozen=True, eq=False)
class Factor:
    """How one factor of a block starts, and what may become of it.

    Parameters
    ----------
    start : its first values, non-negative; None: the block draws them.
    fixed : True: it stays as it starts. An array of booleans that broadcasts to the factor (a row
        of columns, say): those entries stay.
    mask : booleans that broadcast to the factor; where False the factor is and stays zero.
    prior : what is known about it.

    Examples
    --------
    >>> known = Factor(start=np.ones((5, 2)), fixed=True)
    >>> half = Factor(start=np.ones((5, 2)), fixed=np.array([True, False]))
    >>> known.is_free, half.is_free
    (False, True)
    """

    start: NDArray[np.floating] | None = None
    fixed: bool | NDArray[np.bool_] = False
    mask: NDArray[np.bool_] | None = None
    prior: Prior | None = None

    @property
    def is_free(self) -> bool:
        """Whether any of its entries may change."""
        return not bool(np.all(self.fixed))

    @property
    def is_all_free(self) -> bool:
        """Whether all of its entries may change, so that its scale may be moved elsewhere."""
        return not bool(np.any(self.fixed))

    def begin(self, shape: tuple[int, ...], drawn: NDArray[np.floating], kernel: Kernel) -> Array:
        """Its first values on the kernel: `start`, or else `drawn`; zero where the mask says so.

        Raises
        ------
        UsageError : a start of another shape, or with negative or infinite values.
        """
        values = np.array(drawn if self.start is None else self.start, dtype=np.float64)
        if values.shape != shape:
            raise UsageError(f"a factor must start with shape {shape}, got {values.shape}")
        if not np.all(np.isfinite(values)) or np.any(values < 0):
            raise UsageError("a factor must start with finite values that are not negative")
        if self.mask is not None:
            values *= np.broadcast_to(self.mask, shape)
        return kernel.array(values)

    def step(
        self, X: Array, numerator: Array, denominator: Array | float, gamma: float, kernel: Kernel
    ) -> None:
        """X ⊙= (numerator / denominator)^γ in place, with the prior, sparing what is fixed.

        Parameters
        ----------
        X : the factor; changed in place. `numerator`, `denominator` : what P and N give for it, of
        a shape that broadcasts to X; `numerator` may be overwritten.
        """
        if self.prior is not None:
            minus, plus = self.prior.halves(X)
            numerator = numerator + minus
            denominator = denominator + plus
        if isinstance(self.fixed, np.ndarray):
            kernel.step(X, numerator, denominator, gamma, keep=self.fixed)
        elif not self.fixed:
            kernel.step(X, numerator, denominator, gamma)

    def penalty(self, X: Array) -> float:
        """What the prior says X costs; 0 without one."""
        return 0.0 if self.prior is None else self.prior.cost(X)


class BlockState(Protocol):
    """A block at work: its factors, changed in place."""

    factors: dict[str, Array]
    """All factors by name, fixed ones too."""
    order: tuple[str, ...]
    """Names for `update`, in the order of the updates; only what is free."""
    spatial: bool
    """True: it has gains of its own; `share` and the halves are (channels, freq, frames)."""

    def share(self) -> Array:
        """(freq, frames), the block's part of the model with its factors as they are now.

        The array may be the state's own buffer, good until the next call; the solver copies
        nothing and changes nothing. A state may keep products between calls (what `update` did not
        touch need not be computed again).
        """
        ...

    def update(self, name: str, halves: Halves) -> None:
        """One multiplicative update of the factor `name`, in place, given the current P and N."""
        ...

    def settle(self) -> None:
        """After a whole iteration: normalise the factors, the share being left as it is."""
        ...

    def scale(self, by: float) -> None:
        """Multiply the share by a number (the solver normalises gains and moves their sum here)."""
        ...

    def penalty(self) -> float:
        """What the priors cost now."""
        ...


class Block(Protocol):
    """One summand of a model: a frozen dataclass; its fields are its options."""

    @property
    def name(self) -> str:
        """Unique in its model."""
        ...

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> BlockState:
        """The block ready for work on a (channels, freq, frames) spectrogram.

        Parameters
        ----------
        level : what the mean of the block's share should be about (its part of the mean of V).
        kernel : where arrays live: `kernel.array(values)` moves there.
        rng : for whatever is drawn; draw float64 with numpy, so that all kernels start alike.
        """
        ...


def transposed_times(A: Array, X: Array | float) -> Array:
    """Aᵀ X for A (n, m) and X (n, p); for a float X, which stands for an array full of it, (m, 1).

    Examples
    --------
    >>> A = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> transposed_times(A, 0.5).ravel(), transposed_times(A, np.full((2, 3), 0.5))[:, 0]
    (array([2., 3.]), array([2., 3.]))
    """
    if isinstance(X, float):
        return (X * A.sum(0))[:, None]
    return A.T @ X


def times_transposed(X: Array | float, B: Array) -> Array:
    """X Bᵀ for X (n, p) and B (m, p); for a float X, which stands for an array full of it, (1, m).

    Examples
    --------
    >>> B = np.array([[1.0, 2.0], [3.0, 4.0]])
    >>> times_transposed(2.0, B).ravel(), times_transposed(np.full((5, 2), 2.0), B)[0]
    (array([ 6., 14.]), array([ 6., 14.]))
    """
    if isinstance(X, float):
        return (X * B.sum(1))[None, :]
    return X @ B.T


def drawn(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Random positive values to start from, 0.5 … 1.5: none is so small that it never recovers."""
    return rng.uniform(0.5, 1.5, shape)
