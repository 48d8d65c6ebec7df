"""`partita demo`: the built-in song, taken apart and scored against its true stems."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partita.core import Audio, Stems, Track

ORACLE = "ideal_ratio_mask"


def demo(
    output: Annotated[Path, typer.Option("-o", "--output", help="Folder for everything.")] = Path(
        "demo"
    ),
    engine: Annotated[
        str, typer.Option("-n", "--engine", help="Which separator; see `partita engines`.")
    ] = "",
) -> None:
    """Separate the built-in song, score it against its true stems, and say where to listen."""
    from partita.cli.show import BatchDisplay
    from partita.datasets import demo_track
    from partita.engines import DEFAULT, create
    from partita.io import save
    from partita.jobs import Request, run_batch

    track = demo_track()
    chosen = engine or DEFAULT
    mix = output / "demo.wav"
    (output / "true_stems").mkdir(parents=True, exist_ok=True)
    save(mix, track.mix(), encoding="int16")
    for name, audio in track.stems().items():
        save(output / "true_stems" / f"{name}.wav", audio, encoding="int16")
    request = Request(engine=create(chosen), folder=output / "separated", encoding="float32")
    with BatchDisplay([mix], quiet=False) as display:
        outcomes = run_batch([mix], request, progress=display.progress, finished=display.finished)
    if not outcomes[0].ok:
        sys.exit(1)
    display.summary(outcomes)
    estimate = _read(outcomes[0].stems)
    _print_scores(track, estimate, chosen)
    picture = _draw(track, estimate, output / "demo.png", chosen)
    _print_places(mix, output / "true_stems", outcomes[0].stems, picture)


def _read(stems: dict[str, Path]) -> Stems:
    import numpy as np

    from partita.core import Stems
    from partita.io import load

    parts = {name: load(path) for name, path in stems.items()}
    rate = next(iter(parts.values())).rate
    return Stems(tuple(parts), np.stack([p.samples for p in parts.values()]), rate)


def _print_scores(track: Track, estimate: Stems, engine: str) -> None:
    """SDR of the whole song, a column a system: the unscaled mixture, the engine, the oracle."""
    import partita
    from partita.core import Hints
    from partita.core.hints import References
    from partita.metrics.sdr import sdr_global

    truth, mix = track.stems(), track.mix()
    oracle = partita.separate(mix, engine=ORACLE, hints=Hints(references=References(truth)))
    typer.echo("SDR of the whole song, dB (higher is better)")
    typer.echo(f"{'':10}{'mixture':>10}{engine:>12}{'oracle mask':>14}")
    for name in truth:
        if name not in estimate:
            continue
        reference = truth[name].samples
        values = [sdr_global(reference, s) for s in (mix.samples, estimate[name].samples)]
        best = sdr_global(reference, oracle[name].samples)
        typer.echo(f"{name:10}{values[0]:10.2f}{values[1]:12.2f}{best:14.2f}")


def _draw(track: Track, estimate: Stems, path: Path, engine: str) -> Path | None:
    """One picture: spectrograms of the true stems and of the estimates; None without matplotlib."""
    if find_spec("matplotlib") is None:
        return None
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    truth = track.stems()
    names = [name for name in truth if name in estimate]
    figure = Figure(figsize=(14, 2.6 * len(names)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(names), 2, sharex=True, sharey=True, squeeze=False)
    for row, name in zip(axes, names, strict=True):
        for axis, audio, title in (
            (row[0], truth[name], f"{name}, true"),
            (row[1], estimate[name], f"{name}, {engine}"),
        ):
            _spectrogram(axis, audio)
            axis.set_title(title, fontsize=10)
        row[0].set_ylabel("kHz")
    for axis in axes[-1]:
        axis.set_xlabel("s")
    figure.savefig(path, dpi=80)
    return path


def _spectrogram(axis: object, audio: Audio) -> None:
    import numpy as np

    from partita.signal import stft

    power = np.mean(np.abs(stft(audio.samples, n_fft=2048, hop=512)) ** 2, axis=0)
    level = 10 * np.log10(power + 1e-10)
    axis.imshow(  # type: ignore[attr-defined]
        level[: level.shape[0] // 2],
        origin="lower",
        aspect="auto",
        cmap="magma",
        vmin=-50,
        vmax=40,
        extent=(0, audio.duration_s, 0, audio.rate / 4000),
    )


def _print_places(mix: Path, truth: Path, stems: dict[str, Path], picture: Path | None) -> None:
    typer.echo()
    typer.echo("Listen:")
    typer.echo(f"  the song     {mix}")
    for name, path in stems.items():
        typer.echo(f"  {name:12} {path}   (true: {truth / (name + '.wav')})")
    if picture:
        typer.echo(f"Look:\n  {picture}")
    else:
        typer.echo("For a picture: pip install 'partita[eval]'")
