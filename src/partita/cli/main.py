"""The command `partita`: its verbs, and how errors end it.

Exit codes: 0 all done, 1 something failed, 2 the request makes no sense, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from partita.cli import (
    compare,
    datasets,
    demo,
    doctor,
    engines,
    evaluate,
    export,
    info,
    metrics,
    remix,
    report,
    separate,
    train,
    train_dictionary,
)
from partita.cli.stderr import keep_for_ourselves

app = typer.Typer(
    name="partita",
    help="Takes a recording of music apart into its parts, and says honestly how well it did.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("separate")(separate.separate)
app.command("remix")(remix.remix)
app.command("engines")(engines.engines)
app.command("info")(info.info)
app.command("evaluate")(evaluate.evaluate)
app.command("datasets")(datasets.datasets)
app.command("compare")(compare.compare)
app.add_typer(metrics.app, name="metrics")
app.command("report")(report.report)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("train")(train.train)
app.command("train-dictionary")(train_dictionary.train_dictionary)
app.command("export")(export.export)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    if show:
        from partita._version import __version__

        typer.echo(f"partita {__version__}")
        raise typer.Exit


def run() -> NoReturn:
    """Run the command line; every error that a user can cause is one line."""
    keep_for_ourselves()
    try:
        app()
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except SystemExit as end:  # typer's own answer to an interrupt says nothing
        if end.code == 130:
            _end("interrupted", 130)
        raise
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except Exception as error:
        _end_with(error)
    sys.exit(0)


def _end_with(error: Exception) -> NoReturn:
    """End with what a user can read; a defect of the program itself keeps its traceback."""
    from partita.core.errors import HintError, PartitaError, UsageError

    if isinstance(error, UsageError | HintError):
        _end(str(error), 2)
    if isinstance(error, PartitaError):
        _end(str(error), 1)
    if isinstance(error, OSError):
        _end(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    raise error


def _end(message: str, code: int) -> NoReturn:
    typer.echo(f"partita: {' '.join(message.split())}", err=True)
    sys.exit(code)
