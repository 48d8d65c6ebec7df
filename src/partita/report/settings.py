"""What a reader of a report may choose."""

from __future__ import annotations

import math
from dataclasses import dataclass

from partita.core.errors import OptionError
from partita.metrics.silence import THRESHOLD_DB


@dataclass(frozen=True)
class Settings:
    """How a report is made.

    Parameters
    ----------
    metric : the one that the first page, the timeline and the comparisons speak of; by default
        "sdr", or the first that the results have.
    threshold_db : the level below which a frame is silent, dBFS.
    strict : silent is exactly zero.
    sound_mb : at most so much sound is put in, MB (in the file it takes a third more).

    Raises
    ------
    OptionError : no sound below 0, no threshold that is not finite.
    """

    metric: str = ""
    threshold_db: float = THRESHOLD_DB
    strict: bool = False
    sound_mb: float = 9.0

    def __post_init__(self) -> None:
        if not self.sound_mb >= 0:
            raise OptionError(f"sound_mb must be 0 or more, got {self.sound_mb}")
        if not math.isfinite(self.threshold_db):
            raise OptionError(f"threshold_db must be finite, got {self.threshold_db}")

    @property
    def level_db(self) -> float:
        """The threshold as `evaluate.summarise` takes it."""
        return -math.inf if self.strict else self.threshold_db
