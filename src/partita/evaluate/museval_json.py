"""museval's JSON: one file a track, the four metrics of BSS Eval v4 in every frame.

    {"targets": [{"name": "vocals", "frames": [
        {"time": 0.0, "duration": 1.0, "metrics": {"SDR": …, "ISR": …, "SIR": …, "SAR": …}}]}]}

Its values have five decimals, and NaN where ours are NaN or infinite.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from partita.core.errors import InputError
from partita.core.names import printable
from partita.core.scores import Scores

METRICS = {"sdr": "SDR", "isr": "ISR", "sir": "SIR", "sar": "SAR"}


def write_museval(folder: Path, scores: Scores) -> list[Path]:
    """Write one JSON file a track; the paths written. Other metrics are left out."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for track in dict.fromkeys(scores.track.tolist()):
        part = scores.where(track=track)
        targets = [_target(part, t) for t in dict.fromkeys(part.target.tolist())]
        path = folder / f"{track}.json"
        path.write_text(json.dumps({"targets": targets}, indent=2), encoding="utf-8")
        written.append(path)
    return written


def read_museval(path: Path) -> Scores:
    """The scores of one JSON file, or of all JSON files in and below a folder.

    The track's name is the file's.

    Raises
    ------
    InputError : missing, or not of museval's form.
    """
    files = sorted(path.rglob("*.json")) if path.is_dir() else [path]
    if not files:
        raise InputError(f"{printable(path)} holds no .json files")
    return Scores.concatenate(_read(file) for file in files)


def _target(scores: Scores, target: str) -> dict[str, Any]:
    part = scores.where(target=target)
    tables = {ours: part.where(metric=ours) for ours in METRICS}
    present = {ours: table for ours, table in tables.items() if len(table)}
    first = next(iter(present.values()), part.where(metric=""))
    frames = [
        {
            "time": float(time),
            "duration": float(duration),
            "metrics": {METRICS[m]: _five(table.value[n]) for m, table in present.items()},
        }
        for n, (time, duration) in enumerate(zip(first.time_s, first.duration_s, strict=True))
    ]
    return {"name": target, "frames": frames}


def _five(value: float) -> float:
    return round(float(value), 5) if math.isfinite(value) else float("nan")


def _read(path: Path) -> Scores:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        names = {theirs: ours for ours, theirs in METRICS.items()}
        return Scores.from_rows(
            (path.stem, str(target["name"]), names[metric], n, *_when(frame), float(value))
            for target in content["targets"]
            for n, frame in enumerate(target["frames"])
            for metric, value in frame["metrics"].items()
            if metric in names
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{printable(path)} is not museval's JSON: {error!r}") from error


def _when(frame: dict[str, Any]) -> tuple[float, float]:
    return float(frame["time"]), float(frame["duration"])
