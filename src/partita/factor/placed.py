"""Components that each have a place of their own in the stereo image."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed, transposed_times
from partita.factor.kernel import Array, Kernel


@dataclass(frozen=True, eq=False)
class Placed:
    """S(c, f, t) = Σ_k Q(c, k) W(f, k) H(k, t): a gain for each component and channel.

    For an accompaniment of many instruments, where a single gain a channel (the solver's own, which
    every block has) would say too little.

    Parameters
    ----------
    name : unique in the model. rank : number of components.
    W : (freq, rank), H : (rank, frames), Q : (channels, rank). After each iteration the columns of
        W and Q add up to one where all three may be scaled.

    References
    ----------
    FitzGerald, Cranitch and Coyle, "Non-negative tensor factorisation for sound source separation",
    ISSC 2005; Ozerov and Févotte, "Multichannel nonnegative matrix factorization in convolutive
    mixtures for audio source separation", TASLP 2010 (its multiplicative updates for intensities).
    """

    name: str
    rank: int
    W: Factor = field(default_factory=Factor)
    H: Factor = field(default_factory=Factor)
    Q: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise UsageError(f"block {self.name}: rank must be at least 1, got {self.rank}")

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> PlacedState:
        channels, freq, frames = shape
        W = self.W.begin((freq, self.rank), drawn((freq, self.rank), rng), kernel)
        H = drawn((self.rank, frames), rng) * level / self.rank
        H = self.H.begin((self.rank, frames), H, kernel)
        Q = self.Q.begin((channels, self.rank), drawn((channels, self.rank), rng), kernel)
        return PlacedState(self, kernel, W, H, Q)


class PlacedState:
    """Placed components at work."""

    spatial = True

    def __init__(self, block: Placed, kernel: Kernel, W: Array, H: Array, Q: Array) -> None:
        self._block, self._kernel = block, kernel
        self.factors = {"W": W, "H": H, "Q": Q}
        self.order = tuple(n for n in ("H", "W", "Q") if getattr(block, n).is_free)
        self._normalised = all(getattr(block, n).is_all_free for n in self.factors)
        self._share = kernel.empty((Q.shape[0], W.shape[0], H.shape[1]))

    def share(self) -> Array:
        W, H, Q = self.factors["W"], self.factors["H"], self.factors["Q"]
        for c in range(len(Q)):
            self._kernel.product(W * Q[c], H, self._share[c])
        return self._share

    def update(self, name: str, halves: Halves) -> None:
        numerator, denominator = self._gathered(name, halves.P), self._gathered(name, halves.N)
        factor = getattr(self._block, name)
        factor.step(self.factors[name], numerator, denominator, halves.gamma, self._kernel)

    def _gathered(self, name: str, X: Array | float) -> Array:
        """What P or N gives for a factor: the sum over all that it is multiplied with."""
        W, H, Q = self.factors["W"], self.factors["H"], self.factors["Q"]
        parts = [X if isinstance(X, float) else X[c] for c in range(len(Q))]
        if name == "H":
            return sum(transposed_times(W * q, x) for q, x in zip(Q, parts, strict=True))
        if name == "W":
            return sum(times_transposed(x, H) * q for q, x in zip(Q, parts, strict=True))
        return self._kernel.xp.stack([(W * times_transposed(x, H)).sum(0) for x in parts])

    def settle(self) -> None:
        if not self._normalised:
            return
        for name in ("W", "Q"):
            X = self.factors[name]
            sums = X.sum(0)
            sums[sums <= 0] = 1
            X /= sums
            self.factors["H"] *= sums[:, None]

    def scale(self, by: float) -> None:
        self.factors["H" if self._block.H.is_all_free else "Q"] *= by

    def penalty(self) -> float:
        penalties = [getattr(self._block, name).penalty(X) for name, X in self.factors.items()]
        return float(sum(penalties))
