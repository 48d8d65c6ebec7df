"""The flags that give side information, and what they mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partita.jobs import HintFile

PANEL = "Side information"

ScoreFlag = Annotated[
    str | None,
    typer.Option(
        "--score",
        metavar="FILE",
        help="The notes: MIDI, MusicXML. In all of these, {track} is the recording's name.",
        rich_help_panel=PANEL,
    ),
]
PitchFlag = Annotated[
    str | None,
    typer.Option(
        "--pitch",
        metavar="FILE",
        help="Pitch over time: CSV of time and Hz (Tony, CREPE, pYIN), a column a voice.",
        rich_help_panel=PANEL,
    ),
]
ActivityFlag = Annotated[
    str | None,
    typer.Option(
        "--activity",
        metavar="FILE",
        help="Where each source sounds: CSV, Audacity labels, lab, RTTM.",
        rich_help_panel=PANEL,
    ),
]
LyricsFlag = Annotated[
    str | None,
    typer.Option(
        "--lyrics", metavar="FILE", help="Lyrics with times: LRC, JSON.", rich_help_panel=PANEL
    ),
]
ExampleFlag = Annotated[
    list[str] | None,
    typer.Option(
        "--example",
        metavar="NAME=FILE",
        help="A clip that sounds like a source; repeatable.",
        rich_help_panel=PANEL,
    ),
]


def hint_files(
    score: str | None,
    pitch: str | None,
    activity: str | None,
    lyrics: str | None,
    example: list[str] | None,
) -> tuple[HintFile, ...]:
    """What the flags name, nothing being read yet.

    Raises
    ------
    UsageError : an example without a name.
    """
    from partita.jobs import HintFile

    single = {"score": score, "pitch": pitch, "activity": activity, "lyrics": lyrics}
    files = [HintFile(hint, path) for hint, path in single.items() if path is not None]
    return (*files, *(_example(text) for text in example or ()))


def _example(text: str) -> HintFile:
    from partita.core import UsageError
    from partita.jobs import HintFile

    name, equals, path = text.partition("=")
    if not (equals and name.strip() and path):
        raise UsageError(f"--example wants NAME=FILE, such as guitar=solo.wav, got {text!r}")
    return HintFile("examples", path, source=name.strip())
