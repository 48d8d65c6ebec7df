"""Which stems are wanted, which of them must be computed, and how the others follow.

Every output is a sum of rows: row 0 is the recording, the rows after it are the computed stems.
`no_vocals` is the recording minus vocals. Where the outputs add up to the recording, the last of
them is *defined* as the recording minus the others: it needs no computing, and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.core.hints import Hints
from partita.core.separator import Separator, StemsFromHints

ALIASES = {"instrumental": "no_vocals", "accompaniment": "no_vocals"}
"""Other names for a complement, understood where the engine has no stem of that name."""


@dataclass(frozen=True)
class Selection:
    """The stems to give and how to make them.

    Attributes
    ----------
    outputs : names, in the order wanted.
    computed : names of the stems that the engine is asked for.
    matrix : one row an output, over (recording, *computed); entries -1, 0, 1.
    adds_up : whether the outputs add up to the recording; the last is then what the others leave.
    """

    outputs: tuple[str, ...]
    computed: tuple[str, ...]
    matrix: tuple[tuple[int, ...], ...]
    adds_up: bool

    @property
    def needs_mix(self) -> bool:
        return self.adds_up or any(row[0] for row in self.matrix)

    def combine(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """(1 + computed, channels, time) -> (outputs, channels, time)."""
        out = np.empty((len(self.outputs), *rows.shape[1:]), dtype=np.float32)
        for target, weights in zip(out, self.matrix, strict=True):
            used = [(weight, row) for weight, row in zip(weights, rows, strict=True) if weight]
            first, *others = sorted(used, key=lambda part: part[0] < 0)  # every output has a plus
            target[:] = first[1]
            for weight, row in others:
                (np.add if weight > 0 else np.subtract)(target, row, out=target)
        return out


def available_stems(engine: Separator, hints: Hints) -> tuple[str, ...]:
    """The stems that the engine can give with these hints."""
    if engine.stems or not isinstance(engine, StemsFromHints):
        return engine.stems
    return engine.stems_from(hints)


def select(
    engine: Separator,
    hints: Hints = Hints(),
    *,
    stems: Sequence[str] | None = None,
    two_stems: str | None = None,
) -> Selection:
    """What to compute for the wanted stems.

    Parameters
    ----------
    stems : names out of the engine's, or `no_NAME` for what is left without NAME; all by default.
    two_stems : one name: it and what is left without it.

    Raises
    ------
    UsageError : a name that the engine does not have, or both arguments at once.

    Examples
    --------
    >>> from partita.engines import create
    >>> chosen = select(create("classic"), two_stems="vocals")
    >>> chosen.outputs, chosen.computed, chosen.matrix
    (('vocals', 'no_vocals'), ('vocals',), ((0, 1), (1, -1)))
    """
    have = available_stems(engine, hints)
    if stems is not None and two_stems is not None:
        raise UsageError("ask for stems or for two stems, not both")
    if two_stems is not None:
        source = _source(two_stems, have, engine.name)
        outputs: tuple[str, ...] = (source, f"no_{source}")
    else:
        outputs = tuple(dict.fromkeys(_resolve(s, have, engine.name) for s in stems or have))
    adds_up = _partition(outputs, have, engine.adds_up)
    made = outputs[:-1] if adds_up else outputs
    computed = tuple(dict.fromkeys(_source(name, have, engine.name) for name in made))
    matrix = [_row(name, computed, have) for name in made]
    if adds_up:
        matrix.append((1, *(-1 for _ in computed)))
    return Selection(outputs, computed, tuple(matrix), adds_up)


def _resolve(name: str, have: Sequence[str], engine: str) -> str:
    """The name as it is written: in lower case, aliases replaced; refused where unknown."""
    wanted = name.strip()
    for candidate in (wanted, wanted.lower(), ALIASES.get(wanted.lower(), "")):
        if candidate in have or candidate.removeprefix("no_") in have:
            return candidate
    raise UsageError(
        f"engine {engine} has no stem {name!r}; it has {', '.join(have)} "
        "(and no_NAME for what is left without NAME)"
    )


def _source(name: str, have: Sequence[str], engine: str) -> str:
    """The engine's stem behind a name: itself, or the one that a complement leaves out."""
    resolved = _resolve(name, have, engine)
    return resolved if resolved in have else resolved.removeprefix("no_")


def _row(name: str, computed: Sequence[str], have: Sequence[str]) -> tuple[int, ...]:
    if name in have:
        return (0, *(int(c == name) for c in computed))
    return (1, *(-int(c == name.removeprefix("no_")) for c in computed))


def _partition(outputs: tuple[str, ...], have: Sequence[str], adds_up: bool) -> bool:
    """Whether the outputs add up, the last being what the others leave."""
    if len(outputs) == 2 and outputs[0] in have and outputs[1] == f"no_{outputs[0]}":
        return True
    return adds_up and len(outputs) > 1 and set(outputs) == set(have)
