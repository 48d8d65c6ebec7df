"""Partials whose frequencies are known, tracked together: coupled Vold–Kalman order tracking.

Every partial k of every source r is a carrier with a slow complex amplitude,

    x(n) = Σ_r Σ_k Re{ c_rk(n) · exp(i k φ_r(n)) } + e(n),    φ_r = 2π ∫ f0_r

c_rk is linear between knots and, from knot to knot, a first-order Gauss–Markov process of variance
σ²_rk(t): it has a line width of some half Hz around k·f0, however f0 moves. e is noise with a
smooth spectrum. Given σ² and the noise, all amplitudes follow from one linear system, the posterior
mean of a Gaussian model: two partials that beat against each other are told apart by how each of
them moves, where a mask over a spectrogram can only share the cell. σ² and the noise are then read
from the result, f0 is corrected by the common rotation of a source's amplitudes, and so on again.

Conventions: partial p = r·K + k − 1; knots lie `hop` samples apart, the first on sample 0; f0 is
(sources, knots), Hz, 0 where a source has no partials. Signals are (channels, time).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d, maximum_filter1d, minimum_filter1d

from partita.signal.stft import istft, stft

BAND_HZ, GUARD_HZ = 400.0, 150.0
"""Partials are solved for in bands; those up to a guard beyond its edges help, and are not kept."""
NOISE_HZ, NOISE_S = 150.0, 0.25
"""How widely the noise's spectrum is averaged, standard deviations."""
DIP_HZ = 100.0
"""The first guess at the noise is the least power within this range."""
CEILING = 4.0
"""No partial's variance is above so many times the recording's power at that moment."""
FLOOR = 1e-4
"""Noise that is always there, relative to the mean of what is found."""
CORRECTION_CENTS = 30.0
"""The most that f0 moves in an iteration."""
LOWEST_HZ = 20.0
"""Below it f0 counts as 0: partials so close are too many to solve for, and no pitch is heard."""
CHUNK = 64
"""Stretches between knots whose products are computed at once; bounds the memory."""

Floats = NDArray[np.floating]
Complex = NDArray[np.complexfloating]


