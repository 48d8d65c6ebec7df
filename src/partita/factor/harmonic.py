"""Harmonic templates whose pitch is free: a note that glides keeps one spectrum.

    S(f, t) = Σ_r h_r(t) Σ_k a_k g(f − κ_k f0_r(t)),    κ_k = k √(1 + B k²)

Voices r of one source (the notes of a piano, say) share the strengths a of the partials; each has a
pitch f0 and a strength h in every frame. g is the main lobe of the window's transform. Frequencies
count in bins inside, in Hz outside.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn
from partita.factor.inharmonicity import MOST_INHARMONIC
from partita.factor.kernel import Array, Kernel
from partita.factor.lobe import FINE, REACH, Lobe

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
    inharmonicity : B ≥ 0; 0 for voices and winds, 1e-4 … 1e-3 for a piano's strings.
    power : 2 for a spectrogram of powers, 1 for magnitudes.
    within_cents : how far a pitch may move from where it starts; 0 keeps it.
    a : (partials,) strengths, which add up to one after each iteration where all are free.
    h : (voices, frames).

    References
    ----------
    Hennequin, Badeau and David, "Time-dependent parametric and harmonic templates in non-negative
    matrix factorization", DAFx 2010, eq. 10 for f0; "Score informed audio source separation using a
    parametric model of non-negative spectrogram", ICASSP 2011. Departures: a pitch keeps to a range
    around its start; partials may be inharmonic. That the cost falls is proven for a and h, not for
    f0, whose update balances the two halves of the gradient.
    """

    name: str
    f0_hz: Floats
    hz_per_bin: float
    partials: int = 30
    inharmonicity: float = 0.0
    power: float = 2.0
    within_cents: float = 100.0
    a: Factor = field(default_factory=Factor)
    h: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.f0_hz.ndim != 2 or not np.all(np.isfinite(self.f0_hz)) or np.any(self.f0_hz < 0):
            raise UsageError(f"block {self.name}: f0_hz must be (voices, frames), finite, not < 0")
        if self.partials < 1 or self.hz_per_bin <= 0 or self.power <= 0:
            raise UsageError(f"block {self.name}: partials, hz_per_bin and power must be positive")
        if self.inharmonicity < 0 or self.within_cents < 0:
            raise UsageError(f"block {self.name}: inharmonicity and within_cents must not be < 0")

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
        a = self.a.begin((self.partials,), drawn((self.partials,), rng), kernel)
        sounding = drawn((voices, frames), rng) * (self.f0_hz > 0)
        h = self.h.begin((voices, frames), sounding, kernel)
        state = HarmonicState(self, kernel, freq, a, h)
        mean = float(state.share().mean())
        if self.h.start is None and mean > 0:
            state.scale(level / mean)
        return state


