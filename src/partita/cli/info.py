"""`partita info`: what an audio file holds."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Annotated, Any

import typer


def info(
    files: Annotated[list[Path], typer.Argument(help="Audio files.")],
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what audio files hold, reading them through: length, level, damage."""
    import json

    from partita.core import InputError

    table: list[dict[str, Any]] = []
    for path in files:
        try:
            table.append(_facts(path))
        except InputError as error:
            table.append({"file": _shown(path), "error": str(error)})
    if json_:
        typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
    else:
        for facts in table:
            typer.echo(_line(facts), err="error" in facts)
    if any("error" in facts for facts in table):
        sys.exit(1)


def _shown(path: Path) -> str:
    from partita.core.names import printable

    return printable(path)


def _facts(path: Path) -> dict[str, Any]:
    import math

    import numpy as np

    from partita.io import open_audio
    from partita.io.ffmpeg import count_streams

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        file = open_audio(path)
        length, peak, energy = 0, 0.0, 0.0
        for block in file.blocks(1 << 18):
            length += block.length
            peak = max(peak, float(np.max(np.abs(block.samples))))
            energy += float(np.sum(np.square(block.samples, dtype=np.float64)))
    mean = energy / (length * file.channels)
    return {
        "file": _shown(path),
        "codec": file.codec,
        "rate": file.rate,
        "channels": file.file_channels,
        "length": length,
        "duration_s": round(length / file.rate, 6),
        "peak_dbfs": round(20 * math.log10(peak), 2) if peak else None,
        "rms_dbfs": round(10 * math.log10(mean), 2) if mean else None,
        "streams": max(count_streams(path), 1),
        "warnings": [str(w.message) for w in caught],
    }


def _line(facts: dict[str, Any]) -> str:
    from partita.cli.show import clock

    if "error" in facts:
        return f"error: {facts['error']}"
    level = f"peak {facts['peak_dbfs']} dBFS" if facts["peak_dbfs"] is not None else "silent"
    streams = f", {facts['streams']} streams" if facts["streams"] > 1 else ""
    channels = {1: "mono", 2: "stereo"}.get(facts["channels"], f"{facts['channels']} channels")
    lines = [
        f"{facts['file']}: {facts['codec']}, {facts['rate']} Hz, {channels}, "
        f"{clock(facts['duration_s'])} ({facts['length']} samples), {level}{streams}"
    ]
    return "\n".join(lines + [f"warning: {text}" for text in facts["warnings"]])
