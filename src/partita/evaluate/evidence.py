"""What an evaluation keeps of a song besides figures, to show why they are what they are.

The parts of every frame's error, the worst seconds with their sound, and one longer excerpt.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.errors import InputError
from partita.core.names import printable
from partita.evaluate.causes import CAUSES, ErrorParts, causes_of, error_parts, other_sources
from partita.evaluate.excerpts import FINE, SMALL, Excerpt, cut, spectrogram
from partita.evaluate.levels import frame_levels
from partita.evaluate.worst import badness, worst_frames
from partita.metrics.silence import STATES, THRESHOLD_DB

EACH = 3
"""Worst seconds kept of each stem of each song."""

AROUND_S = 2.0
"""Sound kept before and after a worst second."""

EXCERPT_S, WHOLE_S = 10.0, 30.0
"""Sound kept of each song and stem; of a song up to so long, all of it."""

REFERENCE, ESTIMATE, MIXTURE = "reference", "estimate", "mixture"
VERSION = 1


@dataclass(frozen=True, eq=False)
class Moment:
    """One of the worst seconds of a stem.

    Attributes
    ----------
    target : the stem.
    frame : its number in the song, from 0.
    badness_db : see `evaluate.worst`.
    excerpt : "reference", "estimate" and "mixture", with some sound before and after.
    pictures : the same names -> spectrogram, see `evaluate.excerpts`.
    """

    target: str
    frame: int
    badness_db: float
    excerpt: Excerpt
    pictures: Mapping[str, NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Evidence:
    """One song.

    Attributes
    ----------
    track : its name.
    parts : stem -> the parts of its error. sources : stem -> who bleeds, a name for each row of
        `parts[stem].sources`.
    moments : the worst seconds, the worst first.
    excerpt : "mixture", and "STEM/reference" and "STEM/estimate" of every stem.
    """

    track: str
    parts: Mapping[str, ErrorParts]
    sources: Mapping[str, tuple[str, ...]]
    moments: tuple[Moment, ...]
    excerpt: Excerpt


def gather(reference: Stems, estimate: Stems, mix: Audio, *, track: str) -> Evidence:
    """The evidence of one song's estimates.

    Parameters
    ----------
    reference, estimate : equal in rate, channels and length; the stems that both have count.
    mix : the recording, as long.
    track : the song's name.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = Stems(("voice", "drums"), 0.1 * rng.standard_normal((2, 1, 24000)), 8000)
    >>> mix = Audio(truth.samples.sum(axis=0), 8000)
    >>> guess = Stems(truth.names, np.stack([mix.samples] * 2), 8000)
    >>> found = gather(truth, guess, mix, track="song")
    >>> found.sources["voice"], sorted(found.moments[0].excerpt.sounds)
    (('drums',), ['estimate', 'mixture', 'reference'])
    """
    names = [name for name in reference if name in estimate]
    parts: dict[str, ErrorParts] = {}
    sources: dict[str, tuple[str, ...]] = {}
    moments: list[Moment] = []
    sounding = np.zeros(len(frame_levels(mix.samples, mix.rate)))
    for name in names:
        s, guess = reference[name].samples, estimate[name].samples
        sources[name], others = other_sources(name, reference, mix)
        parts[name] = error_parts(s, guess, others, reference.rate)
        levels = frame_levels(s, reference.rate), frame_levels(guess, reference.rate)
        sounding += levels[0] >= THRESHOLD_DB
        signals = {REFERENCE: s, ESTIMATE: guess, MIXTURE: mix.samples}
        moments += _moments(name, signals, levels, parts[name], reference.rate)
    moments.sort(key=lambda moment: -moment.badness_db)
    signals = {MIXTURE: mix.samples}
    for name in names:
        signals[f"{name}/{REFERENCE}"] = reference[name].samples
        signals[f"{name}/{ESTIMATE}"] = estimate[name].samples
    start_s, stop_s = 0.0, mix.duration_s
    if stop_s > WHOLE_S:
        start_s = _fullest(sounding, frame_levels(mix.samples, mix.rate))
        stop_s = min(start_s + EXCERPT_S, stop_s)
    excerpt = cut(signals, mix.rate, start_s=start_s, stop_s=stop_s, compression=SMALL)
    return Evidence(track, parts, sources, tuple(moments), excerpt)


def write_evidence(path: Path, evidence: Evidence) -> None:
    """Write to an .npz file, without pickling."""
    blobs: list[NDArray[Any]] = []

    def kept(excerpt: Excerpt) -> dict[str, Any]:
        names = {}
        for name, data in excerpt.sounds.items():
            names[name] = len(blobs)
            blobs.append(np.frombuffer(data, np.uint8))
        return {**asdict(excerpt), "sounds": names}

    def pictured(pictures: Mapping[str, NDArray[np.uint8]]) -> dict[str, int]:
        names = {}
        for name, picture in pictures.items():
            names[name] = len(blobs)
            blobs.append(picture)
        return names

    content = {
        "version": VERSION,
        "track": evidence.track,
        "sources": evidence.sources,
        "excerpt": kept(evidence.excerpt),
        "moments": [
            {
                "target": moment.target,
                "frame": moment.frame,
                "badness_db": moment.badness_db,
                "excerpt": kept(moment.excerpt),
                "pictures": pictured(moment.pictures),
            }
            for moment in evidence.moments
        ],
    }
    arrays: dict[str, Any] = {f"blob/{n}": blob for n, blob in enumerate(blobs)}
    for n, parts in enumerate(evidence.parts.values()):
        for name in (*CAUSES, "sources"):
            arrays[f"parts/{n}/{name}"] = getattr(parts, name)
    arrays["content"] = np.array(json.dumps(content))
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)


def read_evidence(path: Path) -> Evidence:
    """What `write_evidence` wrote.

    Raises
    ------
    InputError : missing, or something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            content = json.loads(str(arrays["content"]))
            if content["version"] != VERSION:
                raise ValueError(f"version {content['version']}, not {VERSION}")
            parts = {
                target: ErrorParts(*(arrays[f"parts/{n}/{name}"] for name in (*CAUSES, "sources")))
                for n, target in enumerate(content["sources"])
            }
            moments = tuple(
                Moment(
                    each["target"],
                    each["frame"],
                    each["badness_db"],
                    _excerpt(each["excerpt"], arrays),
                    {name: arrays[f"blob/{n}"] for name, n in each["pictures"].items()},
                )
                for each in content["moments"]
            )
            sources = {target: tuple(names) for target, names in content["sources"].items()}
            excerpt = _excerpt(content["excerpt"], arrays)
            return Evidence(content["track"], parts, sources, moments, excerpt)
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{printable(path)} holds no evidence of a song: {error}") from error


