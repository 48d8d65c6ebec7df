"""Distances between magnitude spectrograms.

Axes: (channels, time). A frame is centred on every hop-th sample, the first one included, and there
are 1 + time // hop of them; what lies outside the signal is zero or a reflection, as published.
Transform sizes are in samples whatever the rate, as published: scores of signals at different rates
cannot be compared. Every one of them depends on the level of both signals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
from array_api_compat import array_namespace, device
from numpy.typing import NDArray

from partita.core.errors import AudioError, OptionError
from partita.metrics.shapes import checked_pair
from partita.metrics.spec import MetricSpec

Array = NDArray[np.floating]

RESOLUTIONS = ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240))
"""(n_fft, hop, window) of each resolution, samples."""

BLOCK = 256  # frames computed at once; bounds the memory, never changes the result
QUIETEST = 1e-10  # magnitude below which decibels stop


def multi_resolution_stft(
    reference: Any,
    estimate: Any,
    *,
    resolutions: Sequence[tuple[int, int, int]] = RESOLUTIONS,
) -> Any:
    """The multi-resolution STFT distance: spectral convergence plus log-magnitude distance.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.
    resolutions : (n_fft, hop, window length) of each, samples; Hann windows.

    Returns
    -------
    The mean over resolutions of ‖S - Ŝ‖/‖S‖ (mean over channels) + mean |ln S - ln Ŝ|, a float
    ≥ 0 without unit (torch: a 0-d tensor with gradient). Lower is better. Magnitudes are at least
    1e-4, so that silence is defined.

    Raises
    ------
    AudioError : shapes that differ, no samples, not float, NaN or infinity. OptionError : sizes
        that are not 1 ≤ window ≤ n_fft, hop ≥ 1.

    Examples
    --------
    >>> sound = np.random.default_rng(0).standard_normal((1, 4000))
    >>> multi_resolution_stft(sound, sound)
    0.0
    >>> round(multi_resolution_stft(sound, 0.5 * sound), 3)  # 0.5 + ln 2
    1.193

    References
    ----------
    Yamamoto, Song and Kim, "Parallel WaveGAN", ICASSP 2020, eqs. 4 to 7, with the floor and the
    mean over channels of Steinmetz and Reiss, "auraloss", DMRN+15 2020.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    distances = [_resolution(s, s_hat, *sizes) for sizes in resolutions]
    return _plain(sum(distances) / len(distances))


def l1_frequency(reference: Any, estimate: Any, *, n_fft: int = 2048, hop: int = 1024) -> Any:
    """The L1 frequency score: 100 / (1 + 10·mean ||S| - |Ŝ||).

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy or torch.
    n_fft, hop : samples; the window is rectangular, the signal reflected at its ends.

    Returns
    -------
    0 … 100, higher is better (torch: a 0-d tensor with gradient); 100 for equal magnitudes, two
    silent signals included.

    Raises
    ------
    AudioError, OptionError : as `multi_resolution_stft`.

    Examples
    --------
    >>> sound = np.random.default_rng(0).standard_normal((2, 4000))
    >>> l1_frequency(sound, -sound)
    100.0

    References
    ----------
    Solovyev, Music-Source-Separation-Training, the metric l1_freq; Solovyev, Stempkovskiy and
    Habruseva, "Benchmarks and leaderboards for sound demixing tasks", 2023. No paper defines it.
    """
    s, s_hat = checked_pair(reference, estimate, axes=2)
    xp = array_namespace(s)
    total: Any = 0.0
    count = 0
    for a, b in _magnitudes((s, s_hat), n_fft, hop, n_fft, window="none", edge="reflect"):
        total = total + xp.sum(xp.abs(a - b))
        count += a.shape[0] * a.shape[1] * a.shape[2]
    return _plain(100 / (1 + 10 * total / count))


