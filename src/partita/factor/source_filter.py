"""Source and filter: a voice is a buzz at some pitch, shaped by a smooth vocal tract.

    S(f, t) = [W_F0 · H_F0](f, t) × [(W_Γ H_Γ) · H_Φ](f, t)

W_F0 (freq, combs) holds the spectrum of the glottal source at every pitch of a fine grid, W_Γ
(freq, bumps) smooth bumps over frequency; both are known. H_F0 says which pitch sounds, H_Γ (bumps,
filters) makes a few filters (vowels) of the bumps, H_Φ (filters, frames) says which of them is
there. All spectra are powers, for β = 0.

Three passes follow a melody (`tracked` and `voiced_and_unvoiced` are those of the paper): every
pitch is free, the melody is read off H_F0 (partita.analysis.melody); pitches are free near the
melody only; a flat source joins them for breath and consonants, the filters being kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.factor.block import Factor, Halves, drawn, times_transposed, transposed_times
from partita.factor.kernel import Array, Kernel
from partita.factor.solver import Fit

Floats = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class SourceFilter:
    """A lead voice: combs at every pitch times smooth filters.

    Parameters
    ----------
    name : unique in the model.
    combs : W_F0, (freq, combs) power spectra of the source, by pitch; see
        `partita.factor.voice_spectra`.
    bumps : W_Γ, (freq, bumps); see there.
    filters : number of filters, K.
    first : (frames,) the first of the `width` combs that are free in each frame, -1 for none;
        None: all combs are free in all frames.
    width : combs that are free around the melody.
    flat : whether a flat source, for breath and consonants, is there besides, in all frames.
    H_F0 : (combs, frames), or (width, frames) with `first`; a row more with `flat`, the last.
    H_Gamma : (bumps, filters). H_Phi : (filters, frames). The columns of both add up to one after
        each iteration where all three may be scaled.

    References
    ----------
    Durrieu, Richard, David and Févotte, "Source/filter model for unsupervised main melody
    extraction from polyphonic audio signals", TASLP 2010; Durrieu, David and Richard, "A musically
    motivated mid-level representation for pitch estimation and musical audio source separation",
    JSTSP 2011.
    Departures: the exponent of the updates is the solver's (1/2 for β = 0), under which the cost
    never rises; all factors of the lead are updated before those of the accompaniment.
    """

    name: str
    combs: Floats
    bumps: Floats
    filters: int = 10
    first: NDArray[np.intp] | None = None
    width: int = 21
    flat: bool = False
    H_F0: Factor = field(default_factory=Factor)
    H_Gamma: Factor = field(default_factory=Factor)
    H_Phi: Factor = field(default_factory=Factor)

    def __post_init__(self) -> None:
        if self.combs.ndim != 2 or self.bumps.ndim != 2 or len(self.combs) != len(self.bumps):
            raise UsageError(
                f"block {self.name}: combs and bumps must be (freq, …) on the same bins, "
                f"got {self.combs.shape} and {self.bumps.shape}"
            )
        if self.filters < 1:
            raise UsageError(f"block {self.name}: filters must be at least 1, got {self.filters}")
        if self.first is not None:
            last = self.combs.shape[1] - self.width
            if self.width < 1 or last < 0 or np.any((self.first < -1) | (self.first > last)):
                raise UsageError(
                    f"block {self.name}: `first` must be -1 or from 0 to {last}: "
                    f"{self.width} combs follow"
                )

    @property
    def rows(self) -> int:
        """Rows of H_F0."""
        return (self.combs.shape[1] if self.first is None else self.width) + self.flat

    def start(
        self,
        shape: tuple[int, int, int],
        *,
        level: float,
        kernel: Kernel,
        rng: np.random.Generator,
    ) -> SourceFilterState:
        _, freq, frames = shape
        if len(self.combs) != freq or (self.first is not None and len(self.first) != frames):
            raise UsageError(
                f"block {self.name}: made for another spectrogram than one of {freq} bins and "
                f"{frames} frames"
            )
        shapes = {
            "H_F0": (self.rows, frames),
            "H_Phi": (self.filters, frames),
            "H_Gamma": (self.bumps.shape[1], self.filters),
        }
        factors = {}
        for name, size in shapes.items():
            factors[name] = getattr(self, name).begin(size, drawn(size, rng), kernel)
        state = SourceFilterState(self, kernel, factors)
        if self.H_F0.start is None:
            mean = float(state.share().mean())
            if mean > 0:
                state.scale(level / mean)
        return state


class SourceFilterState:
    """A source/filter model at work."""

    spatial = False

    def __init__(self, block: SourceFilter, kernel: Kernel, factors: dict[str, Array]) -> None:
        self._block, self._kernel = block, kernel
        self.factors = factors
        # As in the paper: the pitch first, then what shapes it.
        self.order = tuple(n for n in ("H_F0", "H_Phi", "H_Gamma") if getattr(block, n).is_free)
        self._normalised = all(getattr(block, n).is_all_free for n in factors)
        self._bumps = kernel.array(block.bumps)
        combs = kernel.array(block.combs)
        frames = factors["H_Phi"].shape[1]
        if block.first is None:
            if block.flat:
                ones = kernel.array(np.ones((len(block.combs), 1)))
                combs = kernel.xp.concat([combs, ones], axis=1)
            self._source: _All | _Near = _All(combs)
        else:
            self._source = _Near(combs, block.first, block.width, flat=block.flat)
        self._excitation = kernel.array(np.zeros((len(block.combs), frames)))
        self._envelope = kernel.empty((len(block.combs), frames))
        self._share = kernel.empty((len(block.combs), frames))
        self._excite()
        self._filter()

    def share(self) -> Array:
        self._share[...] = self._excitation
        self._share *= self._envelope
        return self._share

    def update(self, name: str, halves: Halves) -> None:
        block, P, N = self._block, halves.P, halves.N
        H_Gamma, H_Phi = self.factors["H_Gamma"], self.factors["H_Phi"]
        X = self.factors[name]
        if name == "H_F0":
            above, below = (self._source.transposed_times(self._envelope * G) for G in (P, N))
        elif name == "H_Phi":
            shapes = self._bumps @ H_Gamma
            above, below = (transposed_times(shapes, self._excitation * G) for G in (P, N))
        else:
            above, below = (
                transposed_times(self._bumps, times_transposed(self._excitation * G, H_Phi))
                for G in (P, N)
            )
        getattr(block, name).step(X, above, below, halves.gamma, self._kernel)
        if name == "H_F0":
            self._excite()
        else:
            self._filter()

    def settle(self) -> None:
        if not self._normalised:
            return
        H_Gamma, H_Phi, H_F0 = (self.factors[n] for n in ("H_Gamma", "H_Phi", "H_F0"))
        sums = H_Gamma.sum(0)
        sums[sums <= 0] = 1
        H_Gamma /= sums
        H_Phi *= sums[:, None]
        sums = H_Phi.sum(0)
        sums[sums <= 0] = 1
        H_Phi /= sums
        H_F0 *= sums
        # The share is what it was; its two parts have moved along.
        self._excitation *= sums
        self._envelope /= sums

    def scale(self, by: float) -> None:
        self.factors["H_F0"] *= by
        self._excitation *= by

    def penalty(self) -> float:
        return float(sum(getattr(self._block, n).penalty(X) for n, X in self.factors.items()))

    def _excite(self) -> None:
        self._source.times(self.factors["H_F0"], self._excitation)

    def _filter(self) -> None:
        H_Gamma, H_Phi = self.factors["H_Gamma"], self.factors["H_Phi"]
        self._kernel.product(self._bumps @ H_Gamma, H_Phi, self._envelope)


class _All:
    """Every comb in every frame."""

    def __init__(self, combs: Array) -> None:
        self._combs = combs

    def times(self, H: Array, out: Array) -> None:
        out[...] = self._combs @ H

    def transposed_times(self, X: Array) -> Array:
        return self._combs.T @ X


class _Near:
    """In each frame only the combs around its pitch.

    Frames are sorted by pitch, so that those of one pitch lie side by side and are taken together.
    """

    def __init__(self, combs: Array, first: NDArray[np.intp], width: int, *, flat: bool) -> None:
        self._width, self._flat = width, flat
        self._order = np.argsort(first, kind="stable")
        self._back = np.argsort(self._order, kind="stable")
        starts, begins = np.unique(first[self._order], return_index=True)
        ends = np.append(begins[1:], len(first))
        self._groups = [
            (combs[:, at : at + width], slice(begin, end))
            for at, begin, end in zip(starts.tolist(), begins.tolist(), ends.tolist(), strict=True)
            if at >= 0
        ]

    def times(self, H: Array, out: Array) -> None:
        wanted = H[: self._width, self._order]
        made = out * 0
        for combs, frames in self._groups:
            made[:, frames] = combs @ wanted[:, frames]
        out[...] = made[:, self._back]
        if self._flat:
            out += H[-1]

    def transposed_times(self, X: Array) -> Array:
        given = X[:, self._order]
        made = given[: self._width] * 0
        for combs, frames in self._groups:
            made[:, frames] = combs.T @ given[:, frames]
        out = X[: self._width + self._flat] * 0
        out[: self._width] = made[:, self._back]
        if self._flat:
            out[-1] = X.sum(0)
        return out


def tracked(block: SourceFilter, first: NDArray[np.intp], *, width: int = 21) -> SourceFilter:
    """The block of the second pass: combs are free around a melody only, all else starts anew.

    Parameters
    ----------
    first : (frames,) see `SourceFilter`; `first_comb` gives it.
    """
    return SourceFilter(
        block.name, block.combs, block.bumps, filters=block.filters, first=first, width=width
    )


def voiced_and_unvoiced(block: SourceFilter, found: Fit, *, share: float = 0.01) -> SourceFilter:
    """The block of the third pass: a flat source joins, the filters stay as they were found.

    Parameters
    ----------
    block : of the second pass. found : what became of it.
    share : the flat source begins with this share of the other's strength.
    """
    factors = found.factors[block.name]
    H, H_Phi = factors["H_F0"], factors["H_Phi"]
    least = max(float(H.mean()), float(np.finfo(np.float32).tiny))
    breath = np.full((1, H.shape[1]), share * least)
    return SourceFilter(
        block.name,
        block.combs,
        block.bumps,
        filters=block.filters,
        first=block.first,
        width=block.width,
        flat=True,
        H_F0=Factor(start=np.concatenate([H, breath])),
        H_Gamma=Factor(start=factors["H_Gamma"], fixed=True),
        # Where nothing was voiced no filter was left: all of them begin alike.
        H_Phi=Factor(start=np.where(H_Phi.any(axis=0), H_Phi, 1 / block.filters)),
    )


def first_comb(melody_hz: Floats, comb_hz: Floats, *, width: int = 21) -> NDArray[np.intp]:
    """The first of `width` combs around each pitch, -1 where the melody is silent.

    Parameters
    ----------
    melody_hz : (frames,) Hz, 0 where silent. comb_hz : (combs,) increasing.

    Examples
    --------
    >>> from partita.factor.voice_spectra import pitch_grid_hz
    >>> first_comb(np.array([0.0, 220.0, 100.0]), pitch_grid_hz(100, 800), width=21)
    array([ -1, 263,   0])
    """
    log_comb = np.log(comb_hz)
    spread = (len(comb_hz) - 1) / max(log_comb[-1] - log_comb[0], np.finfo(float).tiny)
    place = np.rint((np.log(np.maximum(melody_hz, 1e-3)) - log_comb[0]) * spread).astype(int)
    first = np.clip(place - width // 2, 0, len(comb_hz) - width)
    return np.where(melody_hz > 0, first, -1)
