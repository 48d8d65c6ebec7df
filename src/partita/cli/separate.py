"""`partita separate`: recordings to stems on disk."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partita.io import Encoding


def separate(
    inputs: Annotated[list[Path], typer.Argument(help="Audio files, or folders of them.")],
    engine: Annotated[
        str, typer.Option("-n", "--engine", help="Which separator; see `partita engines`.")
    ] = "",
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for the results.")] = Path(
        "separated"
    ),
    stems: Annotated[
        str | None, typer.Option(help="Only these, e.g. vocals,drums or no_vocals.")
    ] = None,
    two_stems: Annotated[
        str | None, typer.Option(metavar="STEM", help="STEM and everything else.")
    ] = None,
    wav: Annotated[bool, typer.Option("--wav", help="Write wav (the default).")] = False,
    flac: Annotated[bool, typer.Option("--flac", help="Write flac.")] = False,
    mp3: Annotated[bool, typer.Option("--mp3", help="Write mp3, 320 kb/s.")] = False,
    opus: Annotated[bool, typer.Option("--opus", help="Write Opus (at 48 kHz).")] = False,
    ogg: Annotated[bool, typer.Option("--ogg", help="Write Ogg Vorbis.")] = False,
    m4a: Annotated[bool, typer.Option("--m4a", help="Write AAC, 256 kb/s.")] = False,
    int16: Annotated[bool, typer.Option("--int16", help="16-bit samples.")] = False,
    int24: Annotated[bool, typer.Option("--int24", help="24-bit samples.")] = False,
    float32: Annotated[
        bool, typer.Option("--float32", help="Float samples, which never clip.")
    ] = False,
    device: Annotated[str, typer.Option("-d", "--device", help="auto, cpu, cuda …")] = "auto",
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, help="Files at a time, a process each.")
    ] = 1,
    filename: Annotated[
        str, typer.Option(help="Where a stem goes below the engine's folder.")
    ] = "{track}/{stem}.{ext}",
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the engine; repeatable."),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Keep what is done, go on with what was interrupted.")
    ] = True,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
) -> None:
    """Take recordings apart: OUTPUT/ENGINE/TRACK/STEM.wav, with a manifest beside the stems.

    Samples are stored as in the input (--int16, --int24, --float32 change that). Stems that make
    up the whole recording add up to it exactly.
    """
    from partita.cli.show import BatchDisplay
    from partita.engines import DEFAULT, create
    from partita.jobs import Request, find_inputs, run_batch

    formats = {"wav": wav, "flac": flac, "mp3": mp3, "opus": opus, "ogg": ogg, "m4a": m4a}
    encodings = {"int16": int16, "int24": int24, "float32": float32}
    request = Request(
        engine=create(engine or DEFAULT, **_settings(set_ or [])),
        folder=output,
        stems=_names(stems),
        two_stems=two_stems,
        format=_only(formats) or "wav",
        encoding=_encoding(_only(encodings)),
        template=filename,
        device=device,
        resume=resume,
    )
    request.check()
    with BatchDisplay(find_inputs(inputs, leave_out=output), quiet=quiet) as display:
        outcomes = run_batch(
            display.inputs,
            request,
            workers=jobs,
            progress=display.progress,
            finished=display.finished,
        )
    display.summary(outcomes)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)


def _names(stems: str | None) -> list[str] | None:
    if stems is None:
        return None
    return [name.strip() for name in stems.split(",") if name.strip()]


def _only(flags: dict[str, bool]) -> str | None:
    """The one flag that is set, or None."""
    from partita.core import UsageError

    chosen = [name for name, given in flags.items() if given]
    if len(chosen) > 1:
        raise UsageError(f"choose one of {' and '.join('--' + name for name in chosen)}")
    return chosen[0] if chosen else None


def _encoding(name: str | None) -> Encoding | None:
    return name  # type: ignore[return-value]  # the flags' names are the encodings


def _settings(pairs: list[str]) -> dict[str, str]:
    from partita.core import UsageError

    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set wants KEY=VALUE, got {pair!r}")
        settings[key.strip()] = value.strip()
    return settings