def fullness(reference: Array, estimate: Array, rate: int, *, mels: int | None = 512) -> float:
    """How little is missing: 100 / (1 + mean decibels by which the estimate is too quiet).

    The mean is taken over the cells of the spectrogram where the estimate is quieter than the
    reference, and over no others: it does not tell how many they are.

    Parameters
    ----------
    reference, estimate : (channels, time) float, numpy.
    rate : Hz.
    mels : bands of the mel scale, 0 Hz to rate/2; None compares the bins of the transform, on a
        linear scale of frequency.

    Returns
    -------
    0 … 100, higher is better; 100 where no cell is too quiet. Decibels end 80 dB below each
    signal's own loudest cell, so that a much too quiet estimate is compared over another range.

    Raises
    ------
    AudioError : as `multi_resolution_stft`, or not numpy. OptionError : mels below 1.

    Examples
    --------
    >>> sound = np.random.default_rng(0).standard_normal((2, 8192))
    >>> quieter = 10 ** (-3 / 20) * sound
    >>> round(fullness(sound, quieter, 44100), 3), round(bleedless(sound, quieter, 44100), 3)
    (25.0, 100.0)

    References
    ----------
    jarredou and Solovyev, Music-Source-Separation-Training, the metrics bleedless and fullness
    (n_fft 4096, hop 1024, Hann, mel filters of Slaney's Auditory Toolbox). No paper defines them.
    """
    return _one_sided(reference, estimate, rate, mels, sign=-1)


def bleedless(reference: Array, estimate: Array, rate: int, *, mels: int | None = 512) -> float:
    """How little is added: 100 / (1 + mean decibels by which the estimate is too loud).

    As `fullness`, over the cells where the estimate is louder than the reference.
    """
    return _one_sided(reference, estimate, rate, mels, sign=1)


