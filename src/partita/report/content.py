"""What the templates of a report are given, from its results."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from partita._version import __version__
from partita.core.errors import UsageError
from partita.core.scores import Scores
from partita.evaluate.causes import CAUSES, LEAK
from partita.evaluate.levels import LEVELS
from partita.metrics.registry import find, names
from partita.report.data import Frames, script_data
from partita.report.drop import drop_charts
from partita.report.field import fields
from partita.report.frames import ALL_STATES, stem_frames
from partita.report.glance import glance
from partita.report.moments import NAMES, Card, cards
from partita.report.numbers import counted, heading, listed
from partita.report.overview import overview, place
from partita.report.pairs import pairs
from partita.report.result import Result
from partita.report.settings import Settings
from partita.report.sound import SOURCES, Shelf
from partita.report.table import table
from partita.report.timeline import SongStrips, scale_of, song_strips


def content_of(results: Sequence[Result], settings: Settings) -> dict[str, Any]:
    """Everything that the templates name, except style and script.

    Parameters
    ----------
    results : under names that differ.

    Raises
    ------
    UsageError : there is no metric to speak of.
    """
    metric = settings.metric or _main_metric(results[0].scores)
    unit = find(metric).unit if metric in names() else ""
    overviews = [overview(result, settings) for result in results]
    stems = sorted({stem.name for each in overviews for stem in each}, key=lambda n: (place(n), n))
    frames = [_frames(result, metric, settings) for result in results]
    shelf = Shelf(settings.sound_mb * 1e6)
    worst = [
        cards(n, result.evidence, frames[n], metric, unit, shelf)
        for n, result in enumerate(results)
    ]
    left_out = _put_excerpts(results, frames, shelf)
    scale = scale_of(metric, [f.score for each in frames for f in each.values()])
    songs = [
        song_strips(n, [f for f in each.values() if f.track == track], scale)
        for n, each in enumerate(frames)
        for track in dict.fromkeys(f.track for f in each.values())
    ]
    systems = {result.name: result.scores for result in results}
    compared = pairs(systems, metric, settings)
    in_turn = _in_turn(worst)
    return {
        "version": __version__,
        "title": listed(list(systems)),
        "systems": list(systems),
        "metric": heading(metric),
        "unit": unit,
        "settings": settings,
        "length": _length(frames),
        "several": len({song for each in overviews for stem in each for song in stem.songs}) > 1,
        "glance": glance(results, overviews, metric, unit, compared),
        "table": table(results, overviews, metric, settings),
        "songs": songs,
        "scale": scale,
        "states": _states_there(frames),
        "cards": in_turn,
        "open": _opened(songs, in_turn),
        "causes": [*CAUSES, LEAK],
        "evidence": any(result.evidence for result in results),
        "left_out": left_out,
        "drops": drop_charts(results, stems, metric, unit, settings),
        "pairs": compared,
        "fields": fields(overviews, metric),
        "findings": _findings(results),
        "errors": [text for result in results for text in result.errors],
        "clips": shelf.clips,
        "sources": [(source, NAMES[source]) for source in SOURCES],
        "data": script_data(results, overviews, frames, shelf.decks, metric, unit),
    }


def _main_metric(scores: Scores) -> str:
    present = [m for m in dict.fromkeys(scores.metric.tolist()) if m not in LEVELS]
    if not present:
        raise UsageError("the results have no metric that a report could speak of")
    return "sdr" if "sdr" in present else present[0]


def _frames(result: Result, metric: str, settings: Settings) -> Frames:
    """(song, stem) -> its frames, songs in the table's order."""
    found = {}
    for track in dict.fromkeys(result.scores.track.tolist()):
        here = result.scores.where(track=track)
        for stem in sorted(dict.fromkeys(here.target.tolist()), key=place):
            evidence = result.evidence.get(track)
            frames = stem_frames(here, track, stem, metric, evidence, settings)
            if frames is not None:
                found[track, stem] = frames
    return found


def _put_excerpts(
    results: Sequence[Result],
    frames: Sequence[Frames],
    shelf: Shelf,
) -> int:
    """Put the songs' excerpts on the shelf; how many found no room."""
    left_out = 0
    for n, result in enumerate(results):
        for song, evidence in result.evidence.items():
            sounds = evidence.excerpt.sounds
            stems = [s for track, s in frames[n] if track == song and f"{s}/estimate" in sounds]
            left_out += not shelf.add(n, song, evidence.excerpt, {s: f"{s}/" for s in stems})
    return left_out


def _in_turn(worst: Sequence[Sequence[Card]]) -> list[Card]:
    """Cards of several systems: the worst of each, then the second worst of each."""
    return [card for row in zip_longest(*worst) for card in row if card is not None]


def _opened(songs: Sequence[SongStrips], worst: Sequence[Card]) -> int:
    """Which song of the timeline is open at first: the one with the worst second."""
    there = [(song.system, song.song) for song in songs]
    return there.index((worst[0].system, worst[0].song)) if worst else 0


def _length(frames: Sequence[Frames]) -> str:
    """How much was scored, in words."""
    ends: dict[str, float] = {}
    for each in frames:
        for f in each.values():
            end_s = float(f.time_s[-1] + f.duration_s[-1])
            ends[f.track] = max(ends.get(f.track, 0.0), end_s)
    total = sum(ends.values())
    if not ends:
        return ""
    length = f"{total:.0f} s" if total < 120 else f"{total / 60:.0f} min"
    return f"{counted(len(ends), 'song')}, {length}"


def _states_there(frames: Sequence[Frames]) -> list[str]:
    there = {str(s) for each in frames for f in each.values() for s in set(f.states.tolist())}
    return [state for state in ALL_STATES if state in there]


def _findings(results: Sequence[Result]) -> list[tuple[str, str, str]]:
    return [(result.name, song, text) for result in results for song, text in result.findings]
