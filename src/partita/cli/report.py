"""`partita report`: results of `partita evaluate` as one HTML file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partita.report import Result

HELP = (
    "Folders that `partita evaluate --results` filled (with sound where --html was given), or "
    "tables of scores (.csv, .parquet, museval's .json). Several are compared."
)


def report(
    results: Annotated[list[Path], typer.Argument(metavar="RESULTS", help=HELP)],
    output: Annotated[Path, typer.Option("-o", "--output", help="The .html file.")] = Path(
        "report.html"
    ),
    reference: Annotated[
        Path | None, typer.Option(help="Folder of true stems: for sound beside a table.")
    ] = None,
    estimates: Annotated[
        Path | None, typer.Option(help="Folder of the estimates that the table is of.")
    ] = None,
    metric: Annotated[
        str, typer.Option(help="What the report speaks of first. Default: sdr.")
    ] = "",
    threshold: Annotated[float, typer.Option(help="Below it a frame is silent, dBFS.")] = -60.0,
    strict: Annotated[bool, typer.Option("--strict", help="Silent is exactly zero.")] = False,
    sound: Annotated[float, typer.Option(metavar="MB", help="Put in at most so much sound.")] = 9.0,
) -> None:
    """One HTML file that needs nothing else: scores, timeline, worst seconds, comparison.

    It opens in any browser, without network. A table has no sound of its own: give the folders that
    it was made from, or make the report with `partita evaluate --html`.
    """
    from partita.core import UsageError
    from partita.core.names import printable
    from partita.report import Settings, check_installed, read_result, write_report

    if output.suffix not in (".html", ".htm"):
        raise UsageError(f"a report is written as .html, not {output.name!r}")
    if (reference is None) != (estimates is None):
        raise UsageError("for sound give both folders, --reference and --estimates")
    if reference is not None and len(results) > 1:
        raise UsageError(
            "folders of sound belong to one table: evaluate each system with --results and --html, "
            "and give those folders of results"
        )
    check_installed()
    found = [read_result(path) for path in results]
    if reference is not None and estimates is not None:
        found = [_with_sound(found[0], reference, estimates)]
    settings = Settings(metric=metric, threshold_db=threshold, strict=strict, sound_mb=sound)
    size = write_report(output, found, settings)
    typer.echo(f"{printable(output)} ({size / 1e6:.1f} MB)")


def _with_sound(result: Result, reference: Path, estimates: Path) -> Result:
    from partita.evaluate import score_songs, tasks_of
    from partita.report import with_sound

    tasks = tasks_of(reference, estimates, metrics=(), evidence=True)
    return with_sound(result, score_songs(tasks)[1])
