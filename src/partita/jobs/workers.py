"""Several processes, each with a session of its own, that work on the files of a batch.

Processes are spawned, not forked: decoders and BLAS hold threads that a fork would lose. Each is
given one file at a time over a pipe and answers with fractions, then with an outcome. One that
dies takes only its file with it; if the batch itself dies, the pipes close and the workers stop.
"""

from __future__ import annotations

import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from partita.core.cores import usable_cores
from partita.core.errors import PartitaError
from partita.core.names import printable
from partita.jobs.outcome import FileProgress, Outcome, attempt
from partita.jobs.request import Request
from partita.jobs.work_folder import tidy_after_death

_SPAWN = get_context("spawn")
READY = "ready"


@dataclass(frozen=True)
class Task:
    """One input, and what it is called in the results."""

    path: Path
    track: str


def run_workers(
    tasks: Sequence[Task],
    request: Request,
    *,
    workers: int,
    progress: FileProgress | None,
    finished: Callable[[int, Outcome], None],
) -> None:
    """Work on all tasks; `finished` is called with a task's number and its outcome, as they come.

    Raises
    ------
    PartitaError : what opening the engine raises, or that no worker can be started.
    """
    count = min(workers, len(tasks))
    threads = request.threads or max(usable_cores() // count, 1)
    pool = _Pool(tasks, replace(request, threads=threads), progress, finished)
    try:
        pool.run(count)
    finally:
        pool.stop()


class _Worker:
    """A process, the pipe to it, and the number of the task that it is at."""

    def __init__(self, request: Request) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.process = _SPAWN.Process(target=_serve, args=(theirs, request), daemon=True)
        with _interrupts_ignored():  # Ctrl-C is for the batch, which then ends its workers
            self.process.start()
        theirs.close()  # so that its death closes the pipe
        self.task: int | None = None

    def end(self) -> int:
        """Wait for its end, after terminating it where it is at work; its exit code."""
        if self.task is not None:
            self.process.terminate()
        self.pipe.close()
        self.process.join()
        return self.process.exitcode or 0


class _Pool:
    def __init__(
        self,
        tasks: Sequence[Task],
        request: Request,
        progress: FileProgress | None,
        finished: Callable[[int, Outcome], None],
    ) -> None:
        self._tasks = tasks
        self._request = request
        self._progress = progress
        self._finished = finished
        self._left = deque(range(len(tasks)))
        self._workers: list[_Worker] = []
        self._cancelled = False

    def run(self, count: int) -> None:
        for _ in range(count):
            self._workers.append(_Worker(self._request))
        while self._workers:
            ready = wait([worker.pipe for worker in self._workers])
            for worker in [w for w in self._workers if w.pipe in ready]:
                self._hear(worker)

    def stop(self) -> None:
        """End what is still at work; what it has separated so far stays for the next time."""
        for worker in self._workers:
            worker.process.terminate()
        for worker in self._workers:
            worker.end()
            if worker.task is not None:
                tidy_after_death(self._request, self._tasks[worker.task].track)

    def _hear(self, worker: _Worker) -> None:
        try:
            message = worker.pipe.recv()
        except (EOFError, OSError):
            self._bury(worker)
            return
        if isinstance(message, Exception):
            raise message
        if isinstance(message, float) and worker.task is not None:
            self._report(self._tasks[worker.task].path, message)
            return
        if isinstance(message, Outcome) and worker.task is not None:
            number, worker.task = worker.task, None
            self._finished(number, message)
        self._give(worker)

    def _report(self, path: Path, fraction: float) -> None:
        if self._progress is not None and self._progress(path, fraction) is False:
            self._cancelled = True
            for worker in self._workers:
                with suppress(OSError):
                    worker.pipe.send(None)

    def _give(self, worker: _Worker) -> None:
        """Hand over the next task, or let the worker go."""
        if self._left and not self._cancelled:
            worker.task = self._left.popleft()
            with suppress(OSError):  # its death is heard of next
                worker.pipe.send(self._tasks[worker.task])
        else:
            self._workers.remove(worker)
            worker.end()

    def _bury(self, worker: _Worker) -> None:
        """A worker died: its file failed, and another worker takes its place."""
        number, worker.task = worker.task, None
        cause = _cause(worker.end())
        self._workers.remove(worker)
        if number is None:
            raise PartitaError(f"a worker process died as it started ({cause})")
        task = self._tasks[number]
        tidy_after_death(self._request, task.track)
        error = f"{printable(task.path)}: the process that worked on it died ({cause})"
        self._finished(number, Outcome(task.path, "failed", error=error))
        if self._left and not self._cancelled:
            self._workers.append(_Worker(self._request))


def _serve(pipe: Connection, request: Request) -> None:
    """What a worker does: tasks in, fractions and outcomes out, until the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):
        try:
            session = request.engine.open(request.device, request.threads)
        except Exception as error:
            pipe.send(error)
            return

        def told(fraction: float) -> bool:
            try:
                pipe.send(float(fraction))
                return not pipe.poll()  # what comes in the middle of a task is: stop
            except OSError:
                return False

        with session:
            pipe.send(READY)
            while isinstance(task := pipe.recv(), Task):
                pipe.send(attempt(task.path, task.track, request, session, told))


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Processes started meanwhile ignore SIGINT from their first moment on."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: Any = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _cause(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    if -code == signal.SIGKILL:
        return "killed; the system may have run out of memory"
    return signal.Signals(-code).name
