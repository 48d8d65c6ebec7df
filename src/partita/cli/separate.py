"""`partita separate`: recordings to stems on disk."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from partita.cli.hints import (
    ActivityFlag,
    ExampleFlag,
    LyricsFlag,
    PitchFlag,
    ScoreFlag,
    hint_files,
)

if TYPE_CHECKING:
    from partita.io import Encoding
    from partita.jobs import Clip, Outcome


def _engines(begun: str) -> list[str]:
    from partita.engines import names

    return [name for name in names() if name.startswith(begun)]


def separate(
    inputs: Annotated[
        list[Path], typer.Argument(readable=False, help="Audio files, or folders of them.")
    ],
    engine: Annotated[
        str,
        typer.Option(
            "-n",
            "--engine",
            help="Which separator; see `partita engines`.",
            autocompletion=_engines,
        ),
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
    alac: Annotated[bool, typer.Option("--alac", help="Write ALAC (lossless, .m4a).")] = False,
    stem_mp4: Annotated[
        bool,
        typer.Option(
            "--stem-mp4",
            help="Write one .stem.mp4, mix and four stems, in AAC (ALAC with --int16, --int24).",
        ),
    ] = False,
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
        str | None,
        typer.Option(
            help="Where a stem goes below the engine's folder: {track}/{stem}.{ext}, "
            "or with --stem-mp4 {track}.{ext}, if nothing else is said."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An option of the engine; repeatable."),
    ] = None,
    overlap: Annotated[
        float | None,
        typer.Option(metavar="SHARE", help="Of a segment, crossfaded with the next; 0 to 0.5."),
    ] = None,
    shifts: Annotated[
        int,
        typer.Option(metavar="N", help="Mean of N passes, shifted in time: N times as long."),
    ] = 0,
    clip: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="Beyond full scale: rescale (one gain for all stems), clamp, or none (float wav).",
        ),
    ] = "rescale",
    offline: Annotated[
        bool,
        typer.Option("--offline", help="Never use the network; the present engines never do."),
    ] = False,
    report: Annotated[
        Path | None, typer.Option(metavar="FILE.json", help="Every input's outcome.")
    ] = None,
    progress: Annotated[
        str, typer.Option(metavar="auto|json", help="json: an event a line on standard error.")
    ] = "auto",
    explain: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Draw what the engine went by (pitch, score, spectra, strokes): pictures in DIR.",
        ),
    ] = None,
    resume: Annotated[
        bool, typer.Option(help="Keep what is done, go on with what was interrupted.")
    ] = True,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
    score: ScoreFlag = None,
    pitch: PitchFlag = None,
    activity: ActivityFlag = None,
    lyrics: LyricsFlag = None,
    example: ExampleFlag = None,
) -> None:
    """Take recordings apart: OUTPUT/ENGINE/TRACK/STEM.wav, with a manifest beside the stems.

    Samples are stored as in the input (--int16, --int24, --float32 change that). Stems that make
    up the whole recording add up to it exactly.
    """
    from partita.cli.heap import share_one_heap
    from partita.cli.progress_json import JsonProgress
    from partita.cli.show import BatchDisplay
    from partita.core import UsageError
    from partita.engines import DEFAULT, create
    from partita.jobs import BatchReport, Request, find_inputs, run_batch

    del offline  # a promise that holds without it
    if progress not in ("auto", "json"):
        raise UsageError(f"--progress must be auto or json, got {progress!r}")

    formats = {
        "wav": wav,
        "flac": flac,
        "mp3": mp3,
        "opus": opus,
        "ogg": ogg,
        "m4a": m4a,
        "alac": alac,
        "stem-mp4": stem_mp4,
    }
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
        hint_files=hint_files(score, pitch, activity, lyrics, example),
        overlap=overlap,
        shifts=shifts,
        clip=_clip(clip),
        resume=resume,
        explain=explain,
    )
    request = request.ready()
    found = find_inputs(inputs, leave_out=output)
    share_one_heap()
    with ExitStack() as stack:
        written = stack.enter_context(BatchReport(report, found)) if report else None
        display: JsonProgress | BatchDisplay
        display = JsonProgress(found) if progress == "json" else BatchDisplay(found, quiet=quiet)
        stack.enter_context(display)

        def finished(outcome: Outcome) -> None:
            if written:
                written.finished(outcome)
            display.finished(outcome)

        outcomes = run_batch(
            found, request, workers=jobs, progress=display.progress, finished=finished
        )
    display.summary(outcomes)
    if not quiet and progress != "json":
        _print_pictures(outcomes)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)


def _print_pictures(outcomes: list[Outcome]) -> None:
    from partita.core.names import printable

    places = [place for outcome in outcomes for place in outcome.pictures]
    if places:
        typer.echo("Look:")
    for place in places:
        typer.echo(f"  {printable(place)}")


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


def _clip(name: str) -> Clip:
    return name  # type: ignore[return-value]  # the request refuses other names


def _settings(pairs: list[str]) -> dict[str, str]:
    from partita.core import UsageError

    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set wants KEY=VALUE, got {pair!r}")
        settings[key.strip()] = value.strip()
    return settings