def vold_kalman(
    x: Floats,
    f0_hz: Floats,
    *,
    rate: int,
    hop: int,
    top_hz: float = 3500.0,
    linewidth_hz: float = 0.5,
    steady_s: float = 0.13,
    iterations: int = 4,
    correct_f0: bool = True,
) -> tuple[Floats, Floats]:
    """The harmonic part of each source, and f0 as it was corrected.

    Parameters
    ----------
    x : (channels, time) float.
    f0_hz : (sources, ceil(time/hop) + 1) Hz, 0 (or less than 20) where a source has no partials.
    rate : Hz. hop : samples between knots; 16 ms serve well.
    top_hz : partials are tracked up to here, at most 0.45·rate.
    linewidth_hz : half the width at half the power of a partial's line.
    steady_s : time over which a partial's power changes little (a standard deviation).
    iterations : times that all amplitudes are solved for.
    correct_f0 : whether f0 follows the phase after every iteration but the last.

    Returns
    -------
    parts : (sources, channels, time) float64; what they leave of x is noise and other sources.
    f0_hz : (sources, knots).

    Examples
    --------
    Two tones 4 Hz apart, far less than a window of 64 ms resolves:

    >>> t = np.arange(16000) / 8000
    >>> tones = np.stack([np.sin(2 * np.pi * 440 * t), np.sin(2 * np.pi * 444 * t + 1)])
    >>> f0 = np.repeat([[440.0], [444.0]], 126, axis=1)
    >>> mix = tones.sum(axis=0, keepdims=True)
    >>> parts, _ = vold_kalman(mix, f0, rate=8000, hop=128, correct_f0=False)
    >>> error = parts[:, 0] - tones
    >>> bool(np.sum(error**2) < 0.02 * np.sum(tones**2))
    True

    References
    ----------
    Vold and Leuridan, "High resolution order tracking at extreme slew rates using Kalman tracking
    filters", SAE 931288, 1993; Vold, Mains and Blough, "Theoretical foundations for high
    performance order tracking with the Vold-Kalman tracking filter", SAE 972007, 1997 (orders of
    several shafts solved for together). Departures: a stationary Gauss–Markov prior instead of a
    difference penalty, so that each weight is a variance over a noise, and both are estimated from
    the data (an iterated point estimate, in the manner of expectation maximisation); amplitudes are
    linear between knots instead of free in each sample; bands are solved apart from each other.
    """
    channels, length = x.shape
    knots = f0_hz.shape[1]
    top_hz = min(top_hz, 0.45 * rate)
    f0_hz = np.where(f0_hz >= LOWEST_HZ, f0_hz, 0)
    voiced = f0_hz[(f0_hz > 0) & (f0_hz < top_hz)]
    if not voiced.size or not np.any(x):
        return np.zeros((len(f0_hz), channels, length)), f0_hz
    per_source = math.ceil(top_hz / float(voiced.min()))
    padded = np.zeros((channels, (knots - 1) * hop))
    padded[:, :length] = x
    scene = _Scene(padded, rate=rate, hop=hop)
    decay = math.exp(-2 * math.pi * linewidth_hz * hop / rate)
    amplitudes: Complex | None = None
    layout = _Layout.of(f0_hz, per_source, top_hz)
    for _ in range(iterations):
        if amplitudes is not None and correct_f0:
            f0_hz = _corrected(f0_hz, amplitudes, scene.noise_at(layout), rate=rate, hop=hop)
            layout = _Layout.of(f0_hz, per_source, top_hz)
        phase = _phases(f0_hz, hop=hop, rate=rate)
        equations = _equations(layout, phase, scene.signals(first=amplitudes is None), hop)
        if amplitudes is None:
            power = layout.scatter(np.square(np.abs(2 / hop * equations.b[channels:])))
        else:
            power = np.square(np.abs(amplitudes))
        deviation = scene.deviation(power, layout, steady_s * rate / hop)
        amplitudes = _posterior_mean(
            equations, layout, deviation, scene.noise_at(layout), decay=decay
        )
        parts = _summed(amplitudes, phase, hop)
        scene.listen(padded - parts.sum(axis=0))
    return parts[..., :length], f0_hz


@dataclass(frozen=True)
class _Layout:
    """Which partials are solved for together, at each knot.

    partial : (knots, bands, slots), -1 where a slot is empty. kept : the slots that lie within
    their band, not in its guard. active : (partials, knots). f_hz : (partials, knots).
    """

    partial: NDArray[np.intp]
    kept: NDArray[np.bool_]
    active: NDArray[np.bool_]
    f_hz: Floats
    per_source: int

    @classmethod
    def of(cls, f0_hz: Floats, per_source: int, top_hz: float) -> _Layout:
        k = np.arange(1, per_source + 1)
        f_hz = (k[:, None] * f0_hz[:, None, :]).reshape(-1, f0_hz.shape[1])
        active = (f_hz > 0) & (f_hz < top_hz)
        lows = np.arange(0, top_hz, BAND_HZ)[:, None, None]
        near = active & (f_hz >= lows - GUARD_HZ) & (f_hz < lows + BAND_HZ + GUARD_HZ)
        slot = np.cumsum(near, axis=1) - 1
        slots = int(near.sum(axis=1).max(initial=1))
        partial = np.full((f_hz.shape[1], len(lows), slots), -1)
        kept = np.zeros(partial.shape, dtype=bool)
        band, p, knot = np.nonzero(near)
        at = knot, band, slot[band, p, knot]
        partial[at] = p
        kept[at] = np.floor_divide(f_hz[p, knot], BAND_HZ) == band
        return cls(partial, kept, active, f_hz, per_source)

    def gather(self, values: Floats) -> Floats:
        """(…, partials, knots) -> (…, knots, bands, slots), zero in empty slots."""
        knot = np.arange(len(self.partial))[:, None, None]
        found: Floats = values[..., np.maximum(self.partial, 0), knot] * (self.partial >= 0)
        return found

    def scatter(self, values: NDArray[Any]) -> NDArray[Any]:
        """(…, knots, bands, slots) -> (…, partials, knots), zero where not active."""
        out = np.zeros((*values.shape[:-3], *self.active.shape), dtype=values.dtype)
        knot, band, slot = np.nonzero(self.kept)
        out[..., self.partial[knot, band, slot], knot] = values[..., knot, band, slot]
        return out


