"""The training loop: plain torch, on a CPU, a GPU, or several by torchrun.

RUN/log.jsonl               what happened
RUN/checkpoint.safetensors  everything needed to go on, and the weights to use
RUN/state.json              the same state for people, without the tensors

A run that was killed goes on from its last checkpoint. Where `schedule.steps` ends it, a killed and
resumed run on a CPU equals an undisturbed one bit for bit; where minutes end it, the learning rate
follows the clock, and two runs are never quite alike.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from partita.nets import parameter_count
from partita.training.checkpoint import FILE, load_checkpoint, save_checkpoint
from partita.training.config import Config
from partita.training.data import Bank, Examples
from partita.training.log import Listener, Log
from partita.training.schedule import progress_of
from partita.training.team import Team
from partita.training.trainer import Trainer
from partita.training.validate import bank_cases, song_cases, summary, validate


def train(
    config: Config,
    bank: Bank,
    run: Path,
    *,
    init: Path | None = None,
    songs: Sequence[Path] = (),
    listener: Listener | None = None,
) -> None:
    """Train until the schedule ends; go on where the run was stopped.

    Parameters
    ----------
    run : folder for what is written; made if missing.
    init : weights to start from: the folder of another run, or a .safetensors or .onnx file; not
        used where this run has a checkpoint already.
    songs : folders of stems to validate on, beside the bank's own validation items.
    listener : called with every event that is logged.

    Raises
    ------
    UsageError : the run was started with another configuration.
    InputError : the bank, the weights or the songs cannot be used.
    """
    team = Team.from_environment(config.run.device)
    if config.run.threads:
        torch.set_num_threads(config.run.threads)
    torch.set_flush_denormal(True)  # numbers near zero are a hundred times slower on a CPU
    run.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, team)
    trainer.origin = {"init": None if init is None else init.name, "sources": list(bank.sources)}
    resumed = (run / FILE).is_file()
    if resumed:
        trainer.restore(load_checkpoint(run))
    elif init is not None:
        trainer.start_from(init)
    examples = Examples(bank, config, team.device)
    clock = Clock(trainer.elapsed_s)
    watch = Watch(trainer, clock, bank, run, songs, listener) if team.leads else None
    try:
        if watch is not None:
            watch.started("resume" if resumed else "start")
        with _stop_requests() as stop:
            stopped = _steps(trainer, examples, clock, stop, watch)
        if watch is not None:
            watch.finished(stopped)
    finally:
        if watch is not None:
            watch.log.close()
        team.leave()
        torch.set_flush_denormal(False)


def _steps(
    trainer: Trainer,
    examples: Examples,
    clock: Clock,
    stop: threading.Event,
    watch: Watch | None,
) -> bool:
    """Step until the schedule ends; whether it was asked to stop before."""
    while True:
        now, stopped = trainer.team.agree(clock.elapsed_s, stop.is_set())
        trainer.elapsed_s = now
        progress = progress_of(trainer.step, now, trainer.config.schedule)
        if progress >= 1 or stopped:
            return stopped and progress < 1
        loss = trainer.advance(examples, progress)
        if watch is not None:
            watch.stepped(loss)


class Watch:
    """Logs, validates and saves, each when its time has come; only the leader has one."""

    def __init__(
        self,
        trainer: Trainer,
        clock: Clock,
        bank: Bank,
        run: Path,
        songs: Sequence[Path],
        listener: Listener | None,
    ) -> None:
        config = trainer.config
        self.trainer = trainer
        self.clock = clock
        self.run = run
        self.bank_hours = sum(item.length for item in bank.items) / bank.rate / 3600
        self.cases = {"bank": bank_cases(bank, config), "songs": song_cases(songs, config)}
        self.log = Log(run, listener)
        self.losses: list[float] = []
        self.saved_s = self.validated_s = clock.elapsed_s
        self._count_from_here()

    def started(self, event: str) -> None:
        trainer = self.trainer
        self.log.write(
            event,
            trainer.step,
            parameters=parameter_count(trainer.network),
            device=str(trainer.team.device),
            threads=torch.get_num_threads(),
            bank_hours=round(self.bank_hours, 3),
            config=trainer.config.model_dump(mode="json"),
        )

    def stepped(self, loss: float) -> None:
        """Do what is due after a step."""
        timing = self.trainer.config.run
        self.losses.append(loss)
        if self.trainer.step % timing.log_steps == 0:
            self._report()
        if self.clock.elapsed_s - self.validated_s >= 60 * timing.validate_minutes:
            self._validate()
        if self.clock.elapsed_s - self.saved_s >= 60 * timing.checkpoint_minutes:
            self._save()

    def finished(self, stopped: bool) -> None:
        """Save, and say how well it does unless somebody waits for the end."""
        self._save()
        if not stopped:
            self._validate()
        elapsed_s = round(self.trainer.elapsed_s, 1)
        self.log.write("stop" if stopped else "end", self.trainer.step, elapsed_s=elapsed_s)

    def _report(self) -> None:
        trainer, now_s = self.trainer, self.clock.elapsed_s
        seen_s = (trainer.step - self.since_step) * trainer.seconds_a_step
        self.log.write(
            "train",
            trainer.step,
            loss=round(math.fsum(self.losses) / len(self.losses), 6),
            learning_rate=float(f"{trainer.optimizer.param_groups[0]['lr']:.4g}"),
            gradient=round(trainer.gradient, 4),
            elapsed_s=round(now_s, 1),
            audio_h=round(trainer.step * trainer.seconds_a_step / 3600, 4),
            times_real_time=round(seen_s / max(now_s - self.since_s, 1e-9), 2),
        )
        self.losses.clear()
        self._count_from_here()

    def _validate(self) -> None:
        for name, cases in self.cases.items():
            if cases:
                trainer = self.trainer
                device, first = trainer.team.device, trainer.first
                rows = validate(trainer.mean, cases, trainer.config, device, first)
                self.log.write("validate", trainer.step, on=name, stems=summary(rows), rows=rows)
        self.validated_s = self.clock.elapsed_s
        self._count_from_here()

    def _save(self) -> None:
        self.trainer.elapsed_s = self.saved_s = self.clock.elapsed_s
        save_checkpoint(self.run, self.trainer.checkpoint())

    def _count_from_here(self) -> None:
        self.since_s, self.since_step = self.clock.elapsed_s, self.trainer.step


class Clock:
    """Seconds of training, those before a restart included."""

    def __init__(self, before_s: float) -> None:
        self.started = time.monotonic() - before_s

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started


@contextmanager
def _stop_requests() -> Iterator[threading.Event]:
    """An event that is set by SIGTERM or SIGINT: the step under way is finished and saved."""
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    caught = (signal.SIGTERM, signal.SIGINT)
    before = [signal.signal(number, lambda *_: event.set()) for number in caught]
    try:
        yield event
    finally:
        for number, handler in zip(caught, before, strict=True):
            signal.signal(number, handler)
