"""What a metric is, for the programs that compute, compare and print it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from partita.core.errors import UsageError

Needs = Literal["target", "all_targets", "mix"]


@dataclass(frozen=True)
class MetricSpec:
    """A metric: what it is called, how to read it, and the function that computes it.

    Parameters
    ----------
    name : as users write it; the name in the registry and in tables.
    unit : "dB", "dBFS", "" where it has none.
    higher_is_better : False where a lower value is a better separation.
    needs : what the function takes.
        "target": reference and estimate of one stem, (channels, time).
        "all_targets": of all stems, (targets, channels, time).
        "mix": as "target", and the mixture as the keyword `mix`, (channels, time).
    framewise : True where there is a value for each frame, on the last axis of the result.
    jnd : the just-noticeable difference in the metric's unit, None where nobody has measured it.
    summary : one line for people.
    function : (reference, estimate) -> a float; an array (targets,) where all targets are
        needed and the result belongs to each; with an axis (frames,) added where framewise.
    uses_rate : the function also takes the sample rate, third.

    Examples
    --------
    >>> import numpy as np
    >>> from partita import metrics
    >>> spec = metrics.find("si_sdr")
    >>> spec.unit, spec.higher_is_better, spec.needs
    ('dB', True, 'target')
    >>> reference = np.array([[1.0, 1.0]])
    >>> estimate = np.array([[2.0, 0.0]])
    >>> spec.measure(reference, estimate, rate=44100)
    0.0
    """

    name: str
    unit: str
    higher_is_better: bool
    needs: Needs
    framewise: bool
    jnd: float | None
    summary: str
    function: Callable[..., Any]
    uses_rate: bool = False

    def measure(self, reference: Any, estimate: Any, *, rate: int, mix: Any = None) -> Any:
        """The metric's value: the function called with what it takes, and no more.

        Raises
        ------
        UsageError : the metric needs the mixture, and it is not given.
        """
        arguments = (reference, estimate, rate) if self.uses_rate else (reference, estimate)
        if self.needs != "mix":
            return self.function(*arguments)
        if mix is None:
            raise UsageError(f"the metric {self.name} needs the mixture: give mix=")
        return self.function(*arguments, mix=mix)