@dataclass(frozen=True)
class _Equations:
    """The sums over the samples that the linear system is made of, e_p = exp(i k φ) a carrier.

    same : (knots, bands, slots, slots), Σ h_m² ē_p e_q with h_m the hat around knot m.
    next : (knots - 1, bands, slots, slots), Σ h_m h_{m+1} ē_p e_q.
    b : (signals, knots, bands, slots), Σ h_m ē_p x.
    """

    same: Complex
    next: Complex
    b: Complex


def _equations(layout: _Layout, phase: Floats, signals: Floats, hop: int) -> _Equations:
    knots, bands, slots = layout.partial.shape
    same = np.zeros((knots, bands, slots, slots), np.complex64)
    following = np.empty((knots - 1, bands, slots, slots), np.complex64)
    b = np.zeros((knots, bands, slots, len(signals)), np.complex64)
    rise = (np.arange(hop) / hop).astype(np.float32)
    cut = signals.T.reshape(knots - 1, 1, hop, -1).astype(np.complex64)
    turns = phase.reshape(len(phase), knots - 1, hop)
    for start in range(0, knots - 1, CHUNK):
        here = slice(start, min(start + CHUNK, knots - 1))
        after = slice(here.start + 1, here.stop + 1)
        falling = _carriers(layout.partial[here], turns[:, here], layout.per_source) * (1 - rise)
        rising = _carriers(layout.partial[after], turns[:, here], layout.per_source) * rise
        ahead = np.swapaxes(rising, -1, -2)
        same[here] += falling.conj() @ np.swapaxes(falling, -1, -2)
        same[after] += rising.conj() @ ahead
        following[here] = falling.conj() @ ahead
        b[here] += falling.conj() @ cut[here]
        b[after] += rising.conj() @ cut[here]
    return _Equations(same, following, np.moveaxis(b, -1, 0))


def _carriers(partial: NDArray[np.intp], turns: Floats, per_source: int) -> Complex:
    """(stretches, bands, slots, hop) exp(i k φ), zero in empty slots; turns is φ / 2π."""
    source, k = np.divmod(np.maximum(partial, 0), per_source)
    stretch = np.arange(len(partial))[:, None, None]
    angle = turns[source, stretch] * (k[..., None] + 1)
    angle -= np.rint(angle)
    small = angle.astype(np.float32) * np.float32(2 * math.pi)
    out = np.empty(small.shape, np.complex64)
    np.cos(small, out=out.real)
    np.sin(small, out=out.imag)
    out *= (partial >= 0)[..., None]
    return out


def _posterior_mean(
    equations: _Equations, layout: _Layout, deviation: Floats, noise: Floats, *, decay: float
) -> Complex:
    """(channels, partials, knots): block elimination forward in time, substitution back.

    Parameters
    ----------
    deviation : (channels, partials, knots), σ. noise : the same shape, variance of each sample.
    decay : correlation of an amplitude from one knot to the next.
    """
    weight = layout.gather(deviation / np.sqrt(noise))
    partial = layout.partial
    meets = (partial[:-1, :, :, None] == partial[1:, :, None, :]) & (partial[:-1, :, :, None] >= 0)
    innovation = 1 - decay**2
    links = np.zeros(partial.shape)
    links[:-1] += meets.any(axis=3)
    links[1:] += meets.any(axis=2)
    prior = 1 + links * (decay**2 / innovation)
    amplitudes: Complex = np.empty((len(weight), *layout.active.shape), complex)
    for channel, w in enumerate(weight):
        scaled = _eliminate(
            equations, w / 2, prior, meets * (decay / innovation), w * equations.b[channel] / 2
        )
        amplitudes[channel] = layout.scatter(scaled)
    amplitudes *= deviation
    return amplitudes


