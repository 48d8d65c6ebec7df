"""What became of one input of a batch."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from partita.core.errors import Cancelled, PartitaError, PartitaWarning
from partita.core.names import printable
from partita.core.separator import Session
from partita.jobs.explain import KeptState, explain_file
from partita.jobs.request import Request
from partita.jobs.streaming import Progress
from partita.jobs.work import separate_file

Status = Literal["done", "kept", "failed", "cancelled"]


@dataclass(frozen=True)
class Outcome:
    """What became of one input.

    Attributes
    ----------
    status : "done", "kept" (it was done before), "failed" (see error) or "cancelled".
    stems : name -> file; empty unless done or kept.
    duration_s, seconds : of the recording, and of the work.
    gain_db : what all stems were turned down by, so that none clips; 0 or below.
    warnings : one line each.
    pictures : of what the engine understood, where they were asked for.
    """

    input: Path
    status: Status
    stems: dict[str, Path] = field(default_factory=dict)
    duration_s: float = 0.0
    seconds: float = 0.0
    gain_db: float = 0.0
    warnings: tuple[str, ...] = ()
    error: str = ""
    pictures: tuple[Path, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the stems are there."""
        return self.status in ("done", "kept")


FileProgress = Callable[[Path, float], bool | None]
"""Called with the input and the fraction of it that is done; returning False stops the batch."""


def attempt(
    path: Path,
    track: str,
    request: Request,
    session: Session,
    progress: Progress | None,
) -> Outcome:
    """Separate one file; an error, even a defect of an engine, is its outcome, no exception."""
    began = time.monotonic()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartitaWarning)
        status: Status = "failed"
        kept = KeptState(session)
        try:
            written = separate_file(
                path,
                track,
                request,
                kept,
                progress=progress,
                warned=lambda: _texts(caught),
            )
            pictures = explain_file(path, track, request, kept)
            return Outcome(
                path,
                "kept" if written.kept else "done",
                stems=written.stems,
                duration_s=written.duration_s,
                seconds=time.monotonic() - began,
                gain_db=written.gain_db,
                warnings=_texts(caught),
                pictures=pictures,
            )
        except Cancelled as error:
            status, text = "cancelled", str(error)
        except PartitaError as error:
            text = str(error)
        except OSError as error:
            text = f"{printable(path)}: {error.strerror or error}"
        except MemoryError:
            text = f"{printable(path)}: not enough memory"
        except Exception as error:
            text = f"{printable(path)}: engine {request.engine.name} failed: {error!r}"
        return Outcome(path, status, warnings=_texts(caught), error=text)


def _texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(" ".join(str(w.message).split()) for w in caught))
