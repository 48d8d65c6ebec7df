"""Pure functions of (reference, estimate) arrays: (channels, time) or (targets, channels, time)."""

from partita.metrics.registry import find, names
from partita.metrics.spec import MetricSpec

__all__ = ["MetricSpec", "find", "names"]
