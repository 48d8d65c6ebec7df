"""What evaluating a song gave, in memory and in a folder of results.

In the folder each song has a file of scores, and one of evidence where that was asked for, named
after everything that they depend on; `evaluation.json` lists those that the last run consists of.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from partita._version import __version__
from partita.core.errors import InputError
from partita.core.names import printable
from partita.core.scores import COLUMNS, Scores
from partita.evaluate.evidence import Evidence, read_evidence, write_evidence

LAST = "evaluation.json"
"""The list of what the last run consists of."""


@dataclass(frozen=True)
class Scored:
    """What came of one song: scores of each system and what preflight found, or an error.

    `file` is the name that it is kept under, where it is.
    """

    song: str
    systems: Mapping[str, Scores] = field(default_factory=dict)
    findings: tuple[str, ...] = ()
    error: str = ""
    warnings: tuple[str, ...] = ()
    evidence: Evidence | None = None
    file: str = ""


def tables_of(songs: Sequence[Scored]) -> dict[str, Scores]:
    """System -> its scores of all songs, in order."""
    systems = dict.fromkeys(name for song in songs for name in song.systems)
    return {
        name: Scores.concatenate(s.systems[name] for s in songs if name in s.systems)
        for name in systems
    }


def is_kept(path: Path, *, evidence: bool) -> bool:
    """Whether a song's scores, and its evidence where wanted, are in the folder."""
    return path.exists() and (not evidence or _evidence_of(path).exists())


def keep(path: Path, scored: Scored) -> Scored:
    """Write one song to the folder, whole or not at all; what is then known of it."""
    arrays = {
        f"{system}/{column}": getattr(scores, column)
        for system, scores in scored.systems.items()
        for column in COLUMNS
    }
    arrays["findings"] = np.array(scored.findings, dtype=np.str_)
    arrays["warnings"] = np.array(scored.warnings, dtype=np.str_)
    partial = path.with_suffix(f".{os.getpid()}.partial")
    if scored.evidence is not None:
        write_evidence(partial, scored.evidence)
        os.replace(partial, _evidence_of(path))
    with partial.open("wb") as file:
        np.savez_compressed(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, path)
    return replace(scored, file=path.name)


def read_kept(path: Path, *, song: str, evidence: bool) -> Scored:
    """One song out of the folder, under the name that it has now.

    Parameters
    ----------
    evidence : whether to read that too, where there is some.
    """
    with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        names = dict.fromkeys(name.split("/")[0] for name in arrays.files if "/" in name)
        systems = {s: Scores(*(arrays[f"{s}/{column}"] for column in COLUMNS)) for s in names}
        lines = (tuple(arrays[name].tolist()) for name in ("findings", "warnings"))
        findings, warned = lines
    beside = _evidence_of(path)
    found = read_evidence(beside) if evidence and beside.exists() else None
    return Scored(song, systems, findings, warnings=warned, evidence=found, file=path.name)


def find_kept(path: Path, *, song: str, evidence: bool) -> Scored | None:
    """What is kept of a song, or None where nothing is, or nothing that can be read."""
    if not is_kept(path, evidence=evidence):
        return None
    try:
        return read_kept(path, song=song, evidence=evidence)
    except (EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile, InputError):
        return None


def write_list(folder: Path, name: str, songs: Sequence[Scored]) -> None:
    """Write down what a run consists of.

    Parameters
    ----------
    name : of what was evaluated, for people.
    """
    listed = [{"song": s.song, "file": s.file, "error": s.error} for s in songs]
    content = {"version": __version__, "name": name, "songs": listed}
    partial = folder / f"{LAST}.{os.getpid()}.partial"
    partial.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(partial, folder / LAST)


def read_results(folder: Path) -> tuple[str, list[Scored]]:
    """What the last run with this folder of results gave: its name, and every song.

    Raises
    ------
    InputError : no such folder, no such run, or damaged files.
    """
    path = folder / LAST
    if not path.is_file():
        raise InputError(
            f"{printable(folder)} has no {LAST}: it is no folder that "
            "`partita evaluate --results` has filled"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        songs = [_listed(folder, **song) for song in content["songs"]]
        return str(content["name"]), songs
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise InputError(f"{printable(path)} cannot be used: {error}") from error


def _listed(folder: Path, *, song: str, file: str, error: str) -> Scored:
    if error:
        return Scored(song, error=error)
    if file != Path(file).name:
        raise ValueError(f"it names a file outside its folder, {file!r}")
    return read_kept(folder / file, song=song, evidence=True)


def _evidence_of(path: Path) -> Path:
    return path.with_suffix(".evidence.npz")
