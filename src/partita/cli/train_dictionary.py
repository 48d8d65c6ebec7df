"""`partita train-dictionary`: the spectra of one source, from recordings of it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train_dictionary(
    clips: Annotated[
        list[Path], typer.Argument(help="Recordings of the source alone: files, or folders.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", help="File to write; its name is the source's.")
    ],
    rank: Annotated[int, typer.Option(min=1, max=400, help="Spectra to learn.")] = 40,
    n_fft: Annotated[
        int, typer.Option(min=64, max=65536, help="Frame length at 44.1 kHz, even.")
    ] = 4096,
    iterations: Annotated[int, typer.Option(min=1, max=2000, help="Steps of learning.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Of the random start.")] = 0,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
) -> None:
    """Learn what one source sounds like, for supervised_nmf and semi_supervised_nmf.

    partita train-dictionary guitar-clips/ -o guitar.npz, and then
    partita separate song.flac -n semi_supervised_nmf --set dictionaries=guitar.npz
    """
    from partita.core import UsageError
    from partita.core.names import printable, stem_name
    from partita.engines.dictionaries import train_dictionary as learn
    from partita.factor.dictionary import save_dictionary
    from partita.jobs import find_inputs

    if output.suffix != ".npz":
        raise UsageError(f"a dictionary is a .npz file, not {printable(output)}")
    if n_fft % 4:
        raise UsageError(f"--n-fft must be a multiple of 4, got {n_fft}")
    paths = find_inputs(clips)
    for path in paths:
        if isinstance(path, Exception):
            raise path
    dictionary = learn(
        [path for path in paths if isinstance(path, Path)],
        stem_name(output.stem),
        rank=rank,
        n_fft=n_fft,
        iterations=iterations,
        seed=seed,
        listener=None if quiet else lambda path: typer.echo(f"  {printable(path)}"),
    )
    save_dictionary(dictionary, output)
    if not quiet:
        size = output.stat().st_size
        typer.echo(f"{printable(output)}  {dictionary.W.shape[1]} spectra, {size / 1e3:.0f} kB")
