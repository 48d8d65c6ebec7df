"""The command `partita`: its verbs, and how errors end it.

Exit codes: 0 all done, 1 something failed, 2 the request makes no sense, 130 interrupted.
"""

from __future__ import annotations

import sys
from typing import Annotated, NoReturn

import typer

from partita.cli import demo, doctor, engines, evaluate, info, separate

app = typer.Typer(
    name="partita",
    help="Takes a recording of music apart into its parts, and says honestly how well it did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("separate")(separate.separate)
app.command("engines")(engines.engines)
app.command("info")(info.info)
app.command("evaluate")(evaluate.evaluate)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)


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
    from partita.core.errors import PartitaError

    try:
        app()
    except PartitaError as error:
        _end(str(error), _code(error))
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _end(f"{error.filename}: {error.strerror}" if error.filename else str(error), 1)
    sys.exit(0)


def _code(error: Exception) -> int:
    from partita.core.errors import HintError, UsageError

    return 2 if isinstance(error, UsageError | HintError) else 1


def _end(message: str, code: int) -> NoReturn:
    typer.echo(f"partita: {' '.join(message.split())}", err=True)
    sys.exit(code)
