"""Automatic relevance determination: the number of components is found, not given.

Each component has a relevance λ_k, the variance (up to a factor) of the priors of both w_k and h_k.
What the data do not need is pulled to zero with its λ_k, which comes down to b/c and stays there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed, transposed_times
from partita.factor.kernel import Array, Kernel


@dataclass(frozen=True, eq=False)
class Relevant:
    """S = W·H with more components than needed, of which those without use become silent.

    Parameters
    ----------
    name : unique in the model. rank : the most components.
    W, H : the factors, as in Free; their priors join the relevance.
    norm : "l1" (exponential priors) or "l2" (half-Gaussian priors).
    shape : a > 2, of the inverse-gamma prior of λ; small values prune more.
    dispersion : φ > 0, the noise's; large values prune more. A fit with the cost D + φ·penalty.

    The state's factors hold "relevance" (rank,), 0 for what is silent; `relevant` picks the rest.

    References
    ----------
    Tan and Févotte, "Automatic relevance determination in nonnegative matrix factorization with
    the β-divergence", TPAMI 2013. Departure: b is set from the mean of V as they propose, with the
    block's part of it in a model of several blocks.
    """

    name: str
    rank: int
    W: Factor = field(default_factory=Factor)
    H: Factor = field(default_factory=Factor)
    norm: Literal["l1", "l2"] = "l1"
    shape: float = 10.0
    dispersion: float = 1.0

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise UsageError(f"block {self.name}: rank must be at least 1, got {self.rank}")
        if self.norm not in ("l1", "l2"):
            raise UsageError(f"block {self.name}: norm must be l1 or l2, got {self.norm!r}")
        if self.shape <= 2 or self.dispersion <= 0:
            raise UsageError(f"block {self.name}: shape must be above 2, dispersion above 0")

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> RelevantState:
        _, freq, frames = shape
        each = math.sqrt(level / self.rank)  # W and H share the scale: both have the same prior
        W = self.W.begin((freq, self.rank), drawn((freq, self.rank), rng) * each, kernel)
        H = self.H.begin((self.rank, frames), drawn((self.rank, frames), rng) * each, kernel)
        b, c = self._prior(freq + frames, level)
        return RelevantState(self, kernel, W, H, b=b, c=c)

    def _prior(self, size: int, level: float) -> tuple[float, float]:
        """b and c of the paper: λ = (f(w) + f(h) + b) / c."""
        a, mean = self.shape, level / self.rank
        if self.norm == "l1":
            return math.sqrt((a - 1) * (a - 2) * mean), size + a + 1
        return math.pi / 2 * (a - 1) * mean, size / 2 + a + 1


class RelevantState:
    """W·H and its relevances at work."""

    spatial = False

    def __init__(
        self, block: Relevant, kernel: Kernel, W: Array, H: Array, *, b: float, c: float
    ) -> None:
        self._block, self._kernel, self._b, self._c = block, kernel, b, c
        self.factors = {"W": W, "H": H}
        self.order = tuple(n for n in ("H", "W") if getattr(block, n).is_free)
        self._share = kernel.empty((W.shape[0], H.shape[1]))
        self.settle()

    def share(self) -> Array:
        return self._kernel.product(self.factors["W"], self.factors["H"], self._share)

    def update(self, name: str, halves: Halves) -> None:
        W, H = self.factors["W"], self.factors["H"]
        X, weight = self.factors[name], self._block.dispersion / self._variance
        if name == "H":
            numerator, denominator = transposed_times(W, halves.P), transposed_times(W, halves.N)
            weight = weight[:, None]
        else:
            numerator, denominator = times_transposed(halves.P, H), times_transposed(halves.N, H)
        if self._block.norm == "l1":
            denominator, gamma = denominator + weight, halves.gamma
        else:
            denominator, gamma = denominator + weight * X, 1 / (3 - halves.beta)
        getattr(self._block, name).step(X, numerator, denominator, gamma, self._kernel)

    def settle(self) -> None:
        """The relevances that cost least with these factors."""
        size = self._size()
        self._variance = (size + self._b) / self._c
        self.factors["relevance"] = size / self._b

    def scale(self, by: float) -> None:
        self.factors["H" if self._block.H.is_all_free else "W"] *= by

    def penalty(self) -> float:
        variance = self._variance
        terms = (self._size() + self._b) / variance + self._c * self._kernel.xp.log(variance)
        W, H = self._block.W, self._block.H
        own = W.penalty(self.factors["W"]) + H.penalty(self.factors["H"])
        return self._block.dispersion * float(terms.sum()) + own

    def _size(self) -> Array:
        """(rank,) f(w_k) + f(h_k), the sums, or half the sums of squares."""
        W, H = self.factors["W"], self.factors["H"]
        if self._block.norm == "l1":
            return W.sum(0) + H.sum(1)
        return ((W * W).sum(0) + (H * H).sum(1)) / 2


def relevant(relevance: NDArray[np.floating], *, threshold: float = 1e-3) -> NDArray[np.intp]:
    """The components that are not silent, the most relevant first.

    Parameters
    ----------
    relevance : (rank,), (λ − b/c) / (b/c), as a fit's factors["relevance"] holds it.
    threshold : what lies below is silent.

    Examples
    --------
    >>> relevant(np.array([0.0, 40.0, 1e-9, 70.0]))
    array([3, 1])
    """
    order = np.argsort(-relevance, kind="stable")
    return order[relevance[order] > threshold]