def _eliminate(
    equations: _Equations, w: Floats, prior: Floats, coupling: Floats, right: Complex
) -> Complex:
    """Solves (W·A·W + Q) u = right, block tridiagonal in time, for (knots, bands, slots)."""
    knots, _, slots = w.shape
    diagonal = np.arange(slots)
    gains = np.empty(equations.next.shape, complex)
    u = np.empty(w.shape, complex)
    matrix, vector = None, right[0]
    for m in range(knots):
        block = equations.same[m] * (w[m, :, :, None] * w[m, :, None, :])
        block[:, diagonal, diagonal] += prior[m]
        if matrix is not None:
            before = np.swapaxes(matrix.conj(), -1, -2)
            block = block - before @ gains[m - 1]
            vector = right[m] - (before @ u[m - 1][..., None])[..., 0]
        if m == knots - 1:
            u[m] = np.linalg.solve(block, vector[..., None])[..., 0]
            break
        matrix = equations.next[m] * (w[m, :, :, None] * w[m + 1, :, None, :]) - coupling[m]
        solved = np.linalg.solve(block, np.concatenate([matrix, vector[..., None]], axis=-1))
        gains[m], u[m] = solved[..., :-1], solved[..., -1]
    for m in range(knots - 2, -1, -1):
        u[m] -= (gains[m] @ u[m + 1][..., None])[..., 0]
    return u


class _Scene:
    """The recording, and what is known by now of the noise in it; each channel for itself."""

    def __init__(self, x: Floats, *, rate: int, hop: int) -> None:
        self._x, self._hop, self._n_fft = x, hop, 4 * hop
        self._hz_per_bin = rate / self._n_fft
        self._spectrum = stft(x, n_fft=self._n_fft, hop=hop)
        self._widths = (0, NOISE_HZ / self._hz_per_bin, NOISE_S * rate / hop)
        power = self._power(self._spectrum)
        local = np.sqrt(power.sum(axis=1))
        self._ceiling = CEILING * np.square(maximum_filter1d(local, 5, axis=1)) / self._n_fft
        dip = max(round(DIP_HZ / self._hz_per_bin), 3)
        self._noise = self._smoothed(minimum_filter1d(power, dip, axis=1))

    def signals(self, *, first: bool) -> Floats:
        """(channels, time) whitened by the noise's spectrum; as they are after them, at first."""
        white = istft(
            self._spectrum / np.sqrt(self._noise),
            length=self._x.shape[1],
            n_fft=self._n_fft,
            hop=self._hop,
        )
        return np.concatenate([white, self._x]) if first else white

    def listen(self, residual: Floats) -> None:
        """Take what is left of the recording for noise."""
        self._noise = self._smoothed(self._power(stft(residual, n_fft=self._n_fft, hop=self._hop)))

    def noise_at(self, layout: _Layout) -> Floats:
        """(channels, partials, knots), the variance of each sample if the noise were white."""
        place = np.minimum(layout.f_hz / self._hz_per_bin, self._noise.shape[1] - 1.001)
        low = place.astype(int)
        knot = np.arange(place.shape[1])
        share = place - low
        found: Floats = self._noise[:, low, knot] * (1 - share)
        found += self._noise[:, low + 1, knot] * share
        return found

    def deviation(self, power: Floats, layout: _Layout, steady_knots: float) -> Floats:
        """(channels, partials, knots) σ: powers averaged over the time in which a partial lives."""
        alive = layout.active.astype(float)
        share = gaussian_filter1d(alive, steady_knots, axis=-1, mode="constant")
        mean = gaussian_filter1d(power, steady_knots, axis=-1, mode="constant")
        variance = mean * alive / np.maximum(share, 1e-3)
        found: Floats = np.sqrt(np.minimum(variance, self._ceiling[:, None, :]))
        return found

    def _power(self, spectrum: Complex) -> Floats:
        """Mean squares of a white noise with this spectrum."""
        power: Floats = np.square(spectrum.real) + np.square(spectrum.imag)
        return power / (0.375 * self._n_fft)

    def _smoothed(self, power: Floats) -> Floats:
        smooth = gaussian_filter(power, self._widths, mode="nearest")
        smooth += FLOOR * smooth.mean(axis=(1, 2), keepdims=True)
        return np.where(smooth > 0, smooth, 1)


