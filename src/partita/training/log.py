"""What a run writes down: JSON lines always, TensorBoard where it is installed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

FILE = "log.jsonl"

Listener = Callable[[dict[str, Any]], None]


class Log:
    """Appends events to RUN/log.jsonl; `listener` hears each of them as well."""

    def __init__(self, run: Path, listener: Listener | None = None) -> None:
        self.path = run / FILE
        self.listener = listener
        self.board = _board(run)

    def write(self, event: str, step: int, **values: Any) -> None:
        """One line: event, step, the time of day, and the values."""
        line = {"event": event, "step": step, "time": round(time.time(), 1), **values}
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        if self.listener is not None:
            self.listener(line)
        if self.board is not None:
            for name, value in values.items():
                if isinstance(value, int | float):
                    self.board.add_scalar(f"{event}/{name}", value, step)

    def close(self) -> None:
        if self.board is not None:
            self.board.close()


def read_log(run: Path) -> list[dict[str, Any]]:
    """The events of a run, in order; none where there is no log."""
    path = run / FILE
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _board(run: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(run / "tensorboard"))