def mel_filters(rate: int, n_fft: int, mels: int) -> Array:
    """Triangles of equal area on Slaney's mel scale, 0 Hz to rate/2.

    Parameters
    ----------
    rate : Hz. n_fft : samples of the transform. mels : number of bands.

    Returns
    -------
    (mels, n_fft/2 + 1), 1/Hz. A band narrower than a bin may hold none and is zero.

    Examples
    --------
    >>> mel_filters(44100, 2048, 64).shape
    (64, 1025)

    References
    ----------
    Slaney, "Auditory Toolbox", Interval Research technical report 1998-010: 15 mels a kHz up to
    1 kHz, 27 mels for every factor 6.4 above.
    """
    top = 15 * rate / 2000 if rate <= 2000 else 15 + 27 * np.log(rate / 2000) / np.log(6.4)
    mel = np.linspace(0, top, mels + 2)
    above = 1000 * np.exp(np.log(6.4) / 27 * (np.maximum(mel, 15) - 15))
    edges = np.where(mel < 15, mel * 1000 / 15, above)[:, None]
    bins = np.linspace(0, rate / 2, n_fft // 2 + 1)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    slopes = np.minimum((bins - low) / (centre - low), (high - bins) / (high - centre))
    return np.asarray(np.maximum(slopes, 0) * 2 / (high - low))


def _resolution(s: Any, s_hat: Any, n_fft: int, hop: int, window_length: int) -> Any:
    xp = array_namespace(s)
    difference: Any = 0.0
    power: Any = 0.0
    ratio: Any = 0.0
    count = 0
    for pair in _magnitudes((s, s_hat), n_fft, hop, window_length, window="hann", edge="reflect"):
        a, b = (xp.where(x < 1e-4, xp.full_like(x, 1e-4), x) for x in pair)
        difference = difference + xp.sum((a - b) ** 2, axis=(1, 2))
        power = power + xp.sum(a**2, axis=(1, 2))
        ratio = ratio + xp.sum(xp.abs(xp.log(a) - xp.log(b)))
        count += a.shape[0] * a.shape[1] * a.shape[2]
    apart = difference > 0  # where it is not, the root has no gradient
    distance = xp.sqrt(xp.where(apart, difference, xp.ones_like(difference))) * apart
    return xp.mean(distance / xp.sqrt(power)) + ratio / count


def _one_sided(
    reference: Array, estimate: Array, rate: int, mels: int | None, *, sign: int
) -> float:
    s, s_hat = checked_pair(reference, estimate, axes=2)
    if not isinstance(s, np.ndarray):
        raise AudioError("fullness and bleedless need numpy arrays; call .numpy() on a tensor")
    if mels is not None and mels < 1:
        raise OptionError(f"mels must be at least 1, or None for linear frequency, got {mels}")
    n_fft = 4096
    filters = None if mels is None else mel_filters(rate, n_fft, mels).T
    blocks: tuple[list[Array], list[Array]] = ([], [])
    for pair in _magnitudes((s, s_hat), n_fft, 1024, n_fft, window="hann", edge="zero"):
        for kept, magnitude in zip(blocks, pair, strict=True):
            kept.append(_decibels(magnitude if filters is None else magnitude @ filters))
    quiet, loud = (max(float(block.max()) for block in kept) - 80 for kept in blocks)
    total, count = 0.0, 0
    for a, b in zip(*blocks, strict=True):
        difference = sign * (np.maximum(b, loud) - np.maximum(a, quiet))
        beyond = difference[difference > 0]
        total, count = total + float(np.sum(beyond, dtype=np.float64)), count + beyond.size
    return 100 / (1 + total / max(count, 1))


def _decibels(magnitude: Array) -> Array:
    """dB as float32: two of these are held for the whole track."""
    return (20 * np.log10(np.maximum(magnitude, QUIETEST))).astype(np.float32)


def _magnitudes(
    signals: Sequence[Any],
    n_fft: int,
    hop: int,
    window_length: int,
    *,
    window: Literal["hann", "none"],
    edge: Literal["zero", "reflect"],
) -> Iterator[list[Any]]:
    """Magnitudes of all signals, (channels, frames, freq), some frames at a time."""
    if not 1 <= window_length <= n_fft or hop < 1:
        raise OptionError(
            f"window must be from 1 to n_fft samples, and hop at least 1, got n_fft={n_fft}, "
            f"hop={hop}, window={window_length}"
        )
    first = signals[0]
    xp, length = array_namespace(first), first.shape[-1]
    taps = np.zeros(n_fft)
    start = (n_fft - window_length) // 2
    t = np.arange(window_length)
    taps[start : start + window_length] = (
        np.sin(np.pi * t / window_length) ** 2 if window == "hann" else 1
    )
    frames = 1 + length // hop
    for block in range(0, frames, BLOCK):
        centres = hop * np.arange(block, min(block + BLOCK, frames))
        places = centres[:, None] + np.arange(-(n_fft // 2), n_fft - n_fft // 2)
        weight = np.broadcast_to(taps, places.shape)
        if edge == "zero":
            weight = weight * ((places >= 0) & (places < length))
            places = np.clip(places, 0, length - 1)
        else:
            turn = max(2 * (length - 1), 1)
            places = length - 1 - np.abs(length - 1 - places % turn)
        on = {"device": device(first)}
        at = xp.asarray(places.reshape(-1), **on)
        # a copy: torch refuses the read-only view that broadcasting gives
        scale = xp.asarray(weight.copy(), **on)
        yield [_spectrum(xp, x, at, scale) for x in signals]


def _spectrum(xp: Any, x: Any, at: Any, weight: Any) -> Any:
    cut = xp.reshape(xp.take(x, at, axis=1), (x.shape[0], *weight.shape))
    if isinstance(x, np.ndarray):
        import scipy.fft

        return np.abs(scipy.fft.rfft(cut * weight, overwrite_x=True))
    spectrum = xp.fft.rfft(cut * xp.astype(weight, x.dtype))
    power = xp.real(spectrum) ** 2 + xp.imag(spectrum) ** 2
    return xp.sqrt(power + 1e-16)  # the root has no gradient at zero


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, float | np.generic) else value


def _spec(
    name: str, function: Any, summary: str, *, higher: bool = True, rate: bool = False
) -> MetricSpec:
    return MetricSpec(
        name=name,
        unit="",
        higher_is_better=higher,
        needs="target",
        framewise=False,
        jnd=None,
        summary=summary,
        function=function,
        uses_rate=rate,
    )


MULTI_RESOLUTION_STFT = _spec(
    "multi_resolution_stft",
    multi_resolution_stft,
    "distance of magnitudes at three time-frequency resolutions",
    higher=False,
)
L1_FREQUENCY = _spec("l1_frequency", l1_frequency, "mean distance of magnitudes, as 0 … 100")
FULLNESS = _spec("fullness", fullness, "how little is missing, as 0 … 100", rate=True)
BLEEDLESS = _spec("bleedless", bleedless, "how little is added, as 0 … 100", rate=True)
