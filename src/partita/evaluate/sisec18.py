"""SiSEC 2018: 31 systems on the 50 test songs of MUSDB18, as a leaderboard that needs no download.

The built-in table holds, for each system, track, target and metric, the median and the mean over
the track's 1-s frames, and how many frames there are and have a value. The campaign's tool
(museval) gave no value where any stem or estimate was silent, so each system stands on frames of
its own. To compare systems on the same frames, read every frame with `read_sisec18_frames`.

Source: Stöter, Liutkus and Ito, "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018,
https://doi.org/10.1007/978-3-319-93764-9_28; the table is made from the campaign's result files by
`tools/sisec18_table.py`.
"""

from __future__ import annotations

import csv
import functools
import gzip
import importlib.resources
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError, MissingExtra, UsageError
from partita.core.names import printable
from partita.core.scores import WHOLE, Scores
from partita.evaluate.aggregate import RankStability, mean, median, ranked

METRICS = ("sdr", "isr", "sir", "sar")
TARGETS = ("vocals", "accompaniment", "drums", "bass", "other")
FRAME_S = 1.0

DATA = "data/sisec18.csv.gz"
COLUMNS = (
    "system",
    "track",
    "target",
    "frames",
    *(f"{metric}_{what}" for metric in METRICS for what in ("defined", "median", "mean")),
)

By = Literal["median", "mean"]
Table = dict[str, NDArray[Any]]


def load_sisec18(*, by: By = "median") -> dict[str, Scores]:
    """System -> its scores on every track and target, one value a track.

    Parameters
    ----------
    by : how a track's frames made its score.

    Returns
    -------
    Scores with the metrics "sdr", "isr", "sir" and "sar", dB, of whole tracks; 31 systems.

    Examples
    --------
    >>> systems = load_sisec18()
    >>> len(systems), len(systems["TAK1"].where(target="vocals", metric="sdr"))
    (31, 50)

    References
    ----------
    Stöter, Liutkus and Ito, "The 2018 Signal Separation Evaluation Campaign", LVA/ICA 2018.
    """
    table = _table()
    systems = {}
    for name in dict.fromkeys(table["system"].tolist()):
        rows = table["system"] == name
        count = int(rows.sum())
        duration_s = FRAME_S * table["frames"][rows]
        systems[str(name)] = Scores(
            track=np.tile(table["track"][rows], len(METRICS)),
            target=np.tile(table["target"][rows], len(METRICS)),
            metric=np.repeat(METRICS, count),
            frame=np.full(count * len(METRICS), WHOLE),
            time_s=np.zeros(count * len(METRICS)),
            duration_s=np.tile(duration_s, len(METRICS)),
            value=np.concatenate([table[f"{metric}_{by}"][rows] for metric in METRICS]),
        )
    return systems


def sisec18_frames(metric: str = "sdr", target: str = "vocals") -> dict[str, tuple[int, int]]:
    """System -> how many of its frames have a value, and how many there are, over all tracks.

    Raises
    ------
    UsageError : no such metric or target.

    Examples
    --------
    >>> sisec18_frames()["TAU1"]
    (9526, 12435)
    """
    _check(metric, target)
    table = _table()
    here = table["target"] == target
    found = {}
    for name in dict.fromkeys(table["system"][here].tolist()):
        rows = here & (table["system"] == name)
        found[name] = int(table[f"{metric}_defined"][rows].sum()), int(table["frames"][rows].sum())
    return found


