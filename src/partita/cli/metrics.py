"""`partita metrics`: which there are, and whether they say what listeners say."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from partita.evaluate.ratings import RatedItem
    from partita.evaluate.validate_metrics import Agreement

app = typer.Typer(help="List the metrics, or hold them against listeners' ratings.")

NEEDS = {"target": "one stem", "all_targets": "all stems", "mix": "one stem and the recording"}


@app.callback(invoke_without_command=True)
def metrics(
    context: typer.Context,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the metrics: what each says, its unit, and what it needs.

    Any of them can be given to `partita evaluate --metrics`.
    """
    if context.invoked_subcommand is not None:
        return
    import json

    from partita.metrics import find, names

    specs = [find(name) for name in names()]
    if json_:
        keys = ("name", "unit", "higher_is_better", "needs", "framewise", "jnd", "summary")
        table = [{key: getattr(spec, key) for key in keys} for spec in specs]
        typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
        return
    for spec in specs:
        typer.echo(f"{spec.name}: {spec.summary}")
        facts = [spec.unit, "higher is better" if spec.higher_is_better else "lower is better"]
        facts += [NEEDS[spec.needs], "every frame" if spec.framewise else ""]
        facts += [f"{spec.jnd:g} {spec.unit} are just heard" if spec.jnd is not None else ""]
        typer.echo(f"    {', '.join(fact for fact in facts if fact)}")


@app.command("validate")
def validate(
    ratings: Annotated[
        Path, typer.Option(metavar="DIR", help="Ratings: see docs/metrics-validation.md.")
    ],
    names: Annotated[
        str | None,
        typer.Option("--metrics", help="Names, comma-separated. Default: all registered ones."),
    ] = None,
    metric: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODULE:FUNCTION",
            help="Your own, called as f(reference, estimate, rate); repeatable.",
        ),
    ] = None,
    lower: Annotated[
        list[str] | None,
        typer.Option(
            "--lower-is-better", metavar="NAME", help="Turn this score round; repeatable."
        ),
    ] = None,
    results: Annotated[
        Path | None, typer.Option(help="Keep each sound's scores here, and go on from them.")
    ] = None,
    save: Annotated[Path | None, typer.Option(help="Write the table to this .csv.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Hold metrics against listeners: rank correlation with ratings, with intervals over songs.

    By default every registered metric is computed; `--metric` alone computes only your own.
    """
    from partita.core import UsageError
    from partita.evaluate.rated_scores import measure, user_function
    from partita.evaluate.ratings import read_ratings
    from partita.evaluate.validate_metrics import validate as agreements

    if save is not None and save.suffix != ".csv":
        raise UsageError(f"the table is written as .csv, not {save.name!r}")
    functions = {text: user_function(text) for text in metric or []}
    items = read_ratings(ratings)
    wanted = _wanted(names, alone=bool(functions))
    told = sys.stderr.isatty() and not json_
    scores, notes = measure(
        items,
        wanted,
        functions=functions,
        results=results,
        finished=_progress if told else None,
    )
    found = agreements(items, scores, lower_is_better=_known(lower or [], items, scores))
    if save is not None:
        _write(save, found)
    if json_:
        _print_json(found, items, notes)
        return
    print_agreements(found, items)
    for note in notes:
        typer.echo(f"note: {note}", err=True)


def _wanted(text: str | None, *, alone: bool) -> list[str]:
    from partita.metrics import find, names

    if text is None:
        return [] if alone else list(names())
    wanted = list(dict.fromkeys(name.strip().lower() for name in text.split(",") if name.strip()))
    for name in wanted:
        find(name)
    return wanted


def _known(lower: Sequence[str], items: Sequence[RatedItem], scores: Any) -> Sequence[str]:
    from partita.core import UsageError

    known = {name for of_item in scores.values() for name in of_item}
    known |= {name for item in items for name in item.scores}
    if unknown := [name for name in lower if name not in known]:
        raise UsageError(
            f"--lower-is-better {unknown[0]}: there is no such score; "
            f"there are {', '.join(sorted(known)) or 'none'}"
        )
    return lower


def _progress(done: int, every: int) -> None:
    end = "\n" if done == every else "\r"
    sys.stderr.write(f"{done} of {every} sounds measured{end}")
    sys.stderr.flush()


def print_agreements(found: Sequence[Agreement], items: Sequence[RatedItem]) -> None:
    """A table for each question, and how well the listeners agree with each other."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from partita.evaluate.ratings import listeners_agree

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 120
    for question in dict.fromkeys(row.question for row in found):
        asked = [item for item in items if item.question == question]
        songs = len({item.song for item in asked})
        listeners = len({name for item in asked for name in item.ratings})
        console.print(
            Text(
                f"{question}: {len(asked)} items of {songs} songs, {listeners} listeners; half of "
                f"the listeners against the other half: {_r(listeners_agree(asked))}"
            ),
            soft_wrap=True,
        )
        table = Table(box=box.SIMPLE, pad_edge=False)
        table.add_column("metric", no_wrap=True)
        for title in ("Spearman", "95 % over songs", "Kendall", "within songs", "items"):
            table.add_column(title, justify="right", no_wrap=True)
        for row in found:
            if row.question == question:
                low, high = row.interval
                cells = [_r(row.spearman), f"{_r(low)} … {_r(high)}", _r(row.kendall)]
                cells += [_r(row.within_songs), str(row.items)]
                table.add_row(Text(row.metric + (" (turned)" if row.turned else "")), *cells)
        console.print(table)
    console.print(
        "Rank correlation with the ratings. (turned): lower is better, the score is turned round.",
        style="dim",
    )


def _r(value: float) -> str:
    """A correlation as it is printed.

    Examples
    --------
    >>> _r(0.895), _r(-0.03), _r(1.0), _r(float("nan"))
    ('.90', '-.03', '1.00', '-')
    """
    if value != value:
        return "-"
    text = f"{value:.2f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def _rows(found: Sequence[Agreement]) -> list[dict[str, Any]]:
    import dataclasses

    rows = []
    for row in found:
        cells = dataclasses.asdict(row)
        low, high = cells.pop("interval")
        rows.append({**cells, "low": low, "high": high})
    return rows


def _write(path: Path, found: Sequence[Agreement]) -> None:
    import csv

    rows = _rows(found)
    with path.open("w", newline="", encoding="utf-8", errors="surrogateescape") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def _print_json(found: Sequence[Agreement], items: Sequence[RatedItem], notes: list[str]) -> None:
    import json

    from partita.evaluate.ratings import listeners_agree

    questions = dict.fromkeys(row.question for row in found)
    agree = {q: listeners_agree([i for i in items if i.question == q]) for q in questions}
    content = {"agreements": _rows(found), "listeners": agree, "notes": notes}
    typer.echo(json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
