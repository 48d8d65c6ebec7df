"""Listeners' ratings of separated sounds, from the layouts in which they are published.

A higher rating is a better one. A rated item is one answer to one question: the same sound rated
twice, once for its quality and once for its interference, makes two.

    any           ratings.csv with a row for each rating: item, song, system, question, listener,
                  rating, reference, estimate, and mixture where there is one (paths from the
                  folder); beside it, where scores are known, scores.csv: item, metric, score
    ward2018      ratings.csv (experiment, page, sound, subject, is_replicate, rating), audio/PAGE/
                  SOUND.flac, published_scores.csv: Ward et al., ICASSP 2018
    gensvs        ratings_and_scores.csv: a row for each sound, with its scores, without sounds
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from partita.core.errors import InputError
from partita.core.names import printable

RATINGS, SCORES, GENSVS = "ratings.csv", "scores.csv", "ratings_and_scores.csv"
PLAIN = ("item", "song", "system", "question", "listener", "rating", "reference", "estimate")
WARD = ("experiment", "page", "sound", "subject", "is_replicate", "rating")
ANCHORS = ("ref", "Quality", "Interferer")  # of Ward's experiment: they are no separations
GENSVS_COLUMNS = ("file_id", "model_type", "model_name", "DMOS")

Row = tuple[int, dict[str, str]]


@dataclass(frozen=True)
class RatedItem:
    """What listeners said of one sound.

    Attributes
    ----------
    item, song, system, question : names. Items of one song share its recording: they are not
        independent, so songs are what is resampled.
    ratings : listener -> rating; the mean of one who rated it more than once.
    rating : what the item is worth: the listeners' median (mean in gensvs, where steps are few).
    reference, estimate, mixture : files, None where there are none.
    scores : metric -> score, of scores computed elsewhere.
    """

    item: str
    song: str
    system: str
    question: str
    ratings: Mapping[str, float]
    rating: float
    reference: Path | None = None
    estimate: Path | None = None
    mixture: Path | None = None
    scores: Mapping[str, float] = field(default_factory=dict)


def read_ratings(folder: Path) -> list[RatedItem]:
    """The rated items of a folder, whatever its layout.

    Raises
    ------
    InputError : no such folder, none of the layouts, a column or file that is missing, or a rating
        that is no number; the message says in which line.
    """
    if not folder.is_dir():
        raise InputError(f"{printable(folder)} is not a folder")
    if (folder / GENSVS).is_file():
        return _read_gensvs(folder / GENSVS)
    table = folder / RATINGS
    if not table.is_file():
        raise InputError(f"{printable(folder)} holds neither {RATINGS} nor {GENSVS}")
    columns, rows = _read_csv(table)
    if set(WARD) <= set(columns):
        return _read_ward(folder, rows)
    if lacking := [name for name in PLAIN if name not in columns]:
        raise InputError(
            f"{printable(table)} has no column {', '.join(lacking)}; it needs {', '.join(PLAIN)}"
        )
    return _read_plain(folder, rows)


def _read_plain(folder: Path, rows: Sequence[Row]) -> list[RatedItem]:
    table = folder / RATINGS
    scores = _read_scores(folder / SCORES)
    found = []
    for (item, question), group in _grouped(rows, "item", "question").items():
        line, first = group[0]
        for name in ("song", "system", "reference", "estimate"):
            if other := next((n for n, row in group if row[name] != first[name]), None):
                raise InputError(
                    f"{printable(table)}, lines {line} and {other}: item {printable(item)} has "
                    f"more than one {name}"
                )
        paths = {
            name: _file(folder, first.get(name, ""), table, line)
            for name in ("reference", "estimate", "mixture")
        }
        ratings = _ratings(group, "listener", table)
        found.append(
            RatedItem(
                item,
                first["song"],
                first["system"],
                question,
                ratings,
                float(np.median(list(ratings.values()))),
                **paths,
                scores=scores.get((item,), {}),
            )
        )
    return found


def _read_ward(folder: Path, rows: Sequence[Row]) -> list[RatedItem]:
    """Ratings given again, as a check of the listener, and the anchors are left out."""
    table = folder / RATINGS
    scores = _read_scores(
        folder / "published_scores.csv", keys=("experiment", "page", "sound"), prefix="published "
    )
    names = {"interferer": "interference"}
    once = [(line, row) for line, row in rows if row["is_replicate"] == "False"]
    kept = [(line, row) for line, row in once if row["sound"] not in ANCHORS]
    found = []
    for key, group in _grouped(kept, "experiment", "page", "sound").items():
        question, song, system = key
        ratings = _ratings(group, "subject", table)
        paths = {
            name: _file(folder, f"audio/{song}/{sound}.flac", table, group[0][0])
            for name, sound in zip(
                ("reference", "estimate", "mixture"), ("ref", system, "Interferer"), strict=True
            )
        }
        found.append(
            RatedItem(
                f"{song}/{system}",
                song,
                system,
                names.get(question, question),
                ratings,
                float(np.median(list(ratings.values()))),
                **paths,
                scores=scores.get(key, {}),
            )
        )
    return found


def _read_gensvs(table: Path) -> list[RatedItem]:
    """Every item once among all, and once among those of its kind of model."""
    columns, rows = _read_csv(table)
    if lacking := [name for name in GENSVS_COLUMNS if name not in columns]:
        raise InputError(f"{printable(table)} has no column {', '.join(lacking)}")
    listeners = [name for name in columns if f"subject_{name}" in columns]
    scored = columns[columns.index("DMOS") + 1 :]
    found = []
    for line, row in rows:
        ratings = {row[f"subject_{n}"]: _number(row, n, table, line) for n in listeners}
        song, system = row["file_id"], row["model_name"]
        mean = _number(row, "DMOS", table, line)
        scores = {f"published {m}": _number(row, m, table, line, or_nothing=True) for m in scored}
        found += [
            RatedItem(f"{song}/{system}", song, system, question, ratings, mean, scores=scores)
            for question in ("quality", f"quality, {row['model_type']}")
        ]
    return sorted(found, key=lambda item: item.question)


def _read_csv(table: Path) -> tuple[list[str], list[Row]]:
    """The columns, and each row with the line that it ends in."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True)
            rows = [(reader.line_num, row) for row in reader]
            columns = list(reader.fieldnames or ())
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"{printable(table)} is no table: {error}") from error
    for line, row in rows:
        if None in row or None in row.values():
            raise InputError(f"{printable(table)}, line {line}: {len(columns)} columns expected")
    if not rows:
        raise InputError(f"{printable(table)} holds no rows")
    return columns, rows


