"""Activations that depend on frequency: one template is enough for a sound that changes its colour.

The plain activation h(r, t) becomes σ²(r, t)·|B(ν)|²/|A(ν)|², the power response of a filter that
has its own few coefficients in every frame. A vowel that moves, or a string whose high partials die
first, then needs one template where NMF needs many.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed
from partita.factor.kernel import Array, Kernel

LEAST = 1e-5
"""Of a filter's mean power response: it never falls below, whatever rounding does."""


@dataclass(frozen=True, eq=False)
class TimeFrequency:
    """S(f, t) = Σ_r W(f, r) · σ²(r, t) · |B(r, t, ν)|² / |A(r, t, ν)|², ν = π·f/(freq − 1).

    Parameters
    ----------
    name : unique in the model. rank : number of templates.
    poles : order P of A(ν) = Σ_p a(p) e^{−iνp}. zeros : order Q of B, likewise.
    W : (freq, rank), whose columns add up to one where it may be scaled.
    gain : σ², (rank, frames).

    A state's factors also hold "a" (rank, frames, poles + 1) and "b" (rank, frames, zeros + 1),
    each filter's squares adding up to one. Both start as a one and zeros, so that the model starts
    as NMF; with poles = zeros = 0 it stays NMF. `minimum_phase` makes stable filters of them. The
    state holds `rank` arrays of V's size.

    References
    ----------
    Hennequin, Badeau and David, "NMF with time-frequency activations to model nonstationary audio
    events", TASLP 2011. Departures: their a ← R⁻¹S·a can overshoot (with a single coefficient it
    swings to and fro for ever); here the step is damped by a bound on the curvature (`_towards`).
    Roots are not moved inside the unit circle after each step: the power response stays the same.
    """

    name: str
    rank: int
    poles: int = 2
    zeros: int = 0
    W: Factor = field(default_factory=Factor)
    gain: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.rank < 1 or self.poles < 0 or self.zeros < 0:
            raise UsageError(f"block {self.name}: rank at least 1, poles and zeros at least 0")

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> TimeFrequencyState:
        _, freq, frames = shape
        W = self.W.begin((freq, self.rank), drawn((freq, self.rank), rng), kernel)
        gain = drawn((self.rank, frames), rng) * level / self.rank
        gain = self.gain.begin((self.rank, frames), gain, kernel)
        return TimeFrequencyState(self, kernel, W, gain)


