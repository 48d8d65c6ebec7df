"""The session of an engine that holds nothing costly: a function of one segment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

from partita.core.audio import Audio, Stems
from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.separator import Reader
from partita.core.understood import Understood

SeparateSegment = Callable[[Audio, Hints, tuple[str, ...]], Stems]
Explain = Callable[[Reader, Hints], tuple[Understood, ...]]


@dataclass(frozen=True)
class StatelessSession:
    """Calls `function(segment, hints, stems)` for every segment.

    `understood(reader, hints)`, where there is one, tells what there is to see (see Explains).
    """

    function: SeparateSegment
    understood: Explain | None = None

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

    def explain(self, reader: Reader, hints: Hints, *, state: Any) -> tuple[Understood, ...]:
        return self.understood(reader, hints) if self.understood else ()


def cpu_session(
    function: SeparateSegment, name: str, device: str, *, understood: Explain | None = None
) -> StatelessSession:
    """A stateless session on the CPU.

    Raises
    ------
    UsageError : another device was asked for.
    """
    check_cpu(name, device)
    return StatelessSession(function, understood)


def check_cpu(name: str, device: str) -> None:
    """Refuse another device than the CPU.

    Raises
    ------
    UsageError : naming the engine and the device.
    """
    if device not in ("cpu", "auto"):
        raise UsageError(f"engine {name} runs on the cpu only, not on {device}")
