"""`partita compare`: which system is better, by how much, and whether anybody would hear it."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from partita.core.scores import Scores
    from partita.evaluate.aggregate import RankStability
    from partita.evaluate.compare import Comparison

SISEC18 = "sisec18"

HELP = (
    "A table of scores (.csv, .parquet, museval's .json; FILE:NAME is one system out of several), "
    "a folder of museval's .json, a folder of estimates (with --reference), sisec18 (all systems "
    "of SiSEC 2018) or sisec18:NAME."
)


@dataclass
class Named:
    """What the arguments name, and what went wrong on the way."""

    systems: dict[str, Scores] = field(default_factory=dict)
    board: set[str] = field(default_factory=set)  # came with all of SiSEC: not paired up themselves
    notes: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def compare(
    systems: Annotated[list[str], typer.Argument(metavar="SYSTEM", help=HELP)],
    reference: Annotated[
        Path | None, typer.Option("--reference", help="Folder of true stems, for estimates.")
    ] = None,
    metric: Annotated[str, typer.Option("--metric", help="What is compared.")] = "sdr",
    target: Annotated[
        str | None, typer.Option("--target", help="Stems, as in vocals,drums. Default: all.")
    ] = None,
    jnd: Annotated[
        float | None,
        typer.Option(
            "--jnd", help="Difference that is just heard. Default: the metric's (0.5 dB)."
        ),
    ] = None,
    by: Annotated[
        str, typer.Option("--by", help="A track's frames to one: median, mean.")
    ] = "median",
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Compare systems on the same frames: differences, intervals, tests, and what is audible."""
    from partita.core.errors import UsageError
    from partita.evaluate.aggregate import INNER

    if by not in INNER:
        raise UsageError(f"--by must be median or mean, got {by!r}")
    targets = [t.strip() for t in target.split(",") if t.strip()] if target else None
    if systems == [SISEC18]:
        _leaderboards(metric, targets or ["vocals"], json_)
        return
    if twice := next((text for n, text in enumerate(systems) if text in systems[:n]), None):
        raise UsageError(f"{twice} is named twice: give each system once")
    named = Named()
    for text in systems:
        for name, scores in _read(text, reference, metric, by, named):
            named.systems[name] = scores
    _compare(named, metric, targets, jnd, by, json_)
    if named.errors:
        sys.exit(1)


def _compare(
    named: Named, metric: str, targets: list[str] | None, jnd: float | None, by: Any, json_: bool
) -> None:
    import itertools

    from partita.evaluate.compare import compare as compared

    everyone = itertools.combinations(named.systems, 2)
    pairs = [pair for pair in everyone if not set(pair) <= named.board]
    found = compared(named.systems, metric=metric, targets=targets, jnd=jnd, by=by, pairs=pairs)
    if json_:
        _print_json(found, named)
        return
    for note in named.notes:
        typer.echo(f"warning: {note}", err=True)
    for error in named.errors:
        typer.echo(f"error: {error}", err=True)
    print_comparisons(found)


def _read(
    text: str, reference: Path | None, metric: str, by: Any, named: Named
) -> Iterator[tuple[str, Scores]]:
    """The systems that one argument names."""
    from partita.core.errors import InputError
    from partita.evaluate.table import read_scores

    path = Path(text)
    if text == SISEC18 or text.startswith(f"{SISEC18}:"):
        yield from _sisec18(text, by, named)
    elif path.is_dir():
        yield _unused_name(path, text, named), _folder(path, reference, metric, named)
    elif path.exists():
        yield _unused_name(path, text, named), read_scores(path)
    else:
        file, colon, name = text.rpartition(":")
        if not colon or not Path(file).exists():
            raise InputError(f"{text}: no such file or folder, and not {SISEC18} or {SISEC18}:NAME")
        yield _unused_name(Path(file), name, named, name), read_scores(Path(file), system=name)


def _sisec18(text: str, by: Any, named: Named) -> Iterator[tuple[str, Scores]]:
    from partita.core.errors import UsageError
    from partita.evaluate.sisec18 import load_sisec18

    systems = load_sisec18(by=by)
    if text == SISEC18:
        rest = {name: s for name, s in systems.items() if name not in named.systems}
        named.board |= set(rest)
        yield from rest.items()
        return
    wanted = text.removeprefix(f"{SISEC18}:")
    name = next((name for name in systems if name.casefold() == wanted.casefold()), None)
    if name is None:
        raise UsageError(f"SiSEC 2018 has no system {wanted!r}; it has {', '.join(systems)}")
    named.board.discard(name)
    yield name, systems[name]


def _folder(path: Path, reference: Path | None, metric: str, named: Named) -> Scores:
    from partita.core.errors import UsageError
    from partita.evaluate.folders import evaluate_folders
    from partita.evaluate.table import read_scores

    if reference is None:
        if any(path.rglob("*.json")):
            return read_scores(path)
        raise UsageError(f"{path} is a folder: to score estimates, give --reference FOLDER")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scores, errors = evaluate_folders(reference, path, metrics=[metric])
    named.notes += [str(warning.message) for warning in caught]
    named.errors += [str(error) for error in errors]
    return scores


def _unused_name(path: Path, text: str, named: Named, short: str = "") -> str:
    """A short name; where that is taken, what the user wrote."""
    name = short or path.resolve().stem
    return text if name in named.systems else name


