"""A report of a batch for programs: what became of every input, at any time."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from partita._version import __version__
from partita.core.errors import InputError, OutputError
from partita.core.names import printable
from partita.jobs.outcome import Outcome

EVERY_S = 5.0
"""While a batch runs, the report is written again no more often than this."""


class BatchReport:
    """Keeps a JSON file up to date; use it in a `with` statement, which writes the last state.

    The file is replaced as a whole each time, so a reader never sees half of one, and what a killed
    batch leaves is at most some seconds old. Inputs not yet finished have the status "pending".

    Raises
    ------
    OutputError : the file cannot be written.
    """

    def __init__(self, path: Path, inputs: Sequence[Path | InputError]) -> None:
        self.path = path
        self._rows = [
            outcome_row(Outcome(Path() if isinstance(i, InputError) else i, "failed"))
            | {"status": "pending"}
            for i in inputs
        ]
        self._place = {path: n for n, path in enumerate(inputs) if isinstance(path, Path)}
        self._refused = [n for n, item in enumerate(inputs) if isinstance(item, InputError)]
        self._written = 0.0

    def __enter__(self) -> Self:
        self._write()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._write()

    def finished(self, outcome: Outcome) -> None:
        """Take up the outcome of one input."""
        refused = outcome.input == Path()
        place = self._refused.pop(0) if refused else self._place[outcome.input]
        self._rows[place] = outcome_row(outcome)
        if time.monotonic() - self._written > EVERY_S:
            self._write()

    def _write(self) -> None:
        counts = Counter(row["status"] for row in self._rows)
        content = {
            "partita": __version__,
            "complete": not counts["pending"] and not counts["cancelled"],
            "counts": dict(sorted(counts.items())),
            "inputs": self._rows,
        }
        partial = self.path.with_name(f".{os.getpid()}.{self.path.name[-200:]}")
        try:
            partial.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            os.replace(partial, self.path)
        except OSError as error:
            partial.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            raise OutputError(f"cannot write {printable(self.path)}: {reason}") from error
        self._written = time.monotonic()


def outcome_row(outcome: Outcome) -> dict[str, Any]:
    """An outcome as plain JSON values; the keys are always the same."""
    return {
        "input": "" if outcome.input == Path() else printable(outcome.input),
        "status": outcome.status,
        "stems": {name: printable(path) for name, path in outcome.stems.items()},
        "duration_s": round(outcome.duration_s, 6),
        "seconds": round(outcome.seconds, 3),
        "gain_db": outcome.gain_db,
        "warnings": list(outcome.warnings),
        "error": outcome.error,
        "pictures": [printable(path) for path in outcome.pictures],
    }
