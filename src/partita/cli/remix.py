"""`partita remix`: stems of one song to a mix with other levels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def remix(
    stems: Annotated[
        Path, typer.Argument(help="A folder with the stems of one song, or a .stem.mp4.")
    ],
    output: Annotated[
        Path,
        typer.Option(
            "-o", "--output", help="The mix; its ending names the format (.stem.mp4 too)."
        ),
    ],
    gain: Annotated[
        list[str] | None,
        typer.Option(metavar="STEM=DB", help="Turn a stem up or down; repeatable."),
    ] = None,
    mute: Annotated[
        list[str] | None, typer.Option(metavar="STEM", help="Leave a stem out; repeatable.")
    ] = None,
    solo: Annotated[
        list[str] | None, typer.Option(metavar="STEM", help="Only this stem; repeatable.")
    ] = None,
    loudness: Annotated[
        str, typer.Option(metavar="keep|LUFS", help="keep: as loud as the unchanged sum.")
    ] = "keep",
) -> None:
    """Mix stems anew. The mix is as loud as before, and never above -1 dBTP."""
    from partita.core import UsageError
    from partita.jobs.remix import find_stems
    from partita.jobs.remix import remix as mix_stems

    found = find_stems(stems)
    gains = dict(_gain(pair) for pair in gain or [])
    for name in [*(mute or []), *(solo or []), *gains]:
        if name not in found:
            raise UsageError(f"there is no stem {name!r}; there are {', '.join(found)}")
    silent = {*(mute or []), *(set(found) - set(solo) if solo else ())}
    done = mix_stems(
        found,
        output,
        gains_db=gains | dict.fromkeys(silent, float("-inf")),
        loudness_lufs=None if loudness == "keep" else _number(loudness, "--loudness"),
    )
    held = ", held back by the peak" if done.held_back else ""
    typer.echo(
        f"{output}: {done.loudness_lufs:.1f} LUFS, {done.true_peak_dbtp:.1f} dBTP, "
        f"gain {done.gain_db:+.2f} dB{held}"
    )


def _gain(pair: str) -> tuple[str, float]:
    from partita.core import UsageError

    name, equals, value = pair.partition("=")
    if not equals:
        raise UsageError(f"--gain wants STEM=DB, got {pair!r}")
    return name.strip(), _number(value, "--gain")


def _number(text: str, option: str) -> float:
    import math

    from partita.core import UsageError

    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not -200 <= value <= 100:
        raise UsageError(f"{option} wants a number of decibels, got {text!r}")
    return value
