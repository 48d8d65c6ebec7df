"""`partita evaluate`: estimates against true stems."""

from __future__ import annotations

import math
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from partita.evaluate import Summary

COLUMNS = {"sdr": "SDR", "sdr_global": "SDR, whole", "si_sdr": "SI-SDR"}


def evaluate(
    reference: Annotated[Path, typer.Argument(help="Folder of true stems (or of such folders).")],
    estimate: Annotated[Path, typer.Argument(help="Folder of estimates, with the same names.")],
    json_: Annotated[bool, typer.Option("--json", help="For programs: every frame.")] = False,
) -> None:
    """Score estimates against true stems: SDR (median over 1-s frames and whole) and SI-SDR."""
    from partita.evaluate import evaluate_folders, summarise

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores, errors = evaluate_folders(reference, estimate)
    rows = summarise(scores)
    if json_:
        _print_json(scores, rows, [str(w.message) for w in caught], [str(e) for e in errors])
    else:
        for warning in caught:
            typer.echo(f"warning: {warning.message}", err=True)
        print_summaries(rows)
    for error in errors:
        typer.echo(f"error: {error}", err=True)
    if errors:
        sys.exit(1)


def print_summaries(rows: list[Summary]) -> None:
    """A table: a row for each stem of each track, then for each stem over all tracks."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from partita.core.names import printable

    if not rows:
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("track", overflow="fold")
    table.add_column("stem")
    for title in COLUMNS.values():
        table.add_column(f"{title} [dB]", justify="right", no_wrap=True)
    table.add_column("frames scored", justify="right", no_wrap=True)
    for row in rows:
        cells = [decibels(row.values.get(metric, math.nan)) for metric in COLUMNS]
        share = f"{row.scored} of {row.frames}"
        name = printable(row.track) if row.track else "all (median)"
        table.add_row(Text(name), Text(row.target), *cells, share)
    console.print(table)


def decibels(value: float) -> str:
    """A value for a table: two digits, or what it is instead of a number.

    Examples
    --------
    >>> decibels(5.678), decibels(float("nan")), decibels(float("-inf"))
    ('5.68', '-', '-inf')
    """
    return "-" if math.isnan(value) else f"{value:.2f}"


def _print_json(scores: Any, rows: list[Summary], warned: list[str], errors: list[str]) -> None:
    import dataclasses
    import json

    from partita.core import scores as core_scores

    table = {name: getattr(scores, name).tolist() for name in core_scores.COLUMNS}
    content = {
        "summary": [dataclasses.asdict(row) for row in rows],
        "scores": table,
        "warnings": warned,
        "errors": errors,
    }
    typer.echo(json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null and "inf", "-inf"."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
