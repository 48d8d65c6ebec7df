"""Many songs to scores: in parallel, resumable, each song on its own.

A song's scores depend on the bytes of its files, the metrics, the systems and the version. With a
folder for results they are kept there under a key made of these, so that a run that was killed goes
on where it was, and a changed file is scored anew.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from partita._version import __version__
from partita.core.audio import Audio, Stems
from partita.core.errors import InputError, PartitaError, PartitaWarning
from partita.core.hints import Hints, References
from partita.core.names import printable
from partita.core.scores import COLUMNS, Scores
from partita.core.separator import Separator
from partita.engines.registry import create, to_toml
from partita.evaluate.preflight import preflight
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.evaluate.songs import Song, common_length, load_mix, load_stems
from partita.jobs.key import sha256_of
from partita.jobs.separate import separate

ESTIMATE, MIXTURE, ORACLE = "estimate", "mixture", "oracle"
ORACLE_ENGINE = "ideal_ratio_mask"


@dataclass(frozen=True)
class Task:
    """One song to score.

    Parameters
    ----------
    song : its true stems.
    estimate : its estimates, an engine that makes them, or an error that stands in their way.
    metrics : names out of `partita.metrics.names()`.
    baselines : out of "mixture" (every stem estimated by the recording) and "oracle" (by the
        ideal ratio mask).
    """

    song: Song
    estimate: Song | Separator | InputError
    metrics: Sequence[str] = DEFAULT_METRICS
    baselines: Sequence[str] = ()


@dataclass(frozen=True)
class Scored:
    """What came of a task: scores of each system and what preflight found, or an error."""

    song: str
    systems: Mapping[str, Scores] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    error: str = ""
    warnings: tuple[str, ...] = ()


def score_songs(
    tasks: Sequence[Task],
    *,
    results: Path | None = None,
    workers: int = 1,
    finished: Callable[[Scored], None] | None = None,
) -> tuple[dict[str, Scores], list[Scored]]:
    """The scores of every system over all songs, and what came of each song, in order.

    Parameters
    ----------
    results : a folder where finished songs are kept and found again.
    workers : processes.
    finished : called once a song, as each is done.
    """
    if results is not None:
        results.mkdir(parents=True, exist_ok=True)
    done: dict[int, Scored] = {}
    for index, scored in _all(tasks, results, workers):
        done[index] = scored
        if finished:
            finished(scored)
    ordered = [done[index] for index in range(len(tasks))]
    systems = dict.fromkeys(name for scored in ordered for name in scored.systems)
    tables = {
        name: Scores.concatenate(s.systems[name] for s in ordered if name in s.systems)
        for name in systems
    }
    return tables, ordered


def _all(tasks: Sequence[Task], results: Path | None, workers: int) -> Iterator[tuple[int, Scored]]:
    if workers <= 1 or len(tasks) <= 1:
        for index, task in enumerate(tasks):
            yield index, score_song(task, results)
        return
    # Not forked: decoders and BLAS hold threads that a fork would lose.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(score_song, task, results): i for i, task in enumerate(tasks)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def score_song(task: Task, results: Path | None = None) -> Scored:
    """Score one song; an error that a file causes is its outcome, not an exception."""
    name = task.song.name
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartitaWarning)
        try:
            if isinstance(task.estimate, InputError):
                raise task.estimate
            kept = None if results is None else results / _key(task)
            if kept and kept.exists():
                return replace(_kept(kept), song=name)
            systems, findings = _score(task)
            scored = Scored(name, systems, findings, warnings=_texts(caught))
            if kept:
                _keep(kept, scored)
        except (PartitaError, OSError) as error:
            return Scored(name, error=str(error), warnings=_texts(caught))
    return scored


def _score(task: Task) -> tuple[dict[str, Scores], tuple[str, ...]]:
    truth = load_stems(task.song)
    mix = load_mix(task.song, truth)
    guess = _estimate(task, truth, mix)
    findings = tuple(str(finding) for finding in preflight(truth, guess, mix))
    truth, guess = common_length(truth, guess, task.song.name)
    mix = Audio(mix.samples[:, : truth.length], mix.rate)
    systems = {ESTIMATE: guess}
    if MIXTURE in task.baselines:
        systems[MIXTURE] = Stems(truth.names, np.stack([mix.samples] * len(truth)), truth.rate)
    if ORACLE in task.baselines:
        systems[ORACLE] = separate(
            mix, engine=ORACLE_ENGINE, hints=Hints(references=References(truth))
        )
    name = task.song.name
    tables = {
        system: score_stems(truth, stems, track=name, metrics=task.metrics, mix=mix)
        for system, stems in systems.items()
    }
    return tables, findings


def _estimate(task: Task, truth: Stems, mix: Audio) -> Stems:
    if isinstance(task.estimate, Song):
        return load_stems(task.estimate, truth.names)
    assert not isinstance(task.estimate, InputError)
    hints = Hints(references=References(truth)) if task.estimate.requires else Hints()
    have = task.estimate.stems or truth.names
    wanted = [name for name in truth if name in have or name.removeprefix("no_") in have]
    if not wanted:
        raise InputError(
            f"{printable(task.song.name)}: engine {task.estimate.name} gives "
            f"{', '.join(have)}, the song has {', '.join(truth)}"
        )
    return separate(mix, engine=task.estimate, stems=wanted, hints=hints)


def _key(task: Task) -> str:
    """A file name that changes with everything that the scores depend on."""
    digest = hashlib.sha256(f"{__version__} {sorted(task.metrics)} ".encode())
    digest.update(f"{sorted(task.baselines)} {create(ORACLE_ENGINE)!r}".encode())
    songs = [task.song, task.estimate] if isinstance(task.estimate, Song) else [task.song]
    if not isinstance(task.estimate, Song | InputError):
        digest.update(to_toml(task.estimate).encode())
    for song in songs:
        files = dict(song.stems) | ({"mixture": song.mixture} if song.mixture else {})
        for stem, path in sorted(files.items()):
            digest.update(f"{stem} {sha256_of(path)} ".encode(errors="surrogateescape"))
    return f"{digest.hexdigest()[:32]}.npz"


def _keep(path: Path, scored: Scored) -> None:
    arrays = {
        f"{system}/{column}": getattr(scores, column)
        for system, scores in scored.systems.items()
        for column in COLUMNS
    }
    arrays["findings"] = np.array(scored.findings, dtype=np.str_)
    arrays["warnings"] = np.array(scored.warnings, dtype=np.str_)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)


def _kept(path: Path) -> Scored:
    with np.load(path, allow_pickle=False) as arrays:
        names = dict.fromkeys(name.split("/")[0] for name in arrays.files if "/" in name)
        systems = {s: Scores(*(arrays[f"{s}/{column}"] for column in COLUMNS)) for s in names}
        lines = (tuple(arrays[name].tolist()) for name in ("findings", "warnings"))
        findings, warned = lines
    return Scored("", systems, findings, warnings=warned)


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