def sisec18_leaderboard(metric: str = "sdr", target: str = "vocals") -> RankStability:
    """Every system's value and rank under five ways of averaging, best median of medians first.

    Each system stands on the frames in which the campaign's tool gave it a value.

    Raises
    ------
    UsageError : no such metric or target.

    Examples
    --------
    >>> board = sisec18_leaderboard()
    >>> {kind: round(value, 2) for kind, value in board.values["TAK2"].items()}
    {'median/median': 7.16, 'mean/mean': 4.06, 'median/mean': 6.39, 'mean/median': 5.13,
     'pooled mean': 4.53}
    >>> board.largest_move
    ('WK', 6)
    """
    _check(metric, target)
    table = _table()
    here = table["target"] == target
    values: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(table["system"][here].tolist()):
        rows = here & (table["system"] == name)
        medians, means, defined = (
            table[f"{metric}_{what}"][rows] for what in ("median", "mean", "defined")
        )
        known = defined > 0
        values[name] = {
            "median/median": median(medians),
            "mean/mean": mean(means),
            "median/mean": mean(medians),
            "mean/median": median(means),
            "pooled mean": float(np.average(means[known], weights=defined[known])),
        }
    order = sorted(values, key=lambda name: -values[name]["median/median"])
    return ranked({name: values[name] for name in order}, metric, target)


def read_sisec18_frames(
    path: Path,
    *,
    metrics: Sequence[str] = ("sdr",),
    targets: Sequence[str] = TARGETS,
    systems: Sequence[str] | None = None,
) -> dict[str, Scores]:
    """System -> the scores of every frame, from a parquet table of the campaign's results.

    Parameters
    ----------
    path : a file with the columns system, track, target, time and duration (seconds), SDR, ISR,
        SIR, SAR (dB).
    metrics, targets, systems : what to read; by default SDR only, for all metrics of all systems
        are six million rows.

    Raises
    ------
    InputError : missing, unreadable, or other columns. MissingExtra : pyarrow is not installed.
    """
    for metric in metrics:
        _check(metric, TARGETS[0])
    text = ("system", "track", "target")
    columns = [*text, "time", "duration", *(metric.upper() for metric in metrics)]
    table = _read_parquet(path, columns)
    codes = {name: table[name].combine_chunks().dictionary_encode() for name in text}
    words = {n: np.array(c.dictionary.to_pylist(), dtype=np.str_) for n, c in codes.items()}
    code = {n: c.indices.to_numpy(zero_copy_only=False) for n, c in codes.items()}
    number = {name: table[name].to_numpy() for name in columns[len(text) :]}
    wanted = np.isin(words["target"], list(targets))[code["target"]]
    found = {}
    for index, name in enumerate(words["system"].tolist()):
        if systems is not None and name not in systems:
            continue
        rows = np.flatnonzero(wanted & (code["system"] == index))
        each = len(metrics)
        time_s = number["time"][rows].astype(np.float64)
        found[name] = Scores(
            track=np.tile(words["track"][code["track"][rows]], each),
            target=np.tile(words["target"][code["target"][rows]], each),
            metric=np.repeat(list(metrics), len(rows)),
            frame=np.tile(np.rint(time_s / FRAME_S).astype(np.int64), each),
            time_s=np.tile(time_s, each),
            duration_s=np.tile(number["duration"][rows], each),
            value=np.concatenate([number[metric.upper()][rows] for metric in metrics] or [[]]),
        )
    return found


@functools.cache
def _table() -> Table:
    packed = importlib.resources.files("partita.evaluate").joinpath(DATA).read_bytes()
    rows = list(csv.reader(io.StringIO(gzip.decompress(packed).decode())))
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    return {name: np.array(values, dtype=_kind(name)) for name, values in columns.items()}


def _kind(column: str) -> type:
    if column in ("system", "track", "target"):
        return np.str_
    return np.int64 if column == "frames" or column.endswith("_defined") else np.float64


def _check(metric: str, target: str) -> None:
    if metric not in METRICS or target not in TARGETS:
        raise UsageError(
            f"SiSEC 2018 has {', '.join(METRICS)} of {', '.join(TARGETS)}, not {metric} of {target}"
        )


def _read_parquet(path: Path, columns: list[str]) -> Any:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingExtra("a parquet table", "eval") from error
    try:
        return pyarrow.parquet.read_table(path, columns=columns).select(columns)
    except (OSError, KeyError, ValueError, pyarrow.ArrowException) as error:
        raise InputError(
            f"{printable(path)} is no table of SiSEC's frames with {', '.join(columns)}: {error}"
        ) from error
