"""What a report is made from: one evaluated system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from partita.core.errors import InputError, UsageError
from partita.core.names import printable
from partita.core.scores import Scores
from partita.evaluate.evidence import Evidence
from partita.evaluate.levels import LEVELS
from partita.evaluate.results import LAST, Scored, read_results, tables_of
from partita.evaluate.run import ESTIMATE, MIXTURE, ORACLE
from partita.evaluate.table import read_scores, read_systems

BASELINES = (MIXTURE, ORACLE)

SAME_DB = 0.1
"""Levels of one frame that differ by less belong to the same sound."""


@dataclass(frozen=True, eq=False)
class Result:
    """One system on some songs.

    Attributes
    ----------
    name : of the system, for people.
    scores : its scores. baselines : those of "mixture" and "oracle", where they were made.
    evidence : song -> sound and causes, where they were kept.
    findings : (song, text) of mistakes that cost decibels.
    errors : of songs that could not be scored.
    """

    name: str
    scores: Scores
    baselines: Mapping[str, Scores] = field(default_factory=dict)
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    findings: tuple[tuple[str, str], ...] = ()
    errors: tuple[str, ...] = ()


def result_of(name: str, songs: Sequence[Scored]) -> Result:
    """A result from what `evaluate.score_songs` gives.

    Raises
    ------
    InputError : no song could be scored.
    """
    tables = tables_of(songs)
    if ESTIMATE not in tables:
        why = next((song.error for song in songs if song.error), "there are no songs")
        raise InputError(f"{printable(name)}: nothing was scored, so there is no report: {why}")
    return Result(
        name=name,
        scores=tables[ESTIMATE],
        baselines={n: tables[n] for n in BASELINES if n in tables},
        evidence={s.song: s.evidence for s in songs if s.evidence is not None},
        findings=tuple((s.song, text) for s in songs for text in s.findings),
        errors=tuple(s.error for s in songs if s.error),
    )


def read_result(path: Path) -> Result:
    """A result from disk.

    Parameters
    ----------
    path : a folder that `partita evaluate --results` filled (with sound, where it was kept); a
        table of scores (.csv, .parquet); or museval's .json, one file or a folder of them.

    Raises
    ------
    InputError : missing, or none of these.
    """
    if path.is_dir() and (path / LAST).exists():
        name, songs = read_results(path)
        return result_of(name, songs)
    name = path.resolve().stem
    if path.suffix in (".csv", ".parquet") and not path.is_dir():
        systems = read_systems(path)
        return Result(
            name,
            read_scores(path),
            {n: systems[n] for n in BASELINES if n in systems and ESTIMATE in systems},
        )
    if not path.exists():
        raise InputError(f"{printable(path)} does not exist")
    return Result(name, read_scores(path))


def with_sound(result: Result, songs: Sequence[Scored]) -> Result:
    """The result with the evidence of songs that were looked at again.

    Parameters
    ----------
    songs : of the same estimates, with evidence.

    Raises
    ------
    InputError : a song could not be used; or its levels are not those of the result, so that the
        estimates are others.
    """
    evidence = dict(result.evidence)
    for song in songs:
        if song.error:
            raise InputError(song.error)
        if song.song not in result.scores.track:
            continue
        _check_same(result.scores.where(track=song.song), song)
        if song.evidence is not None:
            evidence[song.song] = song.evidence
    return replace(result, evidence=evidence)


def _check_same(scores: Scores, song: Scored) -> None:
    now = song.systems[ESTIMATE]
    for target in dict.fromkeys(scores.target.tolist()):
        for level in LEVELS:
            old, new = (s.where(target=target, metric=level).value for s in (scores, now))
            if not len(old):
                continue
            same = len(old) == len(new) and np.allclose(
                np.maximum(old, -120), np.maximum(new, -120), atol=SAME_DB
            )
            if not same:
                raise InputError(
                    f"{printable(song.song)}, {printable(target)}: the folders hold other sound "
                    "than was scored; give those that the table was made from"
                )


def readable(results: Sequence[Result]) -> list[Result]:
    """The results under names that differ, and all their names as they can be shown.

    Raises
    ------
    UsageError : there is none.
    """
    if not results:
        raise UsageError("a report needs a result")
    taken: dict[str, int] = {}
    found = []
    for result in results:
        name = printable(result.name)
        taken[name] = count = taken.get(name, 0) + 1
        found.append(
            Result(
                name=name if count == 1 else f"{name} ({count})",
                scores=_readable(result.scores),
                baselines={n: _readable(s) for n, s in result.baselines.items()},
                evidence={printable(song): e for song, e in result.evidence.items()},
                findings=tuple((printable(s), printable(text)) for s, text in result.findings),
                errors=tuple(printable(text) for text in result.errors),
            )
        )
    return found


def _readable(scores: Scores) -> Scores:
    track, target = (
        np.array([printable(text) for text in column.tolist()], dtype=np.str_)
        for column in (scores.track, scores.target)
    )
    return replace(scores, track=track, target=target)
