"""Many files, one after the other or several at a time: a bad one changes nothing for others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from partita.core.errors import InputError, UsageError
from partita.core.names import distinct
from partita.jobs.hint_files import FLAGS, TRACK
from partita.jobs.naming import names_tracks, track_name
from partita.jobs.outcome import FileProgress, Outcome, attempt
from partita.jobs.request import Request
from partita.jobs.work_folder import remove_empty, remove_forgotten
from partita.jobs.workers import Task, run_workers


def run_batch(
    inputs: Sequence[Path | InputError],
    request: Request,
    *,
    workers: int = 1,
    progress: FileProgress | None = None,
    finished: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Separate every input; an outcome for each, in order.

    Parameters
    ----------
    inputs : as `find_inputs` gives them.
    workers : processes; above 1 a script needs `if __name__ == "__main__":` around its work.
    progress : called several times a file. finished : called once a file, with its outcome, as
        each is done.

    Returns
    -------
    Outcomes in the order of the inputs; after a cancel, of those that were begun.

    Raises
    ------
    UsageError, HintError, InputError : before any work, if the request itself makes no sense, or
        one of its hint files.
    """
    request = request.ready()
    if workers < 1:
        raise UsageError(f"a batch needs at least 1 worker, got {workers}")
    outcomes: dict[int, Outcome] = {}

    def take(number: int, outcome: Outcome) -> None:
        outcomes[number] = outcome
        if finished:
            finished(outcome)

    tasks: dict[int, Task] = {}
    names = iter(distinct([track_name(i) for i in inputs if isinstance(i, Path)]))
    for number, item in enumerate(inputs):
        if isinstance(item, Path):
            tasks[number] = Task(item, next(names))
    if len(tasks) > 1 and not names_tracks(request.places):
        raise UsageError(
            f"--filename {request.places!r} gives every recording the same place: add {{track}}"
        )
    _check_shared(request, len(tasks))
    made = [folder for folder in (request.root, request.folder) if not folder.exists()]
    remove_forgotten(request.root)
    try:
        if workers > 1 and len(tasks) > 1:
            _in_workers(inputs, tasks, request, workers, progress, take)
        else:
            _here(inputs, tasks, request, progress, take)
    finally:
        remove_empty(*made)
    return [outcomes[number] for number in sorted(outcomes)]


Take = Callable[[int, Outcome], None]


def _here(
    inputs: Sequence[Path | InputError],
    tasks: dict[int, Task],
    request: Request,
    progress: FileProgress | None,
    take: Take,
) -> None:
    """One file after the other, in this process."""
    with request.engine.open(request.device, request.threads) as session:
        for number, item in enumerate(inputs):
            if isinstance(item, InputError):
                take(number, _refused(item))
                continue
            told = partial(progress, item) if progress else None
            outcome = attempt(item, tasks[number].track, request, session, told)
            take(number, outcome)
            if outcome.status == "cancelled":
                return


def _in_workers(
    inputs: Sequence[Path | InputError],
    tasks: dict[int, Task],
    request: Request,
    workers: int,
    progress: FileProgress | None,
    take: Take,
) -> None:
    """Several files at a time, each in a process of its own."""
    for number, item in enumerate(inputs):
        if isinstance(item, InputError):
            take(number, _refused(item))
    numbers = list(tasks)
    run_workers(
        list(tasks.values()),
        request,
        workers=workers,
        progress=progress,
        finished=lambda task, outcome: take(numbers[task], outcome),
    )


def _check_shared(request: Request, recordings: int) -> None:
    """Refuse one score, or the like, for several recordings."""
    timed = [name for name in request.hints.given if name != "examples"]
    if recordings > 1 and timed:
        flag = FLAGS.get(timed[0])
        how = f"put {TRACK} into the name that {flag} gives, or " if flag else ""
        raise UsageError(
            f"one {timed[0]} hint cannot belong to {recordings} recordings: {how}"
            "separate them one at a time"
        )


def _refused(error: InputError) -> Outcome:
    return Outcome(Path(), "failed", error=str(error))
