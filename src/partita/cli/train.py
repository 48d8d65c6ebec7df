"""`partita train`: a network from a bank of stems."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def train(
    config: Annotated[
        str, typer.Argument(help="A TOML file, or the name of a preset (quartet-s-cpu …).")
    ],
    run: Annotated[Path, typer.Option(help="Folder for checkpoint and log; goes on from there.")],
    bank: Annotated[Path | None, typer.Option(help="Folder with a bank.json.")] = None,
    musdb: Annotated[Path | None, typer.Option(help="Folder of MUSDB18-HQ, beside a bank.")] = None,
    init: Annotated[
        Path | None,
        typer.Option(
            help="Weights to start from: a run, a .safetensors or .onnx file; "
            "quartet, quartet-low: those that come with Partita."
        ),
    ] = None,
    songs: Annotated[
        list[Path] | None, typer.Option(help="Folder of one song's stems to validate on.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Train so long, whatever the file says.")
    ] = None,
    threads: Annotated[int | None, typer.Option(help="CPU threads.")] = None,
    device: Annotated[str | None, typer.Option("-d", "--device", help="auto, cpu, cuda.")] = None,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="Only errors.")] = False,
) -> None:
    """Train a network; the same command again goes on where it was stopped.

    RUN/checkpoint.safetensors is written every few minutes, RUN/log.jsonl says what happened, and
    `partita export RUN` makes an engine's file of it.
    """
    from partita.core import MissingExtra, UsageError

    # Threads that wait by spinning cost a busy machine ten times the work; read as torch loads.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        from partita.training.loop import train as run_training
    except ModuleNotFoundError as error:
        raise MissingExtra("partita train", "train") from error
    from partita.training.config import find_config, with_settings
    from partita.weights import named

    settings = with_settings(find_config(config), minutes=minutes, threads=threads, device=device)
    if bank is None and musdb is None:
        raise UsageError("there is nothing to train on: give --bank or --musdb")
    run_training(
        settings,
        _bank(bank, musdb, settings),
        run,
        init=None if init is None else named(str(init)),
        songs=songs or (),
        listener=None if quiet else _show,
    )


def _bank(bank: Path | None, musdb: Path | None, settings: Any) -> Any:
    from partita.training.data import Bank, load_bank
    from partita.training.musdb import load_musdb
    from partita.training.team import device_of

    resident = str(device_of(settings.run.device)) if settings.data.resident else None
    parts = [] if bank is None else [load_bank(bank, resident=resident)]
    if musdb is not None:
        parts.append(load_musdb(musdb))
    return Bank.joined(parts)


def _show(event: dict[str, Any]) -> None:
    """A line for each event."""
    left_out = ("event", "step", "time", "rows", "config", "stems")
    words = [f"{name} {value}" for name, value in event.items() if name not in left_out]
    if "stems" in event:
        scores = ((stem, score["sdr_global"]) for stem, score in event["stems"].items())
        words.append("SDR, dB: " + "  ".join(f"{stem} {score:.2f}" for stem, score in scores))
    typer.echo(f"{event['event']} {event['step']}  {'  '.join(words)}")
    sys.stdout.flush()
