"""Side information beside the recording that it is said to belong to.

What cannot be right is an error; what is probably wrong is a warning with what was measured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.analysis.chroma import N_FFT, Features, features_of_frames
from partita.analysis.frames import magnitude_frames
from partita.analysis.mismatch import odd_to_even, pitch_mismatch, score_mismatch
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
SHORTEST_S = 0.1
"""Of an example: about one frame."""
FULL_RATE = 22050
"""Hz; an example at this rate or above it holds nearly all that matters."""
SLACK_S = 1.0
"""A hint may reach so far beyond the end."""
LOWEST_HZ, HIGHEST_HZ = 20.0, 5000.0
"""No source is followed below or above: a pitch there is not in Hz."""
USUAL_HZ = (40.0, 2500.0)
"""Out of it, a pitch is looked at as if it were in another unit."""
BETTER = 0.1
"""By so much another unit must fit better, to be told."""
SURE_PITCH = 0.7
"""Only below this mismatch a unit or an octave is told: what fits badly has neither."""
TOO_LOW, TOO_HIGH = 0.5, 0.65
"""Of `odd_to_even`: below it at the pitch given, above it an octave lower."""
UNITS: tuple[tuple[str, Callable[[Floats], Floats]], ...] = (
    ("MIDI note numbers", lambda x: 440 * 2 ** ((x - 69) / 12)),
    ("cents above 10 Hz", lambda x: 10 * 2 ** (x / 1200)),
    ("cents above 55 Hz", lambda x: 55 * 2 ** (x / 1200)),
    ("cents above 440 Hz", lambda x: 440 * 2 ** (x / 1200)),
    ("hundredths of MIDI note numbers", lambda x: 440 * 2 ** ((x - 6900) / 1200)),
    ("kHz", lambda x: 1000 * x),
    ("periods in seconds", lambda x: 1 / x),
    ("periods in milliseconds", lambda x: 1000 / x),
)


def check_against(reader: Reader, hints: Hints) -> list[str]:
    """What is probably wrong with the hints for a recording: a line each.

    Parameters
    ----------
    reader : the recording; it is read through once.

    Raises
    ------
    HintError : a hint that cannot be right: an empty score, an example that is silent or too short,
        a pitch that is not in Hz, times in milliseconds.
    """
    found = [] if hints.examples is None else _of_examples(hints.examples, reader.rate)
    if hints.score is not None and not len(hints.score.part):
        raise HintError("the score holds no notes")
    if all(h is None for h in (hints.score, hints.pitch, hints.activity, hints.lyrics)):
        return found
    seen = _look(reader, hints)
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


def _of_examples(examples: Examples, rate: int) -> list[str]:
    found = []
    for clip in examples.clips:
        if not np.any(clip.audio.samples):
            raise HintError(f"the example of {clip.source} is silent: give a clip where it sounds")
        if clip.audio.duration_s < SHORTEST_S:
            raise HintError(
                f"the example of {clip.source} lasts {1000 * clip.audio.duration_s:.3g} ms: "
                f"give at least {SHORTEST_S:g} s, better ten"
            )
        if clip.audio.rate < min(rate, FULL_RATE):
            found.append(
                f"the example of {clip.source} has {clip.audio.rate} samples a second, the "
                f"recording {rate}: above {clip.audio.rate / 2:.0f} Hz nothing is known of it"
            )
    return found


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
    voiced = f0_hz[f0_hz > 0]
    if not len(voiced):
        return [f"the pitch of {name} is unvoiced everywhere"]
    median = float(np.median(voiced))
    spectra, f0 = _looked_up(time_s, f0_hz, seen)
    mismatch = None
    if len(f0) >= MIN_LOOKS:
        mismatch = pitch_mismatch(spectra, f0, bin_hz=seen.bin_hz)
        if mismatch > POOR_PITCH or not USUAL_HZ[0] <= median <= USUAL_HZ[1]:
            _refuse_another_unit(name, spectra, f0, mismatch, seen.bin_hz)
    if not LOWEST_HZ <= median <= HIGHEST_HZ:
        raise HintError(
            f"the pitch of {name} lies about {median:.4g} and cannot be in Hz; convert it to Hz "
            "first"
        )
    if mismatch is not None and mismatch > POOR_PITCH:
        return [
            f"the pitch of {name} fits the recording no better than another would: mismatch "
            f"{mismatch:.2f}, where 1 is chance; does it belong to this recording?"
        ]
    if mismatch is not None and mismatch < SURE_PITCH:
        return _of_octave(name, spectra, f0, seen.bin_hz)
    return []


def _of_octave(name: str, spectra: Floats, f0_hz: Floats, bin_hz: float) -> list[str]:
    below = odd_to_even(spectra, f0_hz / 2, bin_hz=bin_hz)
    if below > TOO_HIGH:
        return [
            f"the pitch of {name} may be an octave too high: what lies between its partials stands "
            f"out {below:.1f} times as far as they do"
        ]
    here = odd_to_even(spectra, f0_hz, bin_hz=bin_hz)
    if here < TOO_LOW:
        return [
            f"the pitch of {name} may be an octave too low: every other partial stands out only "
            f"{here:.1f} times as far as the rest"
        ]
    return []


def _refuse_another_unit(
    name: str, spectra: Floats, values: Floats, mismatch: float, bin_hz: float
) -> None:
    """An error if the values fit well in another unit than Hz."""
    fits = {}
    for unit, to_hz in UNITS:
        with np.errstate(over="ignore"):
            f0 = to_hz(values)
        low, high = np.percentile(f0, (5, 95))
        if low >= LOWEST_HZ and high <= HIGHEST_HZ:
            f0 = np.clip(f0, LOWEST_HZ, HIGHEST_HZ)
            fits[unit] = pitch_mismatch(spectra, f0, bin_hz=bin_hz)
    best = min(fits, key=fits.__getitem__, default="")
    if best and fits[best] < min(mismatch - BETTER, SURE_PITCH):
        raise HintError(
            f"the pitch of {name} is in {best} (they fit, with a mismatch of {fits[best]:.2f}); "
            "convert them to Hz first"
        )


def _looked_up(time_s: Floats, f0_hz: Floats, seen: _Seen) -> tuple[Floats, Floats]:
    """Spectra of the recording and the track's pitch, where it is voiced and there is sound."""
    frames, f0 = _looks(time_s, f0_hz, seen.period_s)
    heard = [n for n, frame in enumerate(frames) if seen.spectra.get(int(frame), NOTHING).any()]
    found = [seen.spectra[int(n)] for n in frames[heard]]
    return np.stack(found) if found else np.zeros((0, 1)), f0[heard]


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
