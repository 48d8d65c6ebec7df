"""How a score lies in a recording: its times brought to those of the performance.

recording ─ features ─┐
                      ├─ DTW, coarse to fine ─► path ─► tempo map ─► warped score
score ─── features ───┘                                   └─► how well it fits at all
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from partita.analysis.chroma import Features, recording_features, score_features
from partita.analysis.dtw import Ints, band_around, dtw
from partita.core.errors import HintError
from partita.core.hints import Score

Floats = NDArray[np.floating]
Place = Literal["auto", "on", "off"]

MIN_NOTES = 8
MIN_S = 4.0
"""Fewer notes or less sound than this say nothing."""
RIGHT_S = 0.1
"""Where nine of ten notes would be moved less than this, the score is right already."""
POOL = 4
"""Frames of one level that become one of the next coarser."""
COARSEST_CELLS = 500_000
"""A level with no more cells than this is searched without a band."""
RADIUS = 12
"""Coarse frames around a path that the next finer level looks at."""
ONSETS = 0.7
"""Weight of what begins, against what sounds; chosen on rendered duets of known times."""
PAD_S = 2.0
"""Silence put before and after the score, to be matched with that of the recording."""
ANCHOR_S = 0.15
"""Anchors of the tempo map lie at least so far apart."""
SHORTEST_S = 0.02
"""What a warped note lasts at least."""


@dataclass(frozen=True, eq=False)
class TempoMap:
    """Times of the score and of the recording that belong together; linear in between.

    Attributes
    ----------
    score_s, recording_s : (anchors,) seconds, both strictly increasing, two or more; beyond the
        first and last anchor time runs on as between the outermost ones.

    Examples
    --------
    >>> tempo = TempoMap([0.0, 10.0], [1.0, 21.0])
    >>> tempo.to_recording([0.0, 5.0, 20.0]), tempo.to_score([11.0])
    (array([ 1., 11., 41.]), array([5.]))
    """

    score_s: NDArray[np.float64]
    recording_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        for name in ("score_s", "recording_s"):
            times = np.array(getattr(self, name), dtype=np.float64)
            if times.ndim != 1 or len(times) < 2 or np.any(np.diff(times) <= 0):
                raise HintError(f"a tempo map's {name} must be two or more times that increase")
            object.__setattr__(self, name, times)
        if len(self.score_s) != len(self.recording_s):
            raise HintError("a tempo map pairs each time of the score with one of the recording")

    def to_recording(self, score_s: Floats) -> NDArray[np.float64]:
        """When in the recording a time of the score is."""
        return _interpolated(np.asarray(score_s, np.float64), self.score_s, self.recording_s)

    def to_score(self, recording_s: Floats) -> NDArray[np.float64]:
        """When in the score a time of the recording is."""
        return _interpolated(np.asarray(recording_s, np.float64), self.recording_s, self.score_s)

    def warped(self, score: Score) -> Score:
        """The score with its notes at the recording's times; what lies before 0 s is left out."""
        onset = self.to_recording(score.onset_s)
        offset = np.maximum(self.to_recording(score.offset_s), onset + SHORTEST_S)
        before = max(-float(np.min(onset, initial=0.0)), 0.0)
        return score.retimed(onset + before, offset + before).window(before, np.inf)


@dataclass(frozen=True, eq=False)
class Alignment:
    """A score, where it lies in a recording, and how well it fits there.

    Attributes
    ----------
    tempo : the score's times and the recording's.
    score : with the recording's times.
    moved_s : how far nine of ten notes were moved at most.
    distance : mean distance of chroma and onsets along the path, 0 (equal) … 1 (nothing in common).
    """

    tempo: TempoMap
    score: Score
    moved_s: float
    distance: float


def align_score(blocks: Iterable[Floats], rate: int, score: Score) -> Alignment:
    """Find each note of a score in a recording.

    Parameters
    ----------
    blocks : the recording, arrays (channels, time), one after the other. rate : Hz.
    score : the whole of it, in the order of the recording; its tempo may be another, and it may
        begin earlier or later, or slow down where the recording does not.

    Raises
    ------
    HintError : the score holds no pitched notes, or the recording holds no sound.

    References
    ----------
    Ewert, Müller and Grosche, "High resolution audio synchronization using chroma onset features",
    ICASSP 2009; Müller, Mattes and Kurth, "An efficient multiscale approach to audio
    synchronization", ISMIR 2006.
    """
    return align_features(recording_features(blocks, rate), score)


def align_features(recording: Features, score: Score) -> Alignment:
    """As `align_score`, where the recording's features are there already."""
    pitched = score.pitched
    played, shift_s = padded_score(recording, pitched)
    path, distance = warping_path(recording, played)
    tempo = _tempo_map(path, recording, played, shift_s, pitched)
    warped = tempo.warped(score)
    moved = np.quantile(np.abs(tempo.to_recording(score.onset_s) - score.onset_s), 0.9)
    return Alignment(tempo, warped, float(moved), distance)


def placed_score(recording: Features, score: Score, how: Place = "auto") -> Score:
    """The score with its times as they are in the recording.

    Parameters
    ----------
    how : "off" trusts the score's times, "on" aligns, "auto" aligns where there is enough to align
        (`enough_to_align`) and keeps the score's times where they are right: alignment is good to
        some 20 ms, a score that was played by a machine is better than that.
    """
    if how == "off" or (how == "auto" and not enough_to_align(recording, score)):
        return score
    found = align_features(recording, score)
    if how == "auto" and found.moved_s < RIGHT_S:
        return score
    return found.score