def _read_scores(
    table: Path, *, keys: tuple[str, ...] = ("item",), prefix: str = ""
) -> dict[tuple[str, ...], dict[str, float]]:
    """Scores known beforehand; nothing where there is no such file."""
    if not table.is_file():
        return {}
    columns, rows = _read_csv(table)
    if lacking := [name for name in (*keys, "metric", "score") if name not in columns]:
        raise InputError(f"{printable(table)} has no column {', '.join(lacking)}")
    found: dict[tuple[str, ...], dict[str, float]] = {}
    for line, row in rows:
        key = tuple(row[name] for name in keys)
        score = _number(row, "score", table, line, or_nothing=True)
        found.setdefault(key, {})[prefix + row["metric"]] = score
    return found


def _grouped(rows: Sequence[Row], *names: str) -> dict[tuple[str, ...], list[Row]]:
    groups: dict[tuple[str, ...], list[Row]] = {}
    for line, row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append((line, row))
    return groups


def _ratings(group: Sequence[Row], listener: str, table: Path) -> dict[str, float]:
    given: dict[str, list[float]] = {}
    for line, row in group:
        given.setdefault(row[listener], []).append(_number(row, "rating", table, line))
    return {name: float(np.mean(values)) for name, values in given.items()}


def _number(
    row: Mapping[str, str], column: str, table: Path, line: int, *, or_nothing: bool = False
) -> float:
    """The number in a cell. A score may be missing, NaN or infinite, a rating may not."""
    text = row[column].strip().lower()
    if or_nothing and text in ("", "nan"):
        return math.nan
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if math.isnan(value) or (math.isinf(value) and not or_nothing):
        raise InputError(
            f"{printable(table)}, line {line}: {column} must be a number, got {row[column]!r}"
        )
    return value


def _file(folder: Path, name: str, table: Path, line: int) -> Path | None:
    if not name:
        return None
    path = folder / name
    if not path.is_file():
        raise InputError(f"{printable(table)}, line {line}: there is no file {printable(path)}")
    return path


def listeners_agree(items: Sequence[RatedItem], *, splits: int = 100, seed: int = 0) -> float:
    """The mean rank correlation of the medians of one half of the listeners with the other's.

    No metric can be expected to follow the ratings much better than listeners follow each other.

    Returns
    -------
    NaN with fewer than four listeners.
    """
    return float(np.mean(list(_halves(items, splits, seed)) or [math.nan]))


def _halves(items: Sequence[RatedItem], splits: int, seed: int) -> Iterator[float]:
    from scipy.stats import spearmanr

    listeners = sorted({name for item in items for name in item.ratings})
    if len(listeners) < 4:
        return
    table = np.array([[item.ratings.get(name, np.nan) for name in listeners] for item in items])
    rng = np.random.default_rng(seed)
    for _ in range(splits):
        order = rng.permutation(len(listeners))
        halves = np.array_split(order, 2)
        rated = np.all([np.isfinite(table[:, half]).any(axis=1) for half in halves], axis=0)
        first, second = (np.nanmedian(table[rated][:, half], axis=1) for half in halves)
        if rated.sum() > 2:
            yield float(spearmanr(first, second).statistic)