class TimeFrequencyState:
    """The block at work; `_response` is |B|²/|A|², (rank, freq, frames)."""

    spatial = False

    def __init__(self, block: TimeFrequency, kernel: Kernel, W: Array, gain: Array) -> None:
        self._block, self._kernel = block, kernel
        self.factors = {"W": W, "gain": gain}
        for name, order in (("a", block.poles), ("b", block.zeros)):
            first = np.zeros((*gain.shape, order + 1))
            first[..., 0] = 1
            self.factors[name] = kernel.array(first)
        free = {
            "gain": block.gain.is_free,
            "W": block.W.is_free,
            "a": block.poles > 0,
            "b": block.zeros > 0,
        }
        self.order = tuple(name for name, is_free in free.items() if is_free)
        self._normalised = block.W.is_all_free and block.gain.is_all_free
        freq, lags = W.shape[0], max(block.poles, block.zeros) + 1
        angles = np.pi * np.arange(freq) / max(freq - 1, 1)
        self._cosines = kernel.array(np.cos(angles[:, None] * np.arange(lags)))
        self._share = kernel.empty((freq, gain.shape[1]))
        self._response = kernel.empty((block.rank, freq, gain.shape[1]))
        self._respond()

    def share(self) -> Array:
        W, gain = self.factors["W"], self.factors["gain"]
        self._share[...] = 0
        for r, response in enumerate(self._response):
            self._share += response * gain[r] * W[:, r : r + 1]
        return self._share

    def update(self, name: str, halves: Halves) -> None:
        if name in ("a", "b"):
            for r in range(self._block.rank):
                self._update_filter(name, r, halves)
            self._respond()
            return
        numerator, denominator = self._gathered(name, halves.P), self._gathered(name, halves.N)
        factor = getattr(self._block, name)
        factor.step(self.factors[name], numerator, denominator, halves.gamma, self._kernel)

    def settle(self) -> None:
        if not self._normalised:
            return
        W, gain = self.factors["W"], self.factors["gain"]
        sums = W.sum(0)
        sums[sums <= 0] = 1
        W /= sums
        gain *= sums[:, None]

    def scale(self, by: float) -> None:
        self.factors["gain" if self._block.gain.is_all_free else "W"] *= by

    def penalty(self) -> float:
        block = self._block
        return block.W.penalty(self.factors["W"]) + block.gain.penalty(self.factors["gain"])

    def _gathered(self, name: str, X: Array | float) -> Array:
        """What P or N gives for W or the gains."""
        W, gain = self.factors["W"], self.factors["gain"]
        weighted = (response * X for response in self._response)
        if name == "gain":
            rows = [(W[:, r][None] @ x)[0] for r, x in enumerate(weighted)]
            return self._kernel.xp.stack(rows)
        columns = [times_transposed(x, gain[r : r + 1])[:, 0] for r, x in enumerate(weighted)]
        return self._kernel.xp.stack(columns, axis=1)

    def _update_filter(self, name: str, r: int, halves: Halves) -> None:
        """One step of a or b, and the gain that keeps the filter's squares adding up to one."""
        W, gain, coefficients = self.factors["W"], self.factors["gain"], self.factors[name][r]
        own = self._response[r] * gain[r] * W[:, r : r + 1] / self._power(coefficients)
        lags = coefficients.shape[-1]
        R, S = (self._toeplitz(own * X, lags) for X in (halves.P, halves.N))
        if name == "a":  # a larger |A|² makes the share smaller: what P asks for is against it
            R, S = S, R
        moved = _towards(coefficients, R, S, *_damping(name, halves.beta), self._kernel)
        energy = (moved * moved).sum(-1)
        self.factors[name][r] = moved / energy[:, None] ** 0.5
        if self._block.gain.is_all_free:
            gain[r] *= energy if name == "b" else 1 / energy

    def _power(self, coefficients: Array) -> Array:
        """(freq, frames): the power response of filters (frames, order + 1) with unit energy."""
        lags = coefficients.shape[-1]
        sums = [(coefficients[:, : lags - k] * coefficients[:, k:]).sum(-1) for k in range(lags)]
        correlation = self._kernel.xp.stack([sums[0], *(2 * s for s in sums[1:])])
        power = self._cosines[:, :lags] @ correlation
        power[power < LEAST] = LEAST
        return power

    def _toeplitz(self, X: Array, lags: int) -> Array:
        """(frames, lags, lags): Σ_f X(f, t) cos(ν(p − q))."""
        sums = (self._cosines[:, :lags].T @ X).T
        p = np.arange(lags)
        return sums[:, np.abs(p[:, None] - p)]

    def _respond(self) -> None:
        a, b = self.factors["a"], self.factors["b"]
        for r in range(self._block.rank):
            self._response[r] = self._power(b[r]) / self._power(a[r])


def _towards(x: Array, R: Array, S: Array, of_R: float, of_S: float, kernel: Kernel) -> Array:
    """x + (of_R·R + of_S·S)⁻¹ (R − S) x, the step to the minimum of a parabola above the cost.

    Parameters
    ----------
    x : (frames, lags). R, S : (frames, lags, lags), what makes the share larger and smaller: the
        cost's gradient is 2(S − R)x, and 2(of_R·R + of_S·S) is at least its curvature there.
    """
    lags = x.shape[-1]
    curvature = of_R * R + of_S * S
    diagonal = curvature[:, 0, 0][:, None, None] * LEAST + 1e-30
    curvature = curvature + diagonal * kernel.array(np.eye(lags))
    gradient = (R - S) @ x[..., None]
    return x + kernel.xp.linalg.solve(curvature, gradient)[..., 0]


def _damping(name: str, beta: float) -> tuple[float, float]:
    """How much R and S count for the curvature.

    From the majorisation of Févotte and Idier with a share x = u·q for b and u/q for a, where
    q = bᵀUb: the second derivatives of its terms in b, with (Ub)(Ub)ᵀ ≤ qU.
    """
    if name == "b":
        return max(3 - 2 * beta, 0.0), max(2 * beta - 1, 1.0)
    return max(2 * beta + 1, 3.0), 1.0


def minimum_phase(coefficients: NDArray[np.floating]) -> NDArray[np.floating]:
    """Filters with the same power response up to a factor, stable as 1/A, that begin with one.

    Parameters
    ----------
    coefficients : (…, order + 1) real.

    Returns
    -------
    (…, order + 1) float64: all roots in z inside or on the unit circle, first coefficient 1.

    Examples
    --------
    >>> minimum_phase(np.array([0.5, -1.0]))
    array([ 1. , -0.5])
    """
    flat = np.asarray(coefficients, dtype=np.float64).reshape(-1, np.shape(coefficients)[-1])
    out = np.zeros_like(flat)
    for row, result in zip(flat, out, strict=True):
        used = np.trim_zeros(row)
        roots = np.roots(used)
        outside = np.abs(roots) > 1
        roots[outside] = 1 / np.conj(roots[outside])
        result[: len(used)] = np.poly(roots).real
    return out.reshape(np.shape(coefficients))
