"""Track: one piece of a dataset, loaded only when asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints


def no_hints() -> Hints:
    """The side information of a track that has none."""
    return Hints()


@dataclass(frozen=True)
class Track:
    """What a dataset yields: an id, and functions that load the rest when called.

    Parameters
    ----------
    id : unique within its dataset, stable across machines.
    mix : () -> Audio, the recording as a listener has it.
    stems : () -> Stems, the true parts.
    hints : () -> Hints, side information that comes with the dataset.
    key : () -> text that changes when mix or stems do, for less than loading them; None where only
        loading tells.
    mix_is_sum : whether the mix is nothing but the sum of the stems, and need not be loaded beside
        them.

    Examples
    --------
    >>> import numpy as np
    >>> silence = Audio(np.zeros((1, 8)), 8000)
    >>> stems = Stems(("a",), silence.samples[None], 8000)
    >>> track = Track("silence", lambda: silence, lambda: stems)
    >>> track.mix().length, track.hints().given
    (8, ())
    """

    id: str
    mix: Callable[[], Audio]
    stems: Callable[[], Stems]
    hints: Callable[[], Hints] = no_hints
    key: Callable[[], str] | None = None
    mix_is_sum: bool = False
