"""Spectra that last several frames: NMFD, for drums and other sounds that begin alike each time."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed, transposed_times
from partita.factor.kernel import Array, Kernel


@dataclass(frozen=True, eq=False)
class Convolutive:
    """S(f, t) = Σ_r Σ_τ W(f, r, τ) H(r, t − τ): each activation starts a short spectrogram.

    Parameters
    ----------
    name : unique in the model.
    rank : number of short spectrograms. length : their frames, τ = 0 … length − 1.
    W : (freq, rank, length), each of which adds up to one if both factors may be scaled.
    H : (rank, frames).

    References
    ----------
    Smaragdis, "Non-negative matrix factor deconvolution; extraction of multiple sound sources from
    monophonic inputs", ICA 2004. Departures: any β (Févotte and Idier 2011), all of W and all of H
    updated at once instead of one τ after the other and an average, which keeps the cost monotone.
    """

    name: str
    rank: int
    length: int
    W: Factor = field(default_factory=Factor)
    H: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.rank < 1 or self.length < 1:
            raise UsageError(f"block {self.name}: rank and length must be at least 1")

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> ConvolutiveState:
        _, freq, frames = shape
        W_shape, H_shape = (freq, self.rank, self.length), (self.rank, frames)
        W = self.W.begin(W_shape, drawn(W_shape, rng) / self.length, kernel)
        H = self.H.begin(H_shape, drawn(H_shape, rng) * level / self.rank, kernel)
        return ConvolutiveState(self, kernel, W, H)


class ConvolutiveState:
    """NMFD at work: W as (freq, rank·length) times H shifted, a row for each r and τ."""

    spatial = False

    def __init__(self, block: Convolutive, kernel: Kernel, W: Array, H: Array) -> None:
        self._block, self._kernel = block, kernel
        self.factors = {"W": W, "H": H}
        self.order = tuple(n for n in ("H", "W") if getattr(block, n).is_free)
        self._normalised = block.W.is_all_free and block.H.is_all_free
        self._share = kernel.empty((W.shape[0], H.shape[1]))
        self._shifted = kernel.array(np.zeros((*W.shape[1:], H.shape[1])))
        self._shift()

    def share(self) -> Array:
        return self._kernel.product(self._spectra(), self._shifts(), self._share)

    def update(self, name: str, halves: Halves) -> None:
        W, H = self.factors["W"], self.factors["H"]
        if name == "H":
            numerator = self._unshifted(transposed_times(self._spectra(), halves.P))
            denominator = self._unshifted(transposed_times(self._spectra(), halves.N))
            self._block.H.step(H, numerator, denominator, halves.gamma, self._kernel)
            self._shift()
            return
        numerator = times_transposed(halves.P, self._shifts()).reshape(W.shape)
        denominator = times_transposed(halves.N, self._shifts()).reshape(-1, *W.shape[1:])
        self._block.W.step(W, numerator, denominator, halves.gamma, self._kernel)

    def settle(self) -> None:
        if not self._normalised:
            return
        W, H = self.factors["W"], self.factors["H"]
        sums = W.sum(0).sum(-1)
        sums[sums <= 0] = 1
        W /= sums[:, None]
        H *= sums[:, None]
        self._shift()

    def scale(self, by: float) -> None:
        self.factors["H" if self._block.H.is_all_free else "W"] *= by
        self._shift()

    def penalty(self) -> float:
        block = self._block
        return block.W.penalty(self.factors["W"]) + block.H.penalty(self.factors["H"])

    def _spectra(self) -> Array:
        W = self.factors["W"]
        return W.reshape(W.shape[0], -1)

    def _shifts(self) -> Array:
        return self._shifted.reshape(-1, self._shifted.shape[-1])

    def _shift(self) -> None:
        """H(r, t − τ) at (r, τ, t)."""
        H = self.factors["H"]
        for tau in range(min(self._block.length, H.shape[1])):
            self._shifted[:, tau, tau:] = H[:, : H.shape[1] - tau]

    def _unshifted(self, X: Array) -> Array:
        """(rank, frames): Σ_τ X(r, τ, t + τ) inside; X is (rank·length, frames or 1)."""
        rank, frames = self.factors["H"].shape
        X = X.reshape(rank, self._block.length, -1)
        out = self._kernel.array(np.zeros((rank, frames)))
        for tau in range(min(self._block.length, frames)):
            out[:, : frames - tau] += X[:, tau, tau:] if X.shape[-1] > 1 else X[:, tau]
        return out
