"""Short stretches of sound, small enough to be kept beside scores: MP3 bytes and spectrograms.

MP3, because every browser decodes it and the same samples give the same bytes. All excerpts of one
moment have one length, one rate and one gain, so that they stay in step and in proportion.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio
from partita.core.errors import OutputError
from partita.io.formats import FORMATS
from partita.signal.resample import resample
from partita.signal.stft import stft

FINE, SMALL = 0.6, 0.85
"""How hard MP3 compresses, 0 … 1: about 105 and 75 kbit/s of stereo drums."""

ROWS, COLUMNS = 80, 200
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
RANGE_DB = 75.0
"""What is further below full scale is drawn as nothing."""

Array = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Excerpt:
    """A stretch of a song, as several signals that play in step.

    Attributes
    ----------
    start_s, duration_s : where it lies in the song, seconds.
    gain_db : by how much all of it is turned down, so that nothing clips; 0 or less.
    sounds : name -> MP3 bytes.
    """

    start_s: float
    duration_s: float
    gain_db: float
    sounds: Mapping[str, bytes]


def cut(
    signals: Mapping[str, Array], rate: int, *, start_s: float, stop_s: float, compression: float
) -> Excerpt:
    """The stretch from `start_s` to `stop_s` of each signal, as MP3.

    Parameters
    ----------
    signals : name -> (channels, time), full scale ±1, one shape; more than two channels are mixed
        down to one.
    rate : Hz; rates that MP3 has not are resampled.
    start_s, stop_s : seconds, inside the signals.
    compression : 0 … 1, see FINE and SMALL.

    Raises
    ------
    OutputError : libsndfile cannot write MP3.

    Examples
    --------
    >>> excerpt = cut({"a": np.ones((1, 8000))}, 8000, start_s=0.25, stop_s=0.5, compression=FINE)
    >>> excerpt.duration_s, excerpt.gain_db, len(excerpt.sounds["a"]) > 100
    (0.25, 0.0, True)
    """
    first, last = round(start_s * rate), round(stop_s * rate)
    pieces = {name: x[:, first:last] for name, x in signals.items()}
    peak = max((float(np.max(np.abs(x), initial=0.0)) for x in pieces.values()), default=0.0)
    gain = min(1.0, 1.0 / peak) if peak else 1.0
    sounds = {
        name: mp3(Audio(gain * x if gain < 1 else x, rate), compression=compression)
        for name, x in pieces.items()
    }
    return Excerpt(first / rate, (last - first) / rate, 20 * float(np.log10(gain)), sounds)


def mp3(audio: Audio, *, compression: float = FINE) -> bytes:
    """The audio as MP3: the same bytes for the same samples.

    Parameters
    ----------
    audio : more than two channels are mixed down to one.
    compression : 0 (large) … 1 (small).

    Raises
    ------
    OutputError : libsndfile cannot write MP3.
    """
    import soundfile

    kind = FORMATS["mp3"]
    x = audio.samples if audio.channels <= 2 else audio.samples.mean(axis=0, keepdims=True)
    rate = kind.rate_for(audio.rate)
    moved = resample(x, audio.rate, rate)
    buffer = io.BytesIO()
    try:
        with soundfile.SoundFile(
            buffer,
            "w",
            rate,
            moved.shape[0],
            format=kind.container,
            subtype=kind.lossy_subtype,
            compression_level=compression,
            bitrate_mode="VARIABLE",
        ) as file:
            file.write(np.ascontiguousarray(moved.T))
    except (soundfile.LibsndfileError, RuntimeError) as error:
        raise OutputError(f"an excerpt cannot be written as MP3: {error}") from error
    return buffer.getvalue()


def spectrogram(x: Array, rate: int) -> NDArray[np.uint8]:
    """A picture of a stretch of sound: the level in bands that are even on the ear's scale.

    Parameters
    ----------
    x : (channels, time), full scale ±1; the channels' powers are averaged.
    rate : Hz.

    Returns
    -------
    (ROWS, COLUMNS), lowest band first, 40 Hz to 16 kHz (or half the rate) in equal steps of
    Glasberg and Moore's ERB-rate; 255 is a full-scale sine in the band, 0 is 75 dB below or less.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(8000) / 8000)[np.newaxis]
    >>> picture = spectrogram(tone, 8000)
    >>> picture.shape, int(picture.max()) > 240
    ((80, 200), True)
    """
    n_fft = 1 << max(round(np.log2(0.046 * rate)), 3)
    hop = n_fft // 4
    power = np.mean(np.abs(stft(np.asarray(x, np.float32), n_fft=n_fft, hop=hop)) ** 2, axis=0)
    power /= (n_fft / 4) ** 2  # a full-scale sine at a bin's centre is 1
    edges = _erb_edges(min(HIGHEST_HZ, rate / 2)) * n_fft / rate
    bands = np.stack([_band(power, a, b) for a, b in pairwise(edges)])
    times = np.linspace(0, bands.shape[1], COLUMNS + 1)
    columns = [
        bands[:, int(a) : max(int(np.ceil(b)), int(a) + 1)].mean(axis=1) for a, b in pairwise(times)
    ]
    level = 10 * np.log10(np.stack(columns, axis=1) + 1e-12)
    return np.round(255 * np.clip(1 + level / RANGE_DB, 0, 1)).astype(np.uint8)


def _erb_edges(highest_hz: float) -> NDArray[np.float64]:
    """ROWS + 1 frequencies, evenly spaced in ERB-rate: 21.4·log10(1 + 0.00437·f)."""
    low, high = (np.log10(1 + 0.00437 * f) for f in (LOWEST_HZ, max(highest_hz, 2 * LOWEST_HZ)))
    edges: NDArray[np.float64] = (10 ** np.linspace(low, high, ROWS + 1) - 1) / 0.00437
    return edges


def _band(power: Array, low: float, high: float) -> Array:
    """The largest power between two bins, or of the nearest bin where none lies between."""
    last = power.shape[0] - 1
    first = min(round(low), last)
    found: Array = power[first : max(min(round(high), last), first + 1)].max(axis=0)
    return found
