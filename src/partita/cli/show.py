"""What a batch shows: bars on a terminal, plain lines elsewhere, nothing with --quiet."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from partita.core import InputError
from partita.core.names import printable
from partita.jobs import Outcome

LINE_EVERY_S = 10.0
"""Plain lines about one file come no more often than this."""


class BatchDisplay:
    """Follows a batch; use it in a `with` statement. Progress goes to standard error."""

    def __init__(self, inputs: Sequence[Path | InputError], *, quiet: bool) -> None:
        self.inputs = inputs
        self.quiet = quiet
        self._place = {path: number for number, path in enumerate(inputs, 1)}
        self._spoke: dict[Path, float] = {}
        self._bars: Any = None
        self._tasks: dict[Path, Any] = {}
        if sys.stderr.isatty() and not quiet:
            self._bars = _bars()

    def __enter__(self) -> Self:
        if self._bars:
            self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bars:
            self._bars.stop()

    def progress(self, path: Path, fraction: float) -> None:
        """A file is so far."""
        if path not in self._spoke:
            self._begin(path)
        if self._bars:
            self._bars.update(self._tasks[path], completed=fraction)
        elif time.monotonic() - self._spoke[path] > LINE_EVERY_S and fraction < 1:
            self._say(path, f": {100 * fraction:.0f} %")

    def finished(self, outcome: Outcome) -> None:
        """A file is done, or cannot be."""
        if outcome.input in self._tasks:
            self._bars.remove_task(self._tasks.pop(outcome.input))
        for warning in outcome.warnings:
            self._line(f"warning: {warning}")
        if not outcome.ok:
            self._line(f"error: {outcome.error}", always=True)

    def summary(self, outcomes: Sequence[Outcome]) -> None:
        """The table at the end, to standard output."""
        if self.quiet or not outcomes:
            return
        from rich.console import Console

        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 200
        console.print(_table(outcomes))

    def _begin(self, path: Path) -> None:
        if self._bars:
            self._spoke[path] = time.monotonic()
            name, count = printable(path.name), self._count(path)
            self._tasks[path] = self._bars.add_task(name, total=1.0, count=count)
        else:
            self._say(path)

    def _count(self, path: Path) -> str:
        return f"[{self._place.get(path, '?')}/{len(self.inputs)}]"

    def _say(self, path: Path, text: str = "") -> None:
        self._spoke[path] = time.monotonic()
        self._line(f"{self._count(path)} {printable(path.name)}{text}")

    def _line(self, text: str, *, always: bool = False) -> None:
        if self.quiet and not always:
            return
        if self._bars:
            self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)
        else:
            print(text, file=sys.stderr, flush=True)


def _bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.fields[count]} {task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )


def _table(outcomes: Sequence[Outcome]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("recording", overflow="fold")
    for column in ("length", "took", "speed", "gain"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("result", overflow="fold")
    for outcome in outcomes:
        table.add_row(*(Text(cell) for cell in _row(outcome)))
    return table


def _row(outcome: Outcome) -> tuple[str, ...]:
    name = printable(outcome.input.name)
    if not outcome.ok:
        return (name, "", "", "", "", outcome.status)
    took = ("kept", "")
    if outcome.status == "done":
        speed = outcome.duration_s / max(outcome.seconds, 1e-9)
        took = (f"{outcome.seconds:.1f} s", f"{speed:.0f} x")
    gain = f"{outcome.gain_db:.2f} dB" if outcome.gain_db else ""
    files = list(dict.fromkeys(outcome.stems.values()))
    one = len(files) < len(outcome.stems)
    place = printable(files[0]) if one else f"{printable(files[0].parent)}/"
    return (name, clock(outcome.duration_s), *took, gain, f"{place}: {', '.join(outcome.stems)}")


def clock(seconds: float) -> str:
    """A duration as people read it.

    Examples
    --------
    >>> clock(0.5), clock(83), clock(3661)
    ('0:00.5', '1:23', '1:01:01')
    """
    if seconds < 10:
        return f"0:{seconds:04.1f}"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
