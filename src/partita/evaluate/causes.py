"""What the error of an estimate is made of, second by second.

    estimate - reference  =  (gain - 1)·reference  +  Σ gains·others  +  rest

    loss       what is missing of the target: gains below one
    bleed      what the other stems explain
    artifact   what neither explains: noise, smear, wrong phases, a target that is too loud

Gains are least squares, fitted in tiles of the spectrum: those of the target 1/8 s long, those of
the others 1/2 s, each about 170 Hz high, for each channel on its own. What the target explains is
taken out first, of the others too, so that the energies of the parts add up to that of the error.
Two signals that know nothing of each other share some of a tile by chance: about 5 % for the
target, 2 % for each of the others. Smaller shares mean nothing.

Axes: (channels, time); (others, channels, time). Energies are mean squares a sample, over all
channels together: 10·log10 of one is dBFS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.errors import AudioError
from partita.metrics.frames import frame_bounds
from partita.metrics.ratio import energy
from partita.signal.stft import stft

CAUSES = ("bleed", "loss", "artifact")
"""The parts of an error, in the order of ties."""

LEAK = "leak in silence"
"""The cause where the target is silent and the estimate is not."""

REST = "the rest"
"""What of the recording belongs to no reference, as a source of bleed."""

WINDOW_S = 0.046
BAND = 8
"""Bins in a tile."""
FINE_S, FINE_IN_COARSE = 0.125, 4
BLOCK = 8
"""Frames at a time: bounds memory to about 100 MB for four stereo stems."""

RIDGE = 1e-6
"""Added to the products of the others, beside their sum: two of them may be the same."""

AUDIBLE_REST_DB = -40.0
"""What belongs to no reference is a source of bleed from this level on, beside the recording."""

PIECE = 1 << 18
"""Samples at a time where double precision is needed."""

Values = NDArray[np.float64]
Tiles = NDArray[np.complexfloating]


@dataclass(frozen=True, eq=False)
class ErrorParts:
    """The error of one estimate, frame by frame.

    Attributes
    ----------
    bleed, loss, artifact : (frames,) energies; they add up to the error's.
    sources : (others, frames) how `bleed` divides among the others; they add up to it.
    """

    bleed: Values
    loss: Values
    artifact: Values
    sources: Values

    @property
    def total(self) -> Values:
        """(frames,) energy of the error."""
        return self.bleed + self.loss + self.artifact

    def shares(self) -> Values:
        """(3, frames) of bleed, loss and artifact; NaN where there is no error."""
        with np.errstate(invalid="ignore"):
            return np.stack([getattr(self, cause) for cause in CAUSES]) / self.total


def error_parts(
    reference: NDArray[np.floating],
    estimate: NDArray[np.floating],
    others: NDArray[np.floating],
    rate: int,
) -> ErrorParts:
    """Bleed, loss and artifact in every 1-s frame of an estimate.

    Parameters
    ----------
    reference, estimate : (channels, time) float, full scale ±1.
    others : (others, channels, time), what else is in the recording; there may be none.
    rate : Hz.

    Returns
    -------
    ErrorParts, with the shorter frame at the end.

    Raises
    ------
    AudioError : shapes that differ, or no samples.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> voice, drums = 0.1 * rng.standard_normal((2, 1, 8000))
    >>> error_parts(voice, voice + 0.5 * drums, drums[np.newaxis], 8000).shares().round(1)[:, 0]
    array([0.9, 0. , 0. ])
    >>> error_parts(voice, 0.5 * voice, drums[np.newaxis], 8000).shares().round(1)[:, 0]
    array([0., 1., 0.])

    References
    ----------
    Vincent, Gribonval and Févotte, "Performance measurement in blind audio source separation",
    TASLP 2006 (orthogonal projections on target and interferers); Emiya, Vincent, Harlander and
    Hohmann, "Subjective and objective quality assessment of audio source separation", TASLP 2011
    (in bands and short frames). Departures: tiles of an STFT; a target's gain below one is told
    apart from other distortion, which counts as artifact.
    """
    if reference.shape != estimate.shape or others.shape[1:] != reference.shape:
        raise AudioError(
            f"reference {reference.shape}, estimate {estimate.shape} and others {others.shape} "
            "must agree in channels and time"
        )
    if not reference.shape[-1]:
        raise AudioError("an error of no samples has no parts")
    bounds = frame_bounds(reference.shape[-1], rate)
    count = len(bounds)
    pieces = [
        _of_block([_framed(x, rate, start) for x in (reference, estimate, *others)], rate)
        for start in range(0, count, BLOCK)
    ]
    bleed, loss, artifact, sources = (np.concatenate(p, axis=-1) for p in zip(*pieces, strict=True))
    errors = (np.subtract(estimate[:, a:b], reference[:, a:b], dtype=np.float64) for a, b in bounds)
    power = np.array([np.mean(np.square(error)) for error in errors])
    total = bleed + loss + artifact
    scale = np.divide(power, total, out=np.zeros(count), where=total > 0)
    artifact = np.where(total > 0, artifact * scale, power)
    return ErrorParts(bleed * scale, loss * scale, artifact, sources * scale)


def other_sources(
    target: str, stems: Stems, mix: Audio
) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    """What may bleed into a stem's estimate: the other stems, and what belongs to none of them.

    A stem that is part of the target (drums in accompaniment), or made up of other stems, is left
    out: ⟨a, b⟩ ≥ ½⟨a, a⟩ makes a part of b.

    Parameters
    ----------
    target : the stem's name.
    stems : the references.
    mix : the recording, of the same shape as a stem.

    Returns
    -------
    Names, and (others, channels, time) float32.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> voice, drums, bass = rng.standard_normal((3, 1, 8000)).astype(np.float32)
    >>> stems = Stems(("voice", "drums", "band"), np.stack([voice, drums, drums + bass]), 8000)
    >>> mix = Audio(voice + drums + bass, 8000)
    >>> other_sources("voice", stems, mix)[0], other_sources("band", stems, mix)[0]
    (('drums', 'the rest'), ('voice',))
    """
    inner = _products(stems.samples)
    part = inner >= 0.5 * np.diag(inner)[:, np.newaxis]  # part[a, b]: a is part of b
    at = stems.names.index(target)
    others = [n for n in range(len(stems)) if inner[n, n] and not part[n, at] and not part[at, n]]

    def made_up(n: int) -> bool:  # of two that are the same, the first stays
        parts = (m for m in others if m != n and part[m, n])
        return any(not part[n, m] or m < n for m in parts)

    chosen = [n for n in others if not made_up(n)]
    names = (*(stems.names[n] for n in chosen), REST)
    found = np.empty((len(names), *mix.samples.shape), np.float32)
    np.subtract(mix.samples, stems.samples[at], out=found[-1])
    for row, n in zip(found, chosen, strict=False):  # without the rest
        row[:] = stems.samples[n]
        found[-1] -= row
    if energy(found[-1]) > 10 ** (AUDIBLE_REST_DB / 10) * energy(mix.samples):
        return names, found
    return names[:-1], found[:-1]


def causes_of(states: NDArray[np.str_], parts: ErrorParts) -> NDArray[np.str_]:
    """The likely cause of each frame's error: (frames,) out of CAUSES and LEAK, "" without error.

    Parameters
    ----------
    states : (frames,) out of `metrics.silence.STATES`.
    parts : of the same frames.

    Examples
    --------
    >>> one = np.array([1.0, 0.0, 0.0])
    >>> parts = ErrorParts(one, one[::-1], 0 * one, one[np.newaxis])
    >>> causes_of(np.array(["active", "both silent", "target silent"]), parts).tolist()
    ['bleed', '', 'leak in silence']
    """
    largest = np.argmax(np.stack([getattr(parts, cause) for cause in CAUSES]), axis=0)
    found: NDArray[np.str_] = np.array(CAUSES, dtype="U16")[largest]
    found[states == "target silent"] = LEAK
    found[(states == "both silent") | (parts.total == 0)] = ""
    return found


def _products(samples: NDArray[np.floating]) -> Values:
    """(stems, channels, time) -> (stems, stems) inner products."""
    flat = samples.reshape(len(samples), -1)
    total = np.zeros((len(samples), len(samples)))
    for start in range(0, flat.shape[1], PIECE):
        piece = flat[:, start : start + PIECE].astype(np.float64)
        total += piece @ piece.T
    return total


def _framed(x: NDArray[np.floating], rate: int, start: int) -> NDArray[np.float32]:
    """(channels, time) -> (channels, frames, rate), up to BLOCK frames from `start` on."""
    cut = x[:, start * rate : (start + BLOCK) * rate]
    frames = -(-cut.shape[1] // rate)
    out = np.zeros((x.shape[0], frames * rate), np.float32)
    out[:, : cut.shape[1]] = cut
    return out.reshape(x.shape[0], frames, rate)


def _of_block(
    signals: Sequence[NDArray[np.float32]], rate: int
) -> tuple[Values, Values, Values, Values]:
    """Bleed, loss, artifact (frames,) and sources (others, frames), in units of the spectrum."""
    s, estimate, *rest = (_tiles(x, rate) for x in signals)
    error = estimate - s
    power = np.vecdot(s, s).real
    gain = _ratio(np.vecdot(s, error), power)
    lost = _by_frame(np.maximum(1 - np.abs(1 + gain), 0) ** 2 * power)
    whole = _by_frame(np.vecdot(error, error).real)
    error -= gain[..., np.newaxis] * s
    others = [o - _ratio(np.vecdot(s, o), power)[..., np.newaxis] * s for o in rest]
    sources = _explained(error, others)
    bled = sources.sum(axis=0)
    return bled, lost, np.maximum(whole - bled - lost, 0.0), sources


def _tiles(x: NDArray[np.float32], rate: int) -> Tiles:
    """(channels, frames, rate) -> (frames, channels, bands, coarse, fine, points of a tile)."""
    half = max(round(WINDOW_S * rate / 2), 1)
    hop = 1 << round(np.log2(half))
    spectrum = stft(x, n_fft=2 * hop, hop=hop)
    channels, frames, bins, times = spectrum.shape
    each = max(round(FINE_S * rate / hop), 1)
    bands, coarse = -(-bins // BAND), -(-times // (each * FINE_IN_COARSE))
    out = np.zeros((channels, frames, bands * BAND, coarse * FINE_IN_COARSE * each), spectrum.dtype)
    out[..., :bins, :times] = spectrum
    tiles = out.reshape(channels, frames, bands, BAND, coarse, FINE_IN_COARSE, each)
    ordered = tiles.transpose(1, 0, 2, 4, 5, 3, 6)
    return ordered.reshape(frames, channels, bands, coarse, FINE_IN_COARSE, BAND * each)


def _by_frame(x: NDArray[np.floating]) -> Values:
    found: Values = x.reshape(len(x), -1).sum(axis=1, dtype=np.float64)
    return found


def _ratio(a: NDArray[np.inexact], b: NDArray[np.inexact]) -> NDArray[np.inexact]:
    found: NDArray[np.inexact] = np.divide(a, b, out=np.zeros_like(a), where=b > 0)
    return found


def _explained(error: Tiles, others: Sequence[Tiles]) -> Values:
    """The energy of the error that each of the others explains: (others, frames)."""
    if not others:
        return np.zeros((0, len(error)))

    def product(a: Tiles, b: Tiles) -> NDArray[np.complexfloating]:
        found: NDArray[np.complexfloating] = np.vecdot(a, b).sum(axis=-1)
        return found

    seen = np.stack([product(o, error) for o in others], axis=-1).astype(np.complex128)
    gram = np.empty((*seen.shape, len(others)), np.complex128)
    for i, a in enumerate(others):
        for j, b in enumerate(others[: i + 1]):
            gram[..., i, j] = product(a, b)
            gram[..., j, i] = np.conj(gram[..., i, j])
    power = np.einsum("...kk->...k", gram).real
    trace = power.sum(axis=-1)
    ridge = np.where(trace > 0, RIDGE * trace, 1.0)[..., np.newaxis, np.newaxis]
    gains = np.linalg.solve(gram + ridge * np.eye(len(others)), seen[..., np.newaxis])[..., 0]
    explained = np.maximum(np.sum(np.conj(seen) * gains, axis=-1).real, 0.0)
    own = np.abs(gains) ** 2 * power
    share = _ratio(own, own.sum(axis=-1, keepdims=True))
    return np.stack([_by_frame(x) for x in np.moveaxis(share * explained[..., None], -1, 0)])
