"""Many songs to scores: in parallel, resumable, each song on its own.

A song's scores depend on the bytes of its files, its hints, the metrics, the systems and the
version. With a folder for results they are kept there under a key made of these, so that a run that
was killed goes on where it was, and a changed file is scored anew.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from partita._version import __version__
from partita.core.audio import Audio, Stems
from partita.core.digest import digest
from partita.core.errors import InputError, PartitaError, PartitaWarning
from partita.core.hints import Hints, References
from partita.core.scores import Scores
from partita.core.separator import Separator
from partita.core.track import Track
from partita.datasets.files import StemFiles
from partita.engines.registry import create
from partita.evaluate.evidence import gather
from partita.evaluate.material import common_length, key_of, load_material
from partita.evaluate.preflight import preflight
from partita.evaluate.results import Scored, find_kept, keep, tables_of, write_list
from partita.evaluate.score import DEFAULT_METRICS, score_stems
from partita.jobs.separate import separate

ESTIMATE, MIXTURE, ORACLE = "estimate", "mixture", "oracle"
ORACLE_ENGINE = "ideal_ratio_mask"


@dataclass(frozen=True)
class Task:
    """One song to score.

    Parameters
    ----------
    track : its true stems, and the recording.
    estimate : its estimates, an engine that makes them, or an error that stands in their way.
    metrics : names out of `partita.metrics.names()`.
    baselines : out of "mixture" (every stem estimated by the recording) and "oracle" (by the
        ideal ratio mask).
    evidence : whether sound and causes of errors are kept for a report, see `evaluate.evidence`.
    """

    track: Track
    estimate: StemFiles | Separator | InputError
    metrics: Sequence[str] = DEFAULT_METRICS
    baselines: Sequence[str] = ()
    evidence: bool = False


def score_songs(
    tasks: Sequence[Task],
    *,
    name: str = ESTIMATE,
    results: Path | None = None,
    workers: int = 1,
    finished: Callable[[Scored], None] | None = None,
) -> tuple[dict[str, Scores], list[Scored]]:
    """The scores of every system over all songs, and what came of each song, in order.

    Parameters
    ----------
    name : what is evaluated, for the list in the folder of results.
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
    if results is not None:
        write_list(results, name, ordered)
    return tables_of(ordered), ordered


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
    name = task.track.id
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartitaWarning)
        try:
            if isinstance(task.estimate, InputError):
                raise task.estimate
            kept = None
            if results is not None:
                kept = results / _file_name(task, key_of(task.track, task.estimate))
            if kept and (found := find_kept(kept, song=name, evidence=task.evidence)):
                return found
            scored = replace(_score(task, task.estimate), warnings=_texts(caught))
            if kept:
                scored = keep(kept, scored)
        except (PartitaError, OSError) as error:
            return Scored(name, error=str(error), warnings=_texts(caught))
    return scored


def _score(task: Task, estimate: StemFiles | Separator) -> Scored:
    material = load_material(task.track, estimate)
    name, mix = material.track, material.mix
    truth, guess = material.compared()
    findings = tuple(str(finding) for finding in preflight(truth, guess, mix))
    truth, guess = common_length(truth, guess, name)
    mix = Audio(mix.samples[:, : truth.length], mix.rate)
    evidence = gather(truth, guess, mix, track=name) if task.evidence else None
    systems = {ESTIMATE: guess}
    if MIXTURE in task.baselines:
        systems[MIXTURE] = Stems(truth.names, np.stack([mix.samples] * len(truth)), truth.rate)
    if ORACLE in task.baselines:
        systems[ORACLE] = separate(
            mix, engine=ORACLE_ENGINE, hints=Hints(references=References(truth))
        )
    tables = {
        system: score_stems(truth, stems, track=name, metrics=task.metrics, mix=mix)
        for system, stems in systems.items()
    }
    return Scored(name, tables, findings, evidence=evidence)


def _file_name(task: Task, key: str) -> str:
    """A name that changes with everything that the scores depend on."""
    systems = sorted(task.baselines), repr(create(ORACLE_ENGINE))
    found = digest(__version__, sorted(task.metrics), systems, key)
    return f"{found[:32]}.npz"


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
