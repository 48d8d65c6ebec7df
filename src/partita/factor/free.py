"""Spectra times activations: the plain W·H, free, fixed or partly fixed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed, transposed_times
from partita.factor.kernel import Array, Kernel


@dataclass(frozen=True, eq=False)
class Free:
    """S = W·H, with W (freq, rank) spectra and H (rank, frames) activations.

    Supervised: `W=Factor(start=dictionary, fixed=True)`. Semi-supervised: such a block for what is
    known and one without for the rest. Partly fixed: `fixed` a row of booleans, one a column.

    Parameters
    ----------
    name : unique in the model.
    rank : number of components.
    W, H : the factors. After each iteration W's columns add up to one if both may be scaled.
    sparsity : μ ≥ 0, the weight of Σ_k ‖w_k‖₂‖h_k‖₁ in the cost: few components sound at a time.
        The norm of the column is inside the objective, so no normalisation is needed for the cost
        to fall in every update.

    References
    ----------
    Févotte and Idier, "Algorithms for nonnegative matrix factorization with the β-divergence",
    Neural Computation 2011. The sparse cost follows Le Roux, Weninger and Hershey, "Sparse NMF –
    half-baked or well done?", MERL 2015; departure: its W is updated by majorisation (the norm by a
    parabola, exponent 1/(3 − β)), which is monotone, instead of their heuristic.
    """

    name: str
    rank: int
    W: Factor = field(default_factory=Factor)
    H: Factor = field(default_factory=Factor)
    sparsity: float = 0.0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise UsageError(f"block {self.name}: rank must be at least 1, got {self.rank}")
        if self.sparsity < 0:
            raise UsageError(f"block {self.name}: sparsity must not be negative")

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> FreeState:
        _, freq, frames = shape
        W = drawn((freq, self.rank), rng)
        H = drawn((self.rank, frames), rng) * level / self.rank
        return FreeState(
            self,
            kernel,
            self.W.begin((freq, self.rank), W, kernel),
            self.H.begin((self.rank, frames), H, kernel),
        )


class FreeState:
    """W·H at work."""

    spatial = False

    def __init__(self, block: Free, kernel: Kernel, W: Array, H: Array) -> None:
        self._block, self._kernel = block, kernel
        self.factors = {"W": W, "H": H}
        self.order = tuple(n for n in ("H", "W") if getattr(block, n).is_free)
        self._normalised = block.W.is_all_free and block.H.is_all_free
        self._share = kernel.empty((W.shape[0], H.shape[1]))

    def share(self) -> Array:
        return self._kernel.product(self.factors["W"], self.factors["H"], self._share)

    def update(self, name: str, halves: Halves) -> None:
        W, H = self.factors["W"], self.factors["H"]
        block, gamma = self._block, halves.gamma
        if name == "H":
            numerator, denominator = transposed_times(W, halves.P), transposed_times(W, halves.N)
            if block.sparsity:
                denominator = denominator + block.sparsity * _norms(W)[:, None]
            block.H.step(H, numerator, denominator, gamma, self._kernel)
            return
        numerator, denominator = times_transposed(halves.P, H), times_transposed(halves.N, H)
        if block.sparsity:
            direction = W / (_norms(W) + 1e-30)
            denominator = denominator + block.sparsity * H.sum(1) * direction
            gamma = 1 / (3 - halves.beta)
        block.W.step(W, numerator, denominator, gamma, self._kernel)

    def settle(self) -> None:
        if not self._normalised:
            return
        W, H = self.factors["W"], self.factors["H"]
        sums = W.sum(0)
        sums[sums <= 0] = 1
        W /= sums
        H *= sums[:, None]

    def scale(self, by: float) -> None:
        self.factors["H" if self._block.H.is_all_free else "W"] *= by

    def penalty(self) -> float:
        W, H = self.factors["W"], self.factors["H"]
        sparse = self._block.sparsity
        cost = sparse * float((_norms(W) * H.sum(1)).sum()) if sparse else 0.0
        return cost + self._block.W.penalty(W) + self._block.H.penalty(H)


def _norms(W: Array) -> Array:
    """(rank,) the Euclidean norm of each column."""
    return (W * W).sum(0) ** 0.5
