"""Many files, one after the other: a bad one changes nothing for the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from partita.core.errors import InputError
from partita.jobs.naming import distinct, track_name
from partita.jobs.outcome import FileProgress, Outcome, attempt
from partita.jobs.request import Request
from partita.jobs.work_folder import remove_empty, remove_forgotten


def run_batch(
    inputs: Sequence[Path | InputError],
    request: Request,
    *,
    progress: FileProgress | None = None,
    finished: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Separate every input; an outcome for each, in order.

    Parameters
    ----------
    inputs : as `find_inputs` gives them.
    progress : called several times a file. finished : called once a file, with its outcome.

    Raises
    ------
    UsageError, HintError : before any work, if the request itself makes no sense.
    """
    selection = request.check()
    tracks = iter(distinct([track_name(i) for i in inputs if isinstance(i, Path)]))
    made = [folder for folder in (request.root, request.folder) if not folder.exists()]
    outcomes: list[Outcome] = []
    with request.engine.open(request.device, request.threads) as session:
        remove_forgotten(request.root)
        try:
            for item in inputs:
                if isinstance(item, InputError):
                    outcome = Outcome(Path(), "failed", error=str(item))
                else:
                    told = _for_file(progress, item)
                    outcome = attempt(item, next(tracks), request, selection, session, told)
                outcomes.append(outcome)
                if finished:
                    finished(outcome)
                if outcome.status == "cancelled":
                    break
        finally:
            remove_empty(*made)
    return outcomes


def _for_file(progress: FileProgress | None, path: Path) -> Callable[[float], bool | None] | None:
    if progress is None:
        return None
    return lambda done: progress(path, done)
