"""`partita export`: a trained network as a file for the quartet engine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def export(
    run: Annotated[Path, typer.Argument(help="Folder that `partita train` wrote.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write.")] = Path(
        "quartet.onnx"
    ),
    full: Annotated[bool, typer.Option("--float32", help="Store weights in 32 bits.")] = False,
) -> None:
    """Write the averaged weights of a run as ONNX, and a model card beside it.

    Weights are stored in 16 and 8 bits, and computed with in 32.
    """
    from partita.core import MissingExtra

    try:
        from partita.training.export import export_run
    except ModuleNotFoundError as error:
        raise MissingExtra("partita export", "train") from error

    size = export_run(run, output, half=not full)
    typer.echo(f"{output}  {size / 1e6:.1f} MB; {output.with_suffix('.md').name} describes it")
