"""`partita evaluate`: estimates, or an engine, against true stems."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from partita.core import Scores, Separator, Track
    from partita.evaluate import Scored, Summary

HEADINGS = {
    "sdr": "SDR",
    "isr": "ISR",
    "sir": "SIR",
    "sar": "SAR",
    "sdr_global": "SDR, whole",
    "si_sdr": "SI-SDR",
    "pes": "PES",
    "eps": "EPS",
}
LEVELS = ("pes", "eps")


def evaluate(
    reference: Annotated[
        Path | None,
        typer.Argument(help="Folder of true stems (or of such folders); none with --dataset."),
    ] = None,
    estimate: Annotated[
        Path | None, typer.Argument(help="Folder of estimates, with the same names.")
    ] = None,
    engine: Annotated[
        str | None, typer.Option("-n", "--engine", help="Separate with this instead.")
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the engine; repeatable."),
    ] = None,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="True stems of one of `partita datasets`.")
    ] = None,
    root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --dataset: where it lies.")
    ] = None,
    subset: Annotated[
        str, typer.Option(help="With --dataset: train, test …, comma-separated; all by default.")
    ] = "",
    with_: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="KEY=VALUE", help="An option of the dataset; repeatable."),
    ] = None,
    first: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Only the first N songs.")
    ] = None,
    metrics: Annotated[
        str, typer.Option(help="Names, comma-separated; `bss_eval` is all four of version 4.")
    ] = "sdr,sdr_global,si_sdr",
    baselines: Annotated[
        bool, typer.Option("--baselines", help="The mixture's and the oracle mask's SDR too.")
    ] = False,
    threshold: Annotated[float, typer.Option(help="Below it a frame is silent, dBFS.")] = -60.0,
    strict: Annotated[bool, typer.Option("--strict", help="Silent is exactly zero.")] = False,
    results: Annotated[
        Path | None, typer.Option(help="Keep each song's scores here, and go on from them.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option(help="Write every frame to this .csv or .parquet.")
    ] = None,
    museval: Annotated[
        Path | None, typer.Option(help="Write museval's JSON to this folder.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a report to this .html, with the worst seconds.")
    ] = None,
    jobs: Annotated[int, typer.Option("-j", "--jobs", help="Processes.")] = 1,
    json_: Annotated[bool, typer.Option("--json", help="For programs: every frame.")] = False,
) -> None:
    """Score estimates against true stems, every frame of them.

    SDR is the median over the 1-s frames where the target sounds; PES is the estimate's level where
    it does not, EPS the target's level where the estimate is silent. Mistakes that cost decibels
    (delay, gain, polarity, swaps, clipping) are reported with their cost.
    """
    from partita.evaluate import score_songs, summarise, tasks_of
    from partita.evaluate.table import check_ending

    if save is not None:
        check_ending(save)
    if html is not None:
        _check_html(html)
    if dataset is not None and estimate is None:
        reference, estimate = None, reference
    source = _source(estimate, engine, _settings(set_, "--set"))
    tasks = tasks_of(
        _tracks(reference, dataset, root, subset, _settings(with_, "--with"))[:first],
        source,
        metrics=_metrics(metrics),
        baselines=("mixture", "oracle") if baselines else (),
        evidence=html is not None,
    )
    name = engine or (estimate.resolve().name if estimate else "estimate")
    quiet = len(tasks) == 1 or json_
    tables, scored = score_songs(
        tasks, name=name, results=results, workers=jobs, finished=None if quiet else _tell
    )
    level = -math.inf if strict else threshold
    rows = {system: summarise(table, threshold_db=level) for system, table in tables.items()}
    _write(tables, save, museval)
    if html is not None and tables:
        _write_html(html, name, scored, threshold, strict)
    if json_:
        _print_json(tables, rows, scored)
    else:
        print_summaries(rows)
        for line in (f"{each.song}: {f}" for each in scored for f in each.findings):
            typer.echo(f"found: {line}", err=True)
    for each in scored:
        for warning in each.warnings:
            typer.echo(f"warning: {warning}", err=True)
        if each.error:
            typer.echo(f"error: {each.error}", err=True)
    if any(each.error for each in scored):
        sys.exit(1)


def _tracks(
    reference: Path | None,
    dataset: str | None,
    root: Path | None,
    subset: str,
    options: Mapping[str, str],
) -> list[Track]:
    """The songs whose true stems are known."""
    from partita.core import UsageError
    from partita.datasets import create

    if dataset is None:
        if root is not None or subset or options:
            raise UsageError("--root, --subset and --with belong to --dataset NAME")
        if reference is None:
            raise UsageError("give a folder of true stems, or --dataset NAME --root DIR")
        return list(create("folder", reference))
    if reference is not None:
        raise UsageError("with --dataset give one folder at most, that of the estimates")
    if root is None:
        raise UsageError(f"say where the dataset {dataset} lies: --root DIR")
    return list(create(dataset, root, subset=subset, **options))


def _source(
    estimate: Path | None, engine: str | None, options: Mapping[str, str]
) -> Path | Separator:
    from partita.core import UsageError
    from partita.engines import create

    if (estimate is None) == (engine is None):
        raise UsageError("give a folder of estimates, or an engine (-n), one of the two")
    if engine is None and options:
        raise UsageError("--set belongs to an engine (-n)")
    return estimate if estimate is not None else create(engine or "", **options)


def _settings(pairs: Sequence[str] | None, flag: str) -> dict[str, str]:
    from partita.core import UsageError

    settings = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"{flag} wants KEY=VALUE, got {pair!r}")
        settings[key.strip()] = value.strip()
    return settings


def _metrics(text: str) -> tuple[str, ...]:
    from partita.metrics import find

    wanted = text.replace("bss_eval", "sdr,isr,sir,sar").split(",")
    names = tuple(dict.fromkeys(name.strip().lower() for name in wanted if name.strip()))
    for name in names:
        find(name)
    return names


def _check_html(path: Path) -> None:
    from partita.core import UsageError
    from partita.report import check_installed

    if path.suffix not in (".html", ".htm"):
        raise UsageError(f"a report is written as .html, not {path.name!r}")
    check_installed()


def _write_html(
    path: Path, name: str, scored: Sequence[Scored], threshold: float, strict: bool
) -> None:
    from partita.core.names import printable
    from partita.report import Settings, result_of, write_report

    settings = Settings(threshold_db=threshold, strict=strict)
    size = write_report(path, [result_of(name, scored)], settings)
    typer.echo(f"report: {printable(path)} ({size / 1e6:.1f} MB)", err=True)


def _tell(scored: Scored) -> None:
    typer.echo(f"{scored.song}: {'failed' if scored.error else 'done'}", err=True)


def _write(tables: Mapping[str, Scores], save: Path | None, museval: Path | None) -> None:
    from partita.evaluate import write_systems
    from partita.evaluate.museval_json import write_museval

    if save is not None:
        write_systems(save, tables)
    if museval is not None and "estimate" in tables:
        write_museval(museval, tables["estimate"])


def print_summaries(systems: Mapping[str, Sequence[Summary]]) -> None:
    """A table: a row for each stem of each track, then for each stem over all tracks."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from partita.core.names import printable

    rows = systems.get("estimate", [])
    if not rows:
        return
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 200
    shown = dict.fromkeys(metric for row in rows for metric in row.values)
    others = [name for name in systems if name != "estimate"]
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("track", overflow="fold")
    table.add_column("stem")
    for metric in shown:
        table.add_column(HEADINGS.get(metric, metric), justify="right", no_wrap=True)
    for name in others:
        table.add_column(f"{name}'s SDR", justify="right", no_wrap=True)
    for title in ("frames", "sound", "lost", "leak"):
        table.add_column(title, justify="right", no_wrap=True)
    for index, row in enumerate(rows):
        cells = [decibels(row.values.get(metric, math.nan)) for metric in shown]
        cells += [decibels(systems[n][index].values.get("sdr", math.nan)) for n in others]
        counts = [str(n) for n in (row.frames, row.sounding, row.lost, row.leaked)]
        track = printable(row.track) if row.track else "all (median)"
        table.add_row(Text(track), Text(row.target), *cells, *counts)
    console.print(table)
    console.print(
        "dB; framewise metrics: median over the frames where the target sounds. PES, EPS: dBFS, "
        "lower is better.\nlost: of the sounding frames, those where the estimate is silent; "
        "leak: of the others, those where it is not.",
        style="dim",
    )


def decibels(value: float) -> str:
    """A value for a table: two digits, or what it is instead of a number.

    Examples
    --------
    >>> decibels(5.678), decibels(float("nan")), decibels(float("-inf"))
    ('5.68', '-', '-inf')
    """
    return "-" if math.isnan(value) else f"{value:.2f}"


def _print_json(
    tables: Mapping[str, Scores],
    rows: Mapping[str, Sequence[Summary]],
    scored: Sequence[Scored],
) -> None:
    import dataclasses
    import json

    from partita.core import scores as core_scores

    def columns(table: Scores) -> dict[str, Any]:
        return {name: getattr(table, name).tolist() for name in core_scores.COLUMNS}

    content = {
        "summary": {n: [dataclasses.asdict(row) for row in part] for n, part in rows.items()},
        "scores": {name: columns(table) for name, table in tables.items()},
        "found": {each.song: list(each.findings) for each in scored},
        "warnings": [text for each in scored for text in each.warnings],
        "errors": [each.error for each in scored if each.error],
    }
    typer.echo(json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """JSON has no NaN and no infinity: they become null and "inf", "-inf"."""
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
