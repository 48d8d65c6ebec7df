"""Harmonic templates whose pitch is free: a note that glides keeps one spectrum.

    S(f, t) = Σ_r h_r(t) Σ_k a_k g(f − κ_k f0_r(t)),    κ_k = k √(1 + B k²)

Voices r of one colour (the notes of an instrument, or those of one of its registers) share the
strengths a of the partials; each has a pitch f0 and a strength h in every frame. g is the main lobe
of the window's transform. Frequencies count in bins inside, in Hz outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn
from partita.factor.inharmonicity import MOST
from partita.factor.kernel import Array, Kernel
from partita.factor.lobe import FINE, REACH, lobe_tables

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Harmonic:
    """Voices of one source, each with a pitch that is fitted frame by frame.

    Parameters
    ----------
    name : unique in the model.
    f0_hz : (voices, frames) where each pitch starts, Hz; 0 where a voice is silent, and stays so.
    hz_per_bin : rate/n_fft of the spectrogram, made with a Hann window.
    partials : number of partials, K.
    inharmonicity : B, one number or (voices,), 0 … 0.01: 0 for voices and winds, 1e-4 … 1e-3 for a
        piano's strings. `first_inharmonicity` finds a start.
    free_inharmonicity : whether each voice's B is fitted.
    power : 2 for a spectrogram of powers, 1 for magnitudes.
    within_cents : how far a pitch may move from where it starts; 0 keeps it.
    colours : (voices,) whole numbers from 0 on; voices of one number share their strengths. None:
        all voices do.
    a : (colours, partials) strengths; those of a colour add up to one after each iteration where
        all are free. Where they have a start, there may be colours without a voice.
    h : (voices, frames).

    References
    ----------
    Hennequin, Badeau and David, "Time-dependent parametric and harmonic templates in non-negative
    matrix factorization", DAFx 2010, eq. 10 for f0; "Score informed audio source separation using a
    parametric model of non-negative spectrogram", ICASSP 2011. Departures: a pitch keeps to a range
    around its start; partials may be inharmonic, with a step for B of our own. That the cost falls
    is proven for a and h, not for f0 and B, whose updates balance the two halves of the gradient.
    """

    name: str
    f0_hz: Floats
    hz_per_bin: float
    partials: int = 30
    inharmonicity: float | Sequence[float] | Floats = 0.0
    power: float = 2.0
    within_cents: float = 100.0
    free_inharmonicity: bool = False
    colours: Sequence[int] | None = None
    a: Factor = field(default_factory=Factor)
    h: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.f0_hz.ndim != 2 or not np.all(np.isfinite(self.f0_hz)) or np.any(self.f0_hz < 0):
            raise UsageError(f"block {self.name}: f0_hz must be (voices, frames), finite, not < 0")
        if self.partials < 1 or self.hz_per_bin <= 0 or self.power <= 0:
            raise UsageError(f"block {self.name}: partials, hz_per_bin and power must be positive")
        if self.within_cents < 0:
            raise UsageError(f"block {self.name}: within_cents must not be < 0")
        B = np.asarray(self.inharmonicity)
        if B.shape not in ((), self.f0_hz.shape[:1]) or not np.all((B >= 0) & (B <= MOST)):
            raise UsageError(
                f"block {self.name}: inharmonicity must be 0 … {MOST}, one number or one a voice"
            )
        known = np.inf if self.a.start is None else len(self.a.start)
        fits = all(0 <= colour < known for colour in self.colour_of)
        if len(self.colour_of) != len(self.f0_hz) or not fits:
            raise UsageError(f"block {self.name}: each voice needs one of the colours, from 0 on")

    @property
    def colour_of(self) -> tuple[int, ...]:
        """The colour of each voice."""
        return (0,) * len(self.f0_hz) if self.colours is None else tuple(map(int, self.colours))

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> HarmonicState:
        _, freq, frames = shape
        if self.f0_hz.shape[1] != frames:
            raise UsageError(
                f"block {self.name}: a pitch for each of {frames} frames is needed, "
                f"got {self.f0_hz.shape[1]}"
            )
        voices = len(self.f0_hz)
        colours = max(self.colour_of, default=0) + 1 if self.a.start is None else len(self.a.start)
        strengths = (colours, self.partials)
        a = self.a.begin(strengths, drawn(strengths, rng), kernel)
        sounding = drawn((voices, frames), rng) * (self.f0_hz > 0)
        h = self.h.begin((voices, frames), sounding, kernel)
        state = HarmonicState(self, kernel, freq, a, h)
        mean = float(state.share().mean())
        if self.h.start is None and mean > 0:
            state.scale(level / mean)
        return state


class HarmonicState:
    """Harmonic templates at work. `factors["f0"]` is in Hz, `factors["B"]` is (voices,)."""

    spatial = False

    def __init__(self, block: Harmonic, kernel: Kernel, freq: int, a: Array, h: Array) -> None:
        self._block, self._kernel, self._freq = block, kernel, freq
        xp = kernel.xp
        start = kernel.array(block.f0_hz)
        B = np.broadcast_to(np.asarray(block.inharmonicity, np.float64), h.shape[:1])
        self.factors = {"f0": start, "B": kernel.array(B.copy()), "a": a, "h": h}
        free = [n for n in ("h", "a") if getattr(block, n).is_free]
        moves = {"f0": block.within_cents > 0, "B": block.free_inharmonicity}
        self.order = (*(name for name, is_free in moves.items() if is_free), *free)
        self._normalised = block.a.is_all_free and block.h.is_all_free
        reach = 2 ** (block.within_cents / 1200)
        self._lowest, self._highest = start / reach, start * reach
        self._k = kernel.array(np.arange(1, block.partials + 1)[:, None, None])
        self._tables = [kernel.array(table) for table in lobe_tables(block.power)]
        self._around = kernel.array(np.arange(1 - REACH, REACH + 1)[:, None])
        self._colour = block.colour_of
        self._sounding = [
            xp.asarray(np.flatnonzero(track > 0), device=h.device) for track in block.f0_hz
        ]
        self._share = kernel.array(np.zeros((freq, h.shape[1])))
        self._place()

    def share(self) -> Array:
        h = self.factors["h"]
        self._share[...] = 0
        for r, at in enumerate(self._sounding):
            parts = self._strengths(r) * self._g[r] * h[r][at]
            for k in range(parts.shape[0]):
                for i in range(parts.shape[1]):
                    self._share[self._bin[r][k, i], at] += parts[k, i]
        return self._share

    def update(self, name: str, halves: Halves) -> None:
        a, h = self.factors["a"], self.factors["h"]
        if name == "f0":
            self._update_pitch(halves)
            return
        if name == "B":
            self._update_inharmonicity(halves)
            return
        above, below = (self._gathered(name, G) for G in (halves.P, halves.N))
        X = a if name == "a" else h
        getattr(self._block, name).step(X, above, below, halves.gamma, self._kernel)

    def settle(self) -> None:
        if self._normalised:
            total = self.factors["a"].sum(1)
            total[total <= 0] = 1
            self.factors["a"] /= total[:, None]
            for r, colour in enumerate(self._colour):
                self.factors["h"][r] *= total[colour]

    def scale(self, by: float) -> None:
        self.factors["h"] *= by

    def penalty(self) -> float:
        return self._block.a.penalty(self.factors["a"]) + self._block.h.penalty(self.factors["h"])

    def _place(self) -> None:
        """The bins under each partial's lobe, and the lobe there.

        (partials, bins, sounding frames) each: nothing is computed where a voice is silent.
        """
        xp = self._kernel.xp
        self._bin: list[Array] = []
        self._g: list[Array] = []
        self._q: list[Array] = []
        for r in range(len(self.factors["f0"])):
            centre = self._centre(r)
            at = xp.floor(centre) + self._around
            inside = (at >= 0) & (at < self._freq) & (centre > 0) & (centre < self._freq - 1)
            position = xp.clip(xp.abs(at - centre) * FINE, 0, REACH * FINE)
            low = xp.astype(xp.floor(position), xp.int64)
            share = position - low
            for table, out in zip(self._tables, (self._g, self._q), strict=True):
                out.append((table[low] * (1 - share) + table[low + 1] * share) * inside)
            self._bin.append(xp.astype(xp.clip(at, 0, self._freq - 1), xp.int64))

    def _kappa(self, r: int) -> Array:
        return self._k * (1 + self.factors["B"][r] * self._k**2) ** 0.5

    def _centre(self, r: int) -> Array:
        """(partials, 1, sounding frames) where the partials of voice r lie, bins."""
        f0 = self.factors["f0"][r][self._sounding[r]]
        return self._kappa(r) * (f0 / self._block.hz_per_bin)

    def _strengths(self, r: int) -> Array:
        """(partials, 1, 1)."""
        return self.factors["a"][self._colour[r]][:, None, None]

    def _move(self, r: int, to: Array) -> None:
        """Another pitch for voice r, (sounding frames,), within its range."""
        xp, at = self._kernel.xp, self._sounding[r]
        self.factors["f0"][r, at] = xp.minimum(
            xp.maximum(to, self._lowest[r][at]), self._highest[r][at]
        )

    def _under(self, G: Array | float, r: int) -> Array | float:
        """P or N on the bins under the lobes of voice r."""
        return G if isinstance(G, float) else G[self._bin[r], self._sounding[r]]

    def _gathered(self, name: str, G: Array | float) -> Array:
        """What P or N gives for a factor: the sum over all that it is multiplied with."""
        a, h = self.factors["a"], self.factors["h"]
        out = self._kernel.xp.zeros_like(a if name == "a" else h)
        for r, at in enumerate(self._sounding):
            under = (self._g[r] * self._under(G, r)).sum(1)
            colour = self._colour[r]
            if name == "a":
                out[colour] += (under * h[r][at]).sum(1)
            else:
                out[r, at] = (a[colour][:, None] * under).sum(0)
        return out

    def _update_pitch(self, halves: Halves) -> None:
        """f0 ⊙= Σ a κ q (f P + κ f0 N) / Σ a κ q (f N + κ f0 P), sums over partials and bins."""
        xp, f0 = self._kernel.xp, self.factors["f0"]
        for r, at in enumerate(self._sounding):
            weight = self._strengths(r) * self._kappa(r) * self._q[r]
            P, N = self._under(halves.P, r), self._under(halves.N, r)
            f, centre = self._bin[r], self._centre(r)
            above = (weight * (f * P + centre * N)).sum((0, 1))
            below = (weight * (f * N + centre * P)).sum((0, 1))
            # A voice without partials in the spectrum stays where it is.
            ratio = xp.where(below > 0, above / xp.where(below > 0, below, 1.0), 1.0)
            self._move(r, f0[r][at] * ratio)
        self._place()

    def _update_inharmonicity(self, halves: Halves) -> None:
        """B and a common factor of the pitch in all frames, in one step.

        The same step as that of f0, written as pull over stiffness: both move the same partials,
        and one after the other they would creep.
        """
        f0, B = self.factors["f0"], self.factors["B"]
        for r, at in enumerate(self._sounding):
            weight = self._strengths(r) * self._q[r] * self.factors["h"][r][at]
            P, N = self._under(halves.P, r), self._under(halves.N, r)
            centre = self._centre(r)
            pull = (weight * (P - N) * (self._bin[r] - centre)).sum(1)
            stiff = (weight * (P + N)).sum(1)
            # How far the centres move for a little of log f0, and for a little of B.
            by_f0, by_B = centre[:, 0], (centre * self._k**2 / (1 + B[r] * self._k**2) / 2)[:, 0]
            bends, cross, turns = (
                float((x * stiff).sum()) for x in (by_B**2, by_B * by_f0, by_f0**2)
            )
            to_B, to_f0 = (float((x * pull).sum()) for x in (by_B, by_f0))
            determinant = bends * turns - cross**2
            if not determinant > 1e-12 * bends * turns:  # silent, or a single partial
                continue
            first = float(B[r])
            B[r] = min(max(first + (turns * to_B - cross * to_f0) / determinant, 0.0), MOST)
            # B may have been held at its bound: the pitch's best step given the one that B made.
            share = (to_f0 - cross * (float(B[r]) - first)) / turns
            self._move(r, f0[r][at] * (1 + share))
        self._place()