def _phases(f0_hz: Floats, *, hop: int, rate: int) -> Floats:
    """(sources, (knots - 1)·hop) φ / 2π: log f0 is linear between knots, also where it is zero."""
    knots = f0_hz.shape[1]
    place = np.arange((knots - 1) * hop) / hop
    turns = np.zeros((len(f0_hz), len(place)))
    for f0, out in zip(f0_hz, turns, strict=True):
        voiced = np.flatnonzero(f0 > 0)
        if len(voiced):
            np.cumsum(np.exp(np.interp(place, voiced, np.log(f0[voiced]))) / rate, out=out)
    return turns


def _summed(amplitudes: Complex, turns: Floats, hop: int) -> Floats:
    """(sources, channels, time): each source's partials, by Horner's scheme in exp(i φ)."""
    channels, _, knots = amplitudes.shape
    sources = len(turns)
    c = amplitudes.reshape(channels, sources, -1, knots)
    rise = np.arange(hop) / hop
    out = np.zeros((sources, channels, (knots - 1) * hop))
    for r in range(sources):
        used = np.flatnonzero(np.any(c[:, r], axis=(0, 2)))
        carrier = np.exp(2j * math.pi * turns[r]).reshape(knots - 1, hop)
        total = np.zeros((channels, knots - 1, hop), complex)
        for k in range(int(used[-1]) if len(used) else -1, -1, -1):
            at, after = c[:, r, k, :-1, None], c[:, r, k, 1:, None]
            total += at + (after - at) * rise
            total *= carrier
        out[r] = total.real.reshape(channels, -1)
    return out


def _corrected(f0_hz: Floats, amplitudes: Complex, noise: Floats, *, rate: int, hop: int) -> Floats:
    """f0 moved by the rotation, from knot to knot, that a source's amplitudes share."""
    knots = amplitudes.shape[-1]
    rotation = amplitudes[..., 1:] * amplitudes[..., :-1].conj()
    # Each counts by what is known of it: its power over its error's, which noise and drift make.
    error = 0.1 * np.square(np.abs(amplitudes[..., :-1])) + noise[..., :-1] / (2 * hop)
    rotation = np.sum(rotation / error, axis=0).reshape(len(f0_hz), -1, knots - 1)
    k = np.arange(1, rotation.shape[1] + 1)[:, None]
    twist = np.zeros((2, *f0_hz.shape))
    for at in (slice(None, -1), slice(1, None)):
        twist[0, :, at] += np.sum(k * rotation.imag, axis=1)
        twist[1, :, at] += np.sum(k**2 * np.abs(rotation), axis=1)
    twist = gaussian_filter1d(twist, 1.0, axis=-1)
    radians = twist[0] / np.maximum(twist[1], np.finfo(float).tiny)
    relative = radians * rate / (2 * math.pi * hop) / np.where(f0_hz > 0, f0_hz, 1)
    most = CORRECTION_CENTS / 1200
    moved: Floats = f0_hz * 2 ** np.clip(np.log2(np.maximum(1 + relative, 0.5)), -most, most)
    return moved