def print_comparisons(found: list[Comparison]) -> None:
    """What was compared, a table with a row for each pair and target, and the verdicts."""
    from rich.table import Table
    from rich.text import Text

    console = _console()
    jnd = found[0].jnd
    for line in dict.fromkeys(_standing(each) for each in found):
        console.print(Text(line))
    table = Table(box=_box(), pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("target", no_wrap=True)
    table.add_column("systems", overflow="fold")
    titles = ["first", "second", "difference\n[95 %]", "wins", "p\n(Holm)"]
    titles += [] if jnd is None else ["heard:\nchance", "heard:\ntracks"]
    for title in [*titles, "tracks\nneeded"]:
        table.add_column(Text(title, justify="right"), justify="right", no_wrap=True)
    for each in found:
        low, high = each.median_interval
        cells = [
            f"{each.first_score:.2f}",
            f"{each.second_score:.2f}",
            f"{each.median_difference:+.2f} [{low:+.2f}, {high:+.2f}]",
            f"{100 * each.win_rate:.0f} %",
            f"{each.p_holm:.3f}" if each.p_holm >= 0.001 else "< .001",
        ]
        if jnd is not None:
            heard = each.tracks_first_audible + each.tracks_second_audible
            cells += [f"{100 * each.chance_audible:.0f} %", f"{100 * heard:.0f} %"]
        names = f"{each.first} – {each.second}"
        table.add_row(*(Text(t) for t in [each.target, names, *cells, _needed(each)]))
    console.print(Text(_legend(found[0])))
    console.print(table)
    for each in found:
        console.print(Text(each.verdict), soft_wrap=False)


def _needed(c: Comparison) -> str:
    from partita.evaluate.compare import MANY_TRACKS

    if c.tracks_needed is None:
        return "-"
    return f"> {MANY_TRACKS}" if c.tracks_needed > MANY_TRACKS else str(c.tracks_needed)


def _legend(c: Comparison) -> str:
    unit = f" {c.unit}" if c.unit else ""
    text = f"Scores{unit and f' in{unit}'}: median over tracks. Difference: median over tracks, "
    text += "positive where the first is better."
    return text if c.jnd is None else f"{text} Heard: a difference above {c.jnd:g}{unit}."


def _standing(c: Comparison) -> str:
    """What a comparison stands on."""
    left = f" ({c.tracks_left_out} not common, or without a score)" if c.tracks_left_out else ""
    text = f"{c.target}: {c.metric}, {c.tracks} tracks{left}"
    if not c.same_frames:
        return f"{text}; NOT the same frames: some tables have whole tracks only"
    if not c.frames + c.frames_left_out:
        return f"{text}, measured whole"
    return (
        f"{text}, {c.by} over common frames: {c.frames} of {c.frames + c.frames_left_out} "
        f"({c.frames_left_out} undefined for a system, or silent in the target)"
    )


def _leaderboards(metric: str, targets: list[str], json_: bool) -> None:
    from partita.evaluate.sisec18 import sisec18_frames, sisec18_leaderboard

    boards = [
        (sisec18_leaderboard(metric, target), sisec18_frames(metric, target)) for target in targets
    ]
    if not json_:
        for board, frames in boards:
            print_leaderboard(board, frames)
        return
    import json

    content = {"leaderboards": [_plain_leaderboard(*each) for each in boards]}
    typer.echo(json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def _plain_leaderboard(board: RankStability, frames: dict[str, tuple[int, int]]) -> dict[str, Any]:
    systems = [
        {
            "system": name,
            "values": board.values[name],
            "ranks": board.ranks[name],
            "move": board.moves[name],
            "frames_defined": frames[name][0],
            "frames": frames[name][1],
        }
        for name in board.values
    ]
    return {"metric": board.metric, "target": board.target, "systems": systems}


def print_leaderboard(board: RankStability, frames: dict[str, tuple[int, int]]) -> None:
    """A row for each system: its value and rank under each way of averaging, and its coverage."""
    from rich.table import Table
    from rich.text import Text

    console = _console()
    console.print(Text(f"SiSEC 2018, {board.target}: {board.metric} [dB] and rank"))
    table = Table(box=_box(), pad_edge=False)
    table.add_column("system", no_wrap=True)
    kinds = list(next(iter(board.values.values())))
    titles = [kind.replace("/", "/\n").replace(" ", "\n") for kind in kinds]
    for title in [*titles, "frames\nscored", "ranks\nmoved"]:
        table.add_column(Text(title, justify="right"), justify="right", no_wrap=True)
    for name, values in board.values.items():
        cells = [f"{values[kind]:.2f} {board.ranks[name][kind]:3d}" for kind in kinds]
        defined, every = frames[name]
        cells += [f"{100 * defined / every:.1f} %", str(board.moves[name])]
        table.add_row(Text(name), *cells)
    console.print(table)
    name, places = board.largest_move
    least, most = (pick(d / n for d, n in frames.values()) for pick in (min, max))
    lines = [
        f"A/B is A over a track's frames, then B over tracks. The way of averaging moves "
        f"{name} by {places} of {len(board.values)} ranks.",
        f"Systems stand on {100 * least:.1f} to {100 * most:.1f} % of the frames: the campaign's "
        "tool gave no value where a stem or an estimate was silent, and each system on its own.",
    ]
    for line in lines:
        console.print(Text(line))


def _print_json(found: list[Comparison], named: Named) -> None:
    import dataclasses
    import json

    content = {
        "comparisons": [
            {
                **dataclasses.asdict(each),
                "win_rate": each.win_rate,
                "chance_audible": each.chance_audible,
                "verdict": each.verdict,
            }
            for each in found
        ],
        "warnings": named.notes,
        "errors": named.errors,
    }
    typer.echo(json.dumps(_plain(content), indent=1, ensure_ascii=False, allow_nan=False))


def _plain(value: Any) -> Any:
    """JSON has no NaN: it becomes null."""
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _console() -> Any:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = 100
    return console


def _box() -> Any:
    from rich import box

    return box.SIMPLE
