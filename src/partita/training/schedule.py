"""The learning rate over a run: up, along, and down."""

from __future__ import annotations

import math

from partita.training.config import ScheduleConfig


def learning_rate(step: int, progress: float, schedule: ScheduleConfig) -> float:
    """The rate of a step.

    Parameters
    ----------
    step : from 0. progress : what is done of the run, 0 … 1.

    Examples
    --------
    >>> schedule = ScheduleConfig(steps=100, warmup_steps=10, learning_rate=1.0, final_rate=0.0)
    >>> [round(learning_rate(s, s / 100, schedule), 2) for s in (0, 50, 100)]
    [0.1, 0.5, 0.0]
    """
    low = schedule.final_rate
    if schedule.shape == "cosine":
        shape = low + (1 - low) * 0.5 * (1 + math.cos(math.pi * min(progress, 1)))
    else:
        left = (1 - min(progress, 1)) / schedule.decay if schedule.decay else 1.0
        shape = low + (1 - low) * min(left, 1)
    warm = min((step + 1) / schedule.warmup_steps, 1) if schedule.warmup_steps else 1
    return schedule.learning_rate * warm * shape


def progress_of(step: int, elapsed_s: float, schedule: ScheduleConfig) -> float:
    """What is done of a run after `step` steps and so many seconds: 0 … 1 and beyond."""
    if schedule.steps is not None:
        return step / schedule.steps
    assert schedule.minutes is not None
    return elapsed_s / (60 * schedule.minutes)
