"""What sounds and what begins, by pitch class, of a recording and of a score alike.

Two features a frame, both (12,), C first, octaves folded together:

- *chroma*: how the sound is spread over the pitch classes, of length 1; silence has none, and says
  so in a thirteenth entry, so that silence is like silence and unlike everything else;
- *onsets*: how much of each class begins, divided by what begins around it, with a tail that dies
  within ten frames (DLNCO: decaying locally adaptive normalised chroma onsets).

References
----------
Ewert, Müller and Grosche, "High resolution audio synchronization using chroma onset features",
ICASSP 2009. Departures: pitches are told apart by an STFT instead of a bank of recursive filters,
and compressed by a square root, so that nothing depends on level; the score's notes have overtones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.analysis.frames import magnitude_frames
from partita.core.hints import Score
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]

N_FFT = 4096
"""At 44.1 kHz: 93 ms; frames follow each other by a quarter of it."""
PITCHES = np.arange(36, 109)
"""C2 … C8: below, neighbouring notes fall into one bin."""
SILENCE_DB = -60.0
"""Frames so far below the loudest are silence."""
OVERTONES = 6
DECAY_FRAMES = 10
AROUND_S = 1.0
"""What begins is compared with what begins within so many seconds to either side."""
QUIET_ONSET = 0.1
"""Of the strongest onset of all: where nothing stronger begins, this is the measure."""


@dataclass(frozen=True, eq=False)
class Features:
    """Chroma and onsets over time.

    Attributes
    ----------
    chroma : (frames, 13) float32, each row of length 1; the last column is 1 where it is silent.
    onsets : (frames, 12) float32 from 0 to about 1.
    period_s : seconds from one frame to the next; frame 0 is at time 0.
    """

    chroma: NDArray[np.float32]
    onsets: NDArray[np.float32]
    period_s: float

    @property
    def sounding(self) -> NDArray[np.bool_]:
        """(frames,) whether anything sounds."""
        sounding: NDArray[np.bool_] = self.chroma[:, 12] == 0
        return sounding

    def __len__(self) -> int:
        return len(self.chroma)


def recording_features(blocks: Iterable[Floats], rate: int) -> Features:
    """The features of a recording.

    Parameters
    ----------
    blocks : arrays (channels, time), one after the other. rate : Hz.
    """
    n_fft = scaled_n_fft(N_FFT, rate)
    hop = n_fft // 4
    frames = magnitude_frames(blocks, n_fft=n_fft, hop=hop)
    return features_of_frames(frames, n_fft=n_fft, hop=hop, rate=rate)


def features_of_frames(frames: Iterable[Floats], *, n_fft: int, hop: int, rate: int) -> Features:
    """As `recording_features`, of what `magnitude_frames` gave."""
    bands = _bands(n_fft, rate)
    found = [np.sqrt(piece @ bands) for piece in frames]
    pitches = np.concatenate(found) if found else np.zeros((1, len(PITCHES)), np.float32)
    rise = np.maximum(np.diff(pitches, axis=0, prepend=pitches[:1]), 0)
    return _features(_folded(np.square(pitches)), _folded(rise), hop / rate)


def score_features(score: Score, *, period_s: float, duration_s: float) -> Features:
    """The features that a score's recording should have.

    Parameters
    ----------
    period_s : seconds of the score from one frame to the next.
    duration_s : up to where frames are wanted.
    """
    frames = int(np.ceil(duration_s / period_s)) + 1
    energy = np.zeros((frames + 1, 12))
    rise = np.zeros((frames, 12))
    first: NDArray[np.intp] = np.clip(np.round(score.onset_s / period_s).astype(int), 0, frames - 1)
    last: NDArray[np.intp] = np.clip(
        np.round(score.offset_s / period_s).astype(int), first + 1, frames
    )
    shapes = _overtones(score.pitch_midi)
    np.add.at(energy, first, shapes)
    np.add.at(energy, last, -shapes)
    np.add.at(rise, first, shapes)
    sounding = np.maximum(np.cumsum(energy, axis=0)[:-1], 0)
    sounding[sounding < 1e-9] = 0
    return _features(sounding, rise, period_s)


def _features(energy: Floats, rise: Floats, period_s: float) -> Features:
    from scipy.ndimage import maximum_filter1d

    total = np.sum(energy, axis=1)
    tiny = float(np.finfo(np.float32).tiny)
    loud = total > max(float(np.max(total)) * 10 ** (SILENCE_DB / 10), tiny)
    norm = np.sqrt(np.sum(np.square(energy), axis=1))
    chroma = np.zeros((len(energy), 13), np.float32)
    chroma[loud, :12] = energy[loud] / norm[loud, None]
    chroma[~loud, 12] = 1
    strength = np.sqrt(np.sum(np.square(rise), axis=1))
    around = 2 * max(round(AROUND_S / period_s), 1) + 1
    local = maximum_filter1d(strength, around, mode="constant")
    floor = max(QUIET_ONSET * float(np.max(strength)), tiny)
    relative = (rise / np.maximum(local, floor)[:, None]).astype(np.float32)
    onsets = relative.copy()
    for back in range(1, DECAY_FRAMES):
        tail = relative[:-back] * np.float32(np.sqrt(1 - back / DECAY_FRAMES))
        np.maximum(onsets[back:], tail, out=onsets[back:])
    return Features(chroma, onsets, period_s)


def _bands(n_fft: int, rate: int) -> NDArray[np.float32]:
    """(bins, pitches): how much each bin tells of each pitch; columns add up to 1."""
    hz = np.arange(n_fft // 2 + 1) * rate / n_fft
    centre = 440.0 * 2 ** ((PITCHES - 69) / 12)
    width = np.maximum(centre * (2 ** (0.5 / 12) - 1), 0.6 * rate / n_fft)
    weight = np.exp(-0.5 * np.square((hz[:, None] - centre) / width))
    weight[:, centre > 0.95 * rate / 2] = 0
    bands: NDArray[np.float32] = weight / np.maximum(np.sum(weight, axis=0), 1e-9)
    return bands.astype(np.float32)


def _folded(pitches: Floats) -> Floats:
    """(frames, pitches) to (frames, 12)."""
    classes = np.zeros((pitches.shape[0], 12), np.float32)
    for column, pitch in enumerate(PITCHES):
        classes[:, pitch % 12] += pitches[:, column]
    return classes


def _overtones(pitch_midi: Floats) -> Floats:
    """(notes, 12): the pitch classes of a note and of its overtones, which fall off as 1/h."""
    shapes = np.zeros((len(pitch_midi), 12))
    for h in range(1, OVERTONES + 1):
        place = np.round(pitch_midi + 12 * np.log2(h)).astype(int) % 12
        shapes[np.arange(len(pitch_midi)), place] += 1 / h
    return shapes
