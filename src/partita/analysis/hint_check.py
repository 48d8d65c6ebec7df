"""Side information beside the recording that it is said to belong to.

What cannot be right is an error; what is probably wrong is a warning with what was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.analysis.chroma import N_FFT, Features, features_of_frames
from partita.analysis.frames import magnitude_frames
from partita.analysis.mismatch import pitch_mismatch, score_mismatch
from partita.core.errors import HintError
from partita.core.hints import Activity, Examples, Hints, Lyrics, Pitch, Score
from partita.core.separator import Reader
from partita.signal.resolution import scaled_n_fft

Floats = NDArray[np.floating]

BLOCK_S = 5.0
POOR_FIT = 0.7
"""Above it, a score is probably that of another piece (see `score_mismatch`)."""
POOR_PITCH = 0.88
"""Above it, a pitch track fits no better than one at other pitches (see `pitch_mismatch`)."""
LOOKS = 400
"""Frames of a pitch track that are looked up in the recording."""
MIN_LOOKS = 40
NOTHING = np.zeros(1, np.float32)
SLACK_S = 1.0
"""A hint may reach so far beyond the end."""
HIGHEST_HZ = 5000.0
"""No source is followed above it: a pitch there is not in Hz."""


def check_against(reader: Reader, hints: Hints) -> list[str]:
    """What is probably wrong with the hints for a recording: a line each.

    Parameters
    ----------
    reader : the recording; it is read through once.

    Raises
    ------
    HintError : a hint that cannot be right: an empty score, a silent example, a pitch that is not
        in Hz, times in milliseconds.
    """
    if hints.examples is not None:
        _check_examples(hints.examples)
    if hints.score is not None and not len(hints.score.part):
        raise HintError("the score holds no notes")
    if all(h is None for h in (hints.score, hints.pitch, hints.activity, hints.lyrics)):
        return []
    if hints.pitch is not None:
        _check_unit(hints.pitch)
    seen = _look(reader, hints)
    found: list[str] = []
    if hints.score is not None:
        found.extend(_of_score(hints.score, seen))
    if hints.pitch is not None:
        found.extend(_of_pitch(hints.pitch, seen))
    for name, intervals in (("activity", hints.activity), ("lyrics", hints.lyrics)):
        if intervals is not None:
            found.extend(_of_intervals(name, intervals, seen.duration_s))
    return found


@dataclass(frozen=True, eq=False)
class _Seen:
    """What one pass over a recording gave."""

    duration_s: float
    features: Features | None
    spectra: dict[int, NDArray[np.float32]]
    period_s: float
    bin_hz: float


def _look(reader: Reader, hints: Hints) -> _Seen:
    n_fft = scaled_n_fft(N_FFT, reader.rate)
    hop = n_fft // 4
    period_s = hop / reader.rate
    wanted: set[int] = set()
    if hints.pitch is not None:
        for f0 in hints.pitch.f0_hz.values():
            wanted.update(_looks(hints.pitch.time_s, f0, period_s)[0].tolist())
    length = 0

    def samples() -> Iterator[Floats]:
        nonlocal length
        for block in reader.blocks(max(round(BLOCK_S * reader.rate), 1)):
            length += block.length
            yield block.samples

    spectra: dict[int, NDArray[np.float32]] = {}

    def frames() -> Iterator[NDArray[np.float32]]:
        first = 0
        for piece in magnitude_frames(samples(), n_fft=n_fft, hop=hop):
            for n in sorted(wanted & set(range(first, first + len(piece)))):
                spectra[n] = piece[n - first].copy()
            first += len(piece)
            yield piece

    features = None
    if hints.score is not None:
        features = features_of_frames(frames(), n_fft=n_fft, hop=hop, rate=reader.rate)
    else:
        for _ in frames() if wanted else samples():
            pass
    return _Seen(length / reader.rate, features, spectra, period_s, reader.rate / n_fft)


def _check_examples(examples: Examples) -> None:
    for clip in examples.clips:
        if not np.any(clip.audio.samples):
            raise HintError(f"the example of {clip.source} is silent: give a clip where it sounds")


def _of_score(score: Score, seen: _Seen) -> list[str]:
    assert seen.features is not None
    found = []
    lasts_s = float(np.max(score.offset_s))
    if lasts_s > 2 * seen.duration_s + SLACK_S or 2 * lasts_s + SLACK_S < seen.duration_s:
        found.append(f"the score lasts {lasts_s:.0f} s, the recording {seen.duration_s:.0f} s")
    mismatch = score_mismatch(seen.features, score)
    if mismatch is not None and mismatch > POOR_FIT:
        found.append(
            f"the score fits the recording badly: mismatch {mismatch:.2f}, where 0.3 to 0.6 is "
            "usual and 1 is chance; is it another piece, another key, or one part of many?"
        )
    return found


def _check_unit(pitch: Pitch) -> None:
    for name, f0 in pitch.f0_hz.items():
        voiced = f0[f0 > 0]
        if len(voiced) and float(np.median(voiced)) > HIGHEST_HZ:
            raise HintError(
                f"the pitch of {name} lies about {np.median(voiced):.0f} and cannot be in Hz; "
                "convert cents to Hz first"
            )


def _of_pitch(pitch: Pitch, seen: _Seen) -> list[str]:
    last_s = float(pitch.time_s[-1]) if len(pitch.time_s) else 0.0
    if last_s > 20 * seen.duration_s + SLACK_S:
        raise HintError(
            f"the pitch track reaches {last_s:.0f} s in a recording of {seen.duration_s:.1f} s: "
            "are its times milliseconds? Then call its first column time_ms"
        )
    found = []
    if last_s > seen.duration_s + SLACK_S:
        found.append(
            f"the pitch track reaches {last_s:.1f} s, the recording {seen.duration_s:.1f} s"
        )
    elif seen.duration_s > SLACK_S and last_s < 0.5 * seen.duration_s:
        found.append(
            f"the pitch track ends at {last_s:.1f} s of {seen.duration_s:.1f} s; "
            "what comes after counts as unvoiced"
        )
    for name, f0 in pitch.f0_hz.items():
        found.extend(_of_track(name, pitch.time_s, f0, seen))
    return found


def _of_track(name: str, time_s: Floats, f0_hz: Floats, seen: _Seen) -> list[str]:
    if not np.any(f0_hz > 0):
        return [f"the pitch of {name} is unvoiced everywhere"]
    frames, f0 = _looks(time_s, f0_hz, seen.period_s)
    heard = [n for n, frame in enumerate(frames) if seen.spectra.get(int(frame), NOTHING).any()]
    if len(heard) < MIN_LOOKS:
        return []
    spectra, f0 = np.stack([seen.spectra[int(n)] for n in frames[heard]]), f0[heard]
    mismatch = pitch_mismatch(spectra, f0, bin_hz=seen.bin_hz)
    if mismatch <= POOR_PITCH:
        return []
    text = (
        f"the pitch of {name} fits the recording no better than another would: mismatch "
        f"{mismatch:.2f}, where 1 is chance"
    )
    if float(np.max(f0)) < 128:
        as_midi = pitch_mismatch(spectra, 440.0 * 2 ** ((f0 - 69) / 12), bin_hz=seen.bin_hz)
        if as_midi < min(mismatch, POOR_PITCH):
            raise HintError(
                f"the pitch of {name} is in MIDI note numbers (they fit, with a mismatch of "
                f"{as_midi:.2f}); convert them to Hz first"
            )
    return [f"{text}; does it belong to this recording?"]


def _looks(time_s: Floats, f0_hz: Floats, period_s: float) -> tuple[NDArray[np.intp], Floats]:
    """Frames of the recording at which a track is looked up, and its pitch there."""
    voiced = np.flatnonzero(f0_hz > 0)
    if len(voiced) > LOOKS:
        voiced = voiced[np.linspace(0, len(voiced) - 1, LOOKS).astype(int)]
    return np.round(time_s[voiced] / period_s).astype(np.intp), f0_hz[voiced]


def _of_intervals(name: str, hint: Activity | Lyrics, duration_s: float) -> list[str]:
    if not len(hint.start_s):
        return []
    beyond = int(np.sum(hint.end_s > duration_s + SLACK_S))
    if np.all(hint.start_s >= duration_s):
        raise HintError(
            f"the {name} begins at {np.min(hint.start_s):.1f} s, after the recording's end at "
            f"{duration_s:.1f} s"
        )
    if not beyond:
        return []
    return [
        f"the {name}: {beyond} of {len(hint.start_s)} intervals reach beyond the recording's end "
        f"at {duration_s:.1f} s"
    ]
