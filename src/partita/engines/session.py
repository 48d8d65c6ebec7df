"""The session of an engine that holds nothing costly: a function of one segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from partita.core.audio import Audio, Stems
from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.separator import Reader

SeparateSegment = Callable[[Audio, Hints, tuple[str, ...]], Stems]


@dataclass(frozen=True)
class StatelessSession:
    """Calls `function(segment, hints, stems)` for every segment."""

    function: SeparateSegment

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader, hints: Hints) -> None:
        return None

    def separate(
        self, segment: Audio, hints: Hints, *, state: Any, stems: tuple[str, ...]
    ) -> Stems:
        return self.function(segment, hints, stems)


def cpu_session(function: SeparateSegment, name: str, device: str) -> StatelessSession:
    """A stateless session on the CPU.

    Raises
    ------
    UsageError : another device was asked for.
    """
    if device not in ("cpu", "auto"):
        raise UsageError(f"engine {name} runs on the cpu only, not on {device}")
    return StatelessSession(function)