def _moments(
    target: str,
    signals: Mapping[str, NDArray[np.float32]],
    levels: Sequence[NDArray[np.float64]],
    parts: ErrorParts,
    rate: int,
) -> list[Moment]:
    silent = [level < THRESHOLD_DB for level in levels]
    states = np.array(STATES)[silent[0] + 2 * silent[1]]
    with np.errstate(divide="ignore"):
        bad = badness(levels[0], 10 * np.log10(parts.total))
    duration_s = signals[MIXTURE].shape[1] / rate
    found = []
    for frame in worst_frames(bad, causes_of(states, parts), count=EACH):
        start_s, stop_s = max(frame - AROUND_S, 0.0), min(frame + 1 + AROUND_S, duration_s)
        excerpt = cut(signals, rate, start_s=start_s, stop_s=stop_s, compression=FINE)
        a, b = round(start_s * rate), round(stop_s * rate)
        pictures = {name: spectrogram(x[:, a:b], rate) for name, x in signals.items()}
        found.append(Moment(target, frame, float(bad[frame]), excerpt, pictures))
    return found


def _fullest(sounding: NDArray[np.float64], mix_dbfs: NDArray[np.float64]) -> float:
    """Where the excerpt starts, s: where most stems sound; of such places, where it is loudest."""
    width = round(EXCERPT_S)
    sums = np.convolve(sounding, np.ones(width), "valid")
    loud = np.convolve(10 ** (mix_dbfs / 10), np.ones(width), "valid")
    return float(np.lexsort((-loud, -sums))[0])


def _excerpt(content: dict[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Excerpt:
    sounds = {name: arrays[f"blob/{n}"].tobytes() for name, n in content["sounds"].items()}
    return Excerpt(content["start_s"], content["duration_s"], content["gain_db"], sounds)
