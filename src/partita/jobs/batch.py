"""Many files, one after the other: a bad one changes nothing for the others."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from partita.core.errors import Cancelled, InputError, PartitaError, PartitaWarning
from partita.core.names import printable
from partita.core.separator import Session
from partita.jobs.naming import distinct, track_name
from partita.jobs.request import Request
from partita.jobs.selection import Selection
from partita.jobs.work import separate_file


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Attributes
    ----------
    status : "done", "failed" (see error) or "cancelled".
    stems : name -> file; empty unless done.
    duration_s, seconds : of the recording, and of the work.
    gain_db : what all stems were turned down by, so that none clips; 0 or below.
    warnings : one line each.
    """

    input: Path
    status: Literal["done", "failed", "cancelled"]
    stems: dict[str, Path] = field(default_factory=dict)
    duration_s: float = 0.0
    seconds: float = 0.0
    gain_db: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str = ""


FileProgress = Callable[[Path, float], bool | None]
"""Called with the input and the fraction of it that is done; returning False stops the batch."""


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
    outcomes: list[Outcome] = []
    with request.engine.open(request.device, request.threads) as session:
        for item in inputs:
            if isinstance(item, InputError):
                outcome = Outcome(Path(), "failed", error=str(item))
            else:
                outcome = _attempt(item, next(tracks), request, selection, session, progress)
            outcomes.append(outcome)
            if finished:
                finished(outcome)
            if outcome.status == "cancelled":
                break
    return outcomes


def _attempt(
    path: Path,
    track: str,
    request: Request,
    selection: Selection,
    session: Session,
    progress: FileProgress | None,
) -> Outcome:
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartitaWarning)
        status: Literal["failed", "cancelled"] = "failed"
        try:
            written = separate_file(
                path,
                track,
                request,
                selection,
                session,
                progress=(lambda done: progress(path, done)) if progress else None,
                warned=lambda: _texts(caught),
            )
            return Outcome(
                path,
                "done",
                stems=written.stems,
                duration_s=written.duration_s,
                seconds=time.monotonic() - began,
                gain_db=written.gain_db,
                warnings=_texts(caught),
            )
        except Cancelled as error:
            status, text = "cancelled", str(error)
        except PartitaError as error:
            text = str(error)
        except OSError as error:
            text = f"{printable(path)}: {error.strerror or error}"
        except MemoryError:
            text = f"{printable(path)}: not enough memory"
        return Outcome(path, status, warnings=_texts(caught), error=text)


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
