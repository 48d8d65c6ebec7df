"""`--progress json`: what happens, a JSON object a line on standard error, for programs.

    {"event": "start", "input": "a.wav", "number": 1, "total": 2}
    {"event": "progress", "input": "a.wav", "fraction": 0.25}
    {"event": "done", "input": "a.wav", "status": "done" or "kept", "stems": {…}, …}
    {"event": "failed", "input": "a.wav", "status": "failed" or "cancelled", "error": "…", …}

`done` and `failed` have the keys of an entry of `--report`. The events and keys stay; others may
come. An input that is no file (an empty folder) fails with an empty `input`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

from partita.core import InputError
from partita.core.names import printable
from partita.jobs import Outcome, outcome_row


class JsonProgress:
    """Follows a batch, as BatchDisplay does."""

    def __init__(self, inputs: Sequence[Path | InputError]) -> None:
        self.inputs = inputs
        self._place = {path: number for number, path in enumerate(inputs, 1)}
        self._begun: set[Path] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def progress(self, path: Path, fraction: float) -> None:
        """A file is so far."""
        self._begin(path)
        self._line("progress", {"input": printable(path), "fraction": round(fraction, 4)})

    def finished(self, outcome: Outcome) -> None:
        """A file is done, or cannot be."""
        if outcome.input != Path():
            self._begin(outcome.input)
        self._line("done" if outcome.ok else "failed", outcome_row(outcome))

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """Nothing: programs have had all they need."""

    def _begin(self, path: Path) -> None:
        if path not in self._begun:
            self._begun.add(path)
            place = {"number": self._place.get(path), "total": len(self.inputs)}
            self._line("start", {"input": printable(path), **place})

    @staticmethod
    def _line(event: str, content: dict[str, Any]) -> None:
        print(json.dumps({"event": event, **content}), file=sys.stderr, flush=True)
