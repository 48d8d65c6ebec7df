"""An engine whose stems are the recording, each times its gain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from partita.core import Separator, Stems
from partita.engines.session import StatelessSession


def with_gains(engine: str, gains: dict[str, float], *, segment: float = 30.0) -> Separator:
    """Stem's name -> gain; the gains add up to one."""

    @dataclass(frozen=True)
    class WithGains:
        name: ClassVar[str] = engine
        stems: ClassVar[tuple[str, ...]] = tuple(gains)
        uses: ClassVar[frozenset[str]] = frozenset()
        requires: ClassVar[frozenset[str]] = frozenset()
        segment_s: ClassVar[float | None] = segment
        overlap: ClassVar[float] = 0.1
        max_duration_s: ClassVar[float | None] = None
        adds_up: ClassVar[bool] = True

        def open(self, device="auto", threads=None):
            return StatelessSession(
                lambda part, hints, stems: Stems(
                    stems, np.stack([gains[stem] * part.samples for stem in stems]), part.rate
                )
            )

    return WithGains()


@pytest.fixture(name="with_gains")
def with_gains_fixture() -> Callable[..., Separator]:
    return with_gains
