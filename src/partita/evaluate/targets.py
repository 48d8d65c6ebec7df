"""What is compared with what: the stems of a track, and those that a system gives.

Where both have a stem of one name, the two are compared. Where they cut the recording differently,
stems are added up until they mean the same:

    a track has                   a system gives                 compared
    vocals, drums, bass, other    vocals, accompaniment          vocals; accompaniment = drums + …
    vocals, accompaniment         vocals, drums, bass, other     vocals; accompaniment = drums + …
    lead_vocals, backing_vocals   vocals                         vocals = lead + backing
    drums, bass, other            vocals, drums, bass, other     drums; bass; other = vocals + other

The last holds only where the stems of either side make up the recording: what is left on both
sides is then the same music. From a folder of estimates, whose missing files must be told from
stems that nobody gave, the rest is only taken where one side calls it the accompaniment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from partita.core.audio import Stems

COMPLEMENTS = ("accompaniment", "instrumental", "no_vocals")
"""Names for everything but the vocals."""
REST = "other"
PARTS = {"vocals": ("lead_vocals", "backing_vocals")}
"""Stem -> stems that make it up together."""

Names = tuple[str, ...]


@dataclass(frozen=True)
class Target:
    """One thing that is scored: its name, and the stems that it is the sum of on either side."""

    name: str
    true: Names
    estimated: Names


def match(
    true: Sequence[str], estimated: Sequence[str], *, adds_up: bool, complement: bool = False
) -> list[Target]:
    """What can be compared, in the order of the true stems.

    Parameters
    ----------
    true, estimated : names of the stems of the track, and of the system.
    adds_up : whether the stems of both are known to make up the recording.
    complement : whether the system can give the recording without its vocals, as no_vocals.

    Examples
    --------
    >>> [t.name for t in match(["vocals", "accompaniment"], ["vocals", "drums"], adds_up=False)]
    ['vocals']
    >>> match(["vocals", "other"], ["vocals", "bass", "other"], adds_up=True)[1]
    Target(name='other', true=('other',), estimated=('bass', 'other'))
    """
    if set(true) == set(estimated):
        return [Target(name, (name,), (name,)) for name in true]
    named = _named(true, estimated)
    left_true = _without(true, [t.true for t in named])
    left_estimated = _without(estimated, [t.estimated for t in named])
    if complement and not set(left_estimated).intersection(COMPLEMENTS):
        left_estimated = (*left_estimated, COMPLEMENTS[-1])
    rest = _rest(named, left_true, left_estimated, adds_up=adds_up)
    if rest is None:
        both = [name for name in left_true if name in left_estimated]
        found = [*named, *(Target(name, (name,), (name,)) for name in both)]
    else:
        found = [*named, rest]
    return sorted(found, key=lambda target: min(map(list(true).index, target.true)))


def summed(stems: Stems, groups: Sequence[tuple[str, Names]]) -> Stems:
    """Sums of stems.

    Parameters
    ----------
    groups : the name of each sum, and the stems that it is made of.
    """
    rows = [[stems.names.index(name) for name in parts] for _, parts in groups]
    if all(len(row) == 1 for row in rows):
        samples = stems.samples[[row[0] for row in rows]]
    else:
        samples = np.stack([stems.samples[row].sum(axis=0) for row in rows])
    return Stems(tuple(name for name, _ in groups), samples, stems.rate)


def _named(true: Sequence[str], estimated: Sequence[str]) -> list[Target]:
    """Stems that mean one thing whatever lies beside them: all but the rest."""
    both = [name for name in true if name in estimated and name not in (REST, *COMPLEMENTS)]
    found = [Target(name, (name,), (name,)) for name in both]
    for whole, parts in PARTS.items():
        sides = [_without(names, [tuple(both)]) for names in (true, estimated)]
        ours, theirs = (_made_of(whole, parts, names) for names in sides)
        if ours and theirs:
            found.append(Target(whole, ours, theirs))
    return found


def _made_of(whole: str, parts: Names, names: Sequence[str]) -> Names:
    return (whole,) if whole in names else tuple(part for part in parts if part in names)


def _without(names: Sequence[str], taken: Sequence[Names]) -> Names:
    gone = {name for group in taken for name in group}
    return tuple(name for name in names if name not in gone)


def _rest(
    named: Sequence[Target], true: Names, estimated: Names, *, adds_up: bool
) -> Target | None:
    """What is left of the recording on both sides, where it is known to be the same."""
    if not named or not true:
        return None
    ours = next((name for name in true if name in COMPLEMENTS and len(true) == 1), None)
    theirs = next((name for name in estimated if name in COMPLEMENTS), None)
    parts = tuple(name for name in estimated if name not in COMPLEMENTS)
    if {target.name for target in named} == {"vocals"}:
        if theirs:
            return Target(ours or theirs, true, (theirs,))
        if ours and REST in parts:
            return Target(ours, true, parts)
    if adds_up and parts:
        return Target(REST, true, parts)
    return None