def enough_to_align(recording: Features, score: Score) -> bool:
    """Whether there are notes and sound enough that how they fit together means something."""
    sounding_s = float(np.sum(recording.sounding)) * recording.period_s
    return len(score.pitched.part) >= MIN_NOTES and sounding_s >= MIN_S


def padded_score(recording: Features, score: Score) -> tuple[Features, float]:
    """A score's features, about as many frames as the recording has, and where its time 0 lies.

    Raises
    ------
    HintError : no notes, or no sound.
    """
    if not len(score.onset_s):
        raise HintError("the score holds no pitched notes")
    if not recording.sounding.any():
        raise HintError("the recording is silent: no score can be found in it")
    sounding = np.flatnonzero(recording.sounding)
    sounds_s = (sounding[-1] - sounding[0] + 1) * recording.period_s
    begin = float(score.onset_s[0])
    lasts_s = float(np.max(score.offset_s)) - begin
    stretch = min(max(lasts_s / sounds_s, 0.1), 10.0)
    pad_s = PAD_S * stretch
    shift_s = pad_s - begin
    moved = score.retimed(score.onset_s + shift_s, score.offset_s + shift_s)
    played = score_features(
        moved, period_s=recording.period_s * stretch, duration_s=lasts_s + 2 * pad_s
    )
    return played, shift_s


def warping_path(recording: Features, played: Features) -> tuple[Ints, float]:
    """The path through both, and the mean distance along it."""
    rows, columns = len(recording), len(played)
    band = None
    if rows * columns > COARSEST_CELLS:
        coarse, _ = warping_path(pooled(recording), pooled(played))
        band = band_around(coarse, rows=rows, columns=columns, scale=POOL, radius=RADIUS)
    path, _ = dtw(partial(_distance, recording, played), rows, columns, band=band)
    return path, float(np.mean(_distance(recording, played, path[:, 0], path[:, 1])))


def pooled(features: Features, by: int = POOL) -> Features:
    """The features with `by` frames made one."""
    frames = -(-len(features) // by)
    missing = frames * by - len(features)

    def blocks(x: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.pad(x, ((0, missing), (0, 0)), mode="edge").reshape(frames, by, -1)

    chroma = blocks(features.chroma).sum(axis=1)
    chroma[:, :12] *= (chroma[:, 12] < by)[:, None]
    silent = chroma[:, 12] > by / 2
    chroma[:, 12] = 0
    chroma[silent] = np.eye(13, dtype=np.float32)[12]
    chroma /= np.maximum(np.linalg.norm(chroma, axis=1, keepdims=True), 1e-9)
    onsets = blocks(features.onsets).max(axis=1)
    return replace(features, chroma=chroma, onsets=onsets, period_s=features.period_s * by)


def _distance(recording: Features, played: Features, i: Ints, j: Ints) -> Floats:
    """The cosine distance of the chroma and the Euclidean one of the onsets, 0 … 1."""
    cosine = 1 - np.einsum("nc,nc->n", recording.chroma[i], played.chroma[j])
    apart = np.linalg.norm(recording.onsets[i] - played.onsets[j], axis=1) / np.sqrt(2)
    result: Floats = (1 - ONSETS) * np.clip(cosine, 0, 1) + ONSETS * np.minimum(apart, 1)
    return result


def _tempo_map(
    path: Ints, recording: Features, played: Features, shift_s: float, score: Score
) -> TempoMap:
    """Anchors at the onsets of notes, where the path is surest."""
    rows = np.bincount(path[:, 1], weights=path[:, 0]) / np.bincount(path[:, 1])
    onset = np.unique(score.onset_s)
    at = (onset + shift_s) / played.period_s
    when = np.interp(at, np.arange(len(rows)), rows) * recording.period_s
    end = float(np.max(score.offset_s))
    end_at = (end + shift_s) / played.period_s
    end_when = float(np.interp(end_at, np.arange(len(rows)), rows)) * recording.period_s
    anchors = [(float(onset[0]), float(when[0]))]
    for s, r in [*zip(onset[1:], when[1:], strict=True), (end, end_when)]:
        if s - anchors[-1][0] >= ANCHOR_S and r - anchors[-1][1] >= ANCHOR_S / 4:
            anchors.append((float(s), float(r)))
    if len(anchors) < 2:
        slope = recording.period_s / played.period_s
        anchors.append((anchors[0][0] + 1.0, anchors[0][1] + slope))
    score_s, recording_s = np.array(anchors).T
    return TempoMap(score_s, recording_s)


def _interpolated(x: Floats, xs: Floats, ys: Floats) -> NDArray[np.float64]:
    """Linear between the points, and on along the first and last line beyond them."""
    first = (ys[1] - ys[0]) / (xs[1] - xs[0])
    last = (ys[-1] - ys[-2]) / (xs[-1] - xs[-2])
    inside = np.interp(x, xs, ys)
    before = np.minimum(x - xs[0], 0) * first
    after = np.maximum(x - xs[-1], 0) * last
    result: NDArray[np.float64] = inside + before + after
    return result