class HarmonicState:
    """Harmonic templates at work. `factors["f0"]` is in Hz."""

    spatial = False

    def __init__(self, block: Harmonic, kernel: Kernel, freq: int, a: Array, h: Array) -> None:
        self._block, self._kernel, self._freq = block, kernel, freq
        xp = kernel.xp
        start = kernel.array(block.f0_hz)
        self.factors = {"f0": start, "a": a, "h": h}
        free = [n for n in ("h", "a") if getattr(block, n).is_free]
        self.order = (*(["f0"] if block.within_cents else []), *free)
        self._normalised = block.a.is_all_free and block.h.is_all_free
        reach = 2 ** (block.within_cents / 1200)
        self._lowest, self._highest = start / reach, start * reach
        k = np.arange(1, block.partials + 1)
        self._kappa = kernel.array((k * np.sqrt(1 + block.inharmonicity * k**2))[:, None, None])
        lobe = Lobe.hann(block.power, np.float64)
        self._tables = kernel.array(lobe.g), kernel.array(lobe.q)
        self._around = kernel.array(np.arange(1 - REACH, REACH + 1)[:, None])
        self._frame = xp.asarray(np.arange(h.shape[1]), device=h.device)
        self._share = kernel.array(np.zeros((freq, h.shape[1])))
        self._place()

    def share(self) -> Array:
        a, h = self.factors["a"], self.factors["h"]
        self._share[...] = 0
        for r in range(h.shape[0]):
            parts = a[:, None, None] * self._g[r] * h[r]
            for k in range(parts.shape[0]):
                for i in range(parts.shape[1]):
                    self._share[self._bin[r][k, i], self._frame] += parts[k, i]
        return self._share

    def update(self, name: str, halves: Halves) -> None:
        a, h = self.factors["a"], self.factors["h"]
        if name == "f0":
            self._update_pitch(halves)
            return
        above, below = (self._gathered(name, G) for G in (halves.P, halves.N))
        X = a if name == "a" else h
        getattr(self._block, name).step(X, above, below, halves.gamma, self._kernel)

    def settle(self) -> None:
        if self._normalised:
            total = self.factors["a"].sum()
            if float(total) > 0:
                self.factors["a"] /= total
                self.factors["h"] *= total

    def scale(self, by: float) -> None:
        self.factors["h"] *= by

    def penalty(self) -> float:
        return self._block.a.penalty(self.factors["a"]) + self._block.h.penalty(self.factors["h"])

    def _place(self) -> None:
        """The bins under each partial's lobe, and the lobe there: (partials, bins, frames) each."""
        xp = self._kernel.xp
        self._bin: list[Array] = []
        self._g: list[Array] = []
        self._q: list[Array] = []
        for f0 in self.factors["f0"]:
            centre = self._kappa * (f0 / self._block.hz_per_bin)  # (partials, 1, frames)
            at = xp.floor(centre) + self._around
            inside = (at >= 0) & (at < self._freq) & (centre > 0) & (centre < self._freq - 1)
            position = xp.clip(xp.abs(at - centre) * FINE, 0, REACH * FINE)
            low = xp.astype(xp.floor(position), xp.int64)
            share = position - low
            for table, out in zip(self._tables, (self._g, self._q), strict=True):
                out.append((table[low] * (1 - share) + table[low + 1] * share) * inside)
            self._bin.append(xp.astype(xp.clip(at, 0, self._freq - 1), xp.int64))

    def _under(self, G: Array | float, r: int) -> Array | float:
        """P or N on the bins under the lobes of voice r."""
        return G if isinstance(G, float) else G[self._bin[r], self._frame]

    def _gathered(self, name: str, G: Array | float) -> Array:
        a, h = self.factors["a"], self.factors["h"]
        under = [(self._g[r] * self._under(G, r)).sum(1) for r in range(h.shape[0])]
        if name == "a":
            return sum((u * h[r]).sum(1) for r, u in enumerate(under))
        return self._kernel.xp.stack([(a[:, None] * u).sum(0) for u in under])

    def _update_pitch(self, halves: Halves) -> None:
        """f0 ⊙= Σ a κ q (f P + κ f0 N) / Σ a κ q (f N + κ f0 P), sums over partials and bins."""
        xp, f0 = self._kernel.xp, self.factors["f0"]
        a = self.factors["a"][:, None, None]
        tiny = 1e-30
        for r in range(f0.shape[0]):
            weight = a * self._kappa * self._q[r]
            P, N = self._under(halves.P, r), self._under(halves.N, r)
            f, centre = self._bin[r], self._kappa * (f0[r] / self._block.hz_per_bin)
            above = (weight * (f * P + centre * N)).sum((0, 1))
            below = (weight * (f * N + centre * P)).sum((0, 1))
            # A voice without partials in the spectrum stays where it is.
            ratio = xp.where(below > 0, above / xp.where(below > 0, below, below + tiny), 1.0)
            f0[r] = xp.minimum(xp.maximum(f0[r] * ratio, self._lowest[r]), self._highest[r])
        self._place()
