"""Scores to and from files: the long table as CSV or parquet, and museval's JSON.

CSV and parquet have the columns system, track, target, metric, frame, time_s, duration_s, value.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from partita.core.errors import InputError, MissingExtra, UsageError
from partita.core.names import printable
from partita.core.scores import COLUMNS, Scores
from partita.evaluate.museval_json import read_museval

ENDINGS = (".csv", ".parquet", ".json")


def check_ending(path: Path) -> None:
    """Refuse a path that no table can be written to, before any work.

    Raises
    ------
    UsageError : an ending other than .csv and .parquet. MissingExtra : parquet without pyarrow.
    """
    if path.suffix not in (".csv", ".parquet"):
        raise UsageError(f"scores are written as .csv or .parquet, not {path.name!r}")
    if path.suffix == ".parquet":
        _arrow()


def write_systems(path: Path, systems: Mapping[str, Scores]) -> None:
    """Write the tables of several systems to one .csv or .parquet file.

    Raises
    ------
    UsageError : another ending. MissingExtra : parquet without pyarrow.
    """
    check_ending(path)
    columns: dict[str, Any] = {
        "system": np.concatenate([[name] * len(s) for name, s in systems.items()] or [[]])
    }
    table = Scores.concatenate(systems.values())
    columns |= {name: getattr(table, name) for name in COLUMNS}
    if path.suffix == ".csv":
        with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
            writer = csv.writer(file)
            writer.writerow(columns)
            writer.writerows(zip(*(c.tolist() for c in columns.values()), strict=True))
    else:
        arrow, parquet = _arrow()
        lists = {name: column.tolist() for name, column in columns.items()}
        parquet.write_table(arrow.table(lists), path)


def read_systems(path: Path) -> dict[str, Scores]:
    """System name -> Scores, from a file that `write_systems` wrote.

    Raises
    ------
    InputError : missing, unreadable, or other columns. UsageError : another ending.
    """
    if not path.is_file():
        raise InputError(f"{printable(path)} is not a file")
    try:
        columns = _read_csv(path) if path.suffix == ".csv" else _read_parquet(path)
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{printable(path)} is no table of scores: {error}") from error
    missing = [name for name in ("system", *COLUMNS) if name not in columns]
    if missing:
        raise InputError(f"{printable(path)} has no column {', '.join(missing)}")
    table = Scores(*(columns[name] for name in COLUMNS))
    system = np.asarray(columns["system"], dtype=np.str_)
    return {
        str(name): Scores(*(getattr(table, column)[system == name] for column in COLUMNS))
        for name in dict.fromkeys(system.tolist())
    }


def read_scores(path: Path, *, system: str | None = None) -> Scores:
    """The scores of one system from .csv, .parquet, or a museval .json (or a folder of them).

    Parameters
    ----------
    system : which, where the file holds several; by default "estimate", or the only one.

    Raises
    ------
    InputError : missing, unreadable, or no such system. UsageError : another ending.
    """
    if path.is_dir() or path.suffix == ".json":
        return read_museval(path)
    if path.suffix not in ENDINGS:
        raise UsageError(f"scores are read from {', '.join(ENDINGS)}, not {path.name!r}")
    systems = read_systems(path)
    wanted = system or ("estimate" if "estimate" in systems else next(iter(systems), ""))
    if wanted not in systems:
        raise InputError(
            f"{printable(path)} has no system {wanted!r}; it has {', '.join(systems) or 'none'}"
        )
    return systems[wanted]


def _read_csv(path: Path) -> dict[str, Any]:
    with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
        rows = list(csv.reader(file))
    if not rows:
        raise ValueError("it is empty")
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=False))
    columns = columns or dict.fromkeys(rows[0], ())
    numbers = {"frame": np.int64, "time_s": float, "duration_s": float, "value": float}
    return {n: np.array(c, dtype=numbers.get(n, np.str_)) for n, c in columns.items()}


def _read_parquet(path: Path) -> dict[str, Any]:
    if path.suffix != ".parquet":
        raise UsageError(f"scores are read from {', '.join(ENDINGS)}, not {path.name!r}")
    _, parquet = _arrow()
    table = parquet.read_table(path, memory_map=False)
    return {name: np.array(table[name].to_pylist()) for name in table.column_names}


def _arrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("a parquet table", "eval") from error
    return pyarrow, pyarrow.parquet
