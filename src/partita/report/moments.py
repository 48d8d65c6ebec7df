"""The worst seconds of a report: which ones, why, and how they sound."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partita.evaluate.causes import CAUSES, LEAK
from partita.evaluate.evidence import Evidence, Moment
from partita.report.frames import StemFrames
from partita.report.numbers import clock, heading, percent, shown
from partita.report.png import data_uri
from partita.report.sound import SOURCES, Shelf

PER_STEM, PER_SONG = 4, 2
"""At most so many of a stem, and of a stem in one song."""

NAMES = {"reference": "True stem", "estimate": "Estimate", "mixture": "Mixture"}


@dataclass(frozen=True)
class Card:
    """One of the worst seconds.

    Attributes
    ----------
    song, stem, frame, time : where it is. cause : the likely one.
    facts : what was measured, in words.
    shares : (cause, share 0 … 1, text) of the error.
    why : one sentence.
    deck : number of its player; None where there was no room.
    pictures : (source, its name, address of the spectrogram).
    left, width : of the second in the picture, percent.
    """

    system: int
    song: str
    stem: str
    frame: int
    time: str
    cause: str
    facts: tuple[str, ...]
    shares: tuple[tuple[str, float, str], ...]
    why: str
    deck: int | None
    start_s: float
    duration_s: float
    gain: str
    pictures: tuple[tuple[str, str, str], ...]
    left: float
    width: float


def choose(
    evidence: Mapping[str, Evidence], frames: Mapping[tuple[str, str], StemFrames]
) -> list[tuple[str, Moment]]:
    """(song, moment), the worst first: for each stem the worst of each cause, and then the worst.

    At most PER_STEM of a stem, and PER_SONG of a stem in one song; none without a cause by the
    threshold that `frames` were made with.

    Parameters
    ----------
    frames : (song, stem) -> its frames.
    """
    every = [
        (song, moment, cause)
        for song, found in evidence.items()
        for moment in found.moments
        if (cause := _cause(frames.get((song, moment.target)), moment.frame))
    ]
    every.sort(key=lambda each: -each[1].badness_db)
    seen: set[tuple[str, str]] = set()
    first: list[tuple[str, Moment, str]] = []
    rest: list[tuple[str, Moment, str]] = []
    for each in every:
        what = each[1].target, each[2]
        (rest if what in seen else first).append(each)
        seen.add(what)
    of_stem: Counter[str] = Counter()
    of_song: Counter[tuple[str, str]] = Counter()
    chosen = []
    for song, moment, _ in (*first, *rest):
        stem = moment.target
        if of_stem[stem] < PER_STEM and of_song[song, stem] < PER_SONG:
            chosen.append((song, moment))
            of_stem[stem] += 1
            of_song[song, stem] += 1
    return sorted(chosen, key=lambda pair: -pair[1].badness_db)


def cards(
    system: int,
    evidence: Mapping[str, Evidence],
    frames: Mapping[tuple[str, str], StemFrames],
    metric: str,
    unit: str,
    shelf: Shelf,
) -> list[Card]:
    """The worst seconds of one system, the worst first; their sound goes on the shelf.

    Parameters
    ----------
    frames : (song, stem) -> its frames.
    metric, unit : of the score that is told.
    """
    found = []
    for song, moment in choose(evidence, frames):
        here = frames[song, moment.target]
        sources = evidence[song].sources[moment.target]
        bled = evidence[song].parts[moment.target].sources[:, moment.frame].tolist()
        decks = shelf.add(system, song, moment.excerpt, {moment.target: ""})
        found.append(
            _card(
                system,
                song,
                moment,
                here,
                dict(zip(sources, bled, strict=True)),
                f"{heading(metric)} {{}}{' ' + unit if unit else ''}",
                decks[0].number if decks else None,
            )
        )
    return found


def why(cause: str, shares: Sequence[float], sources: Mapping[str, float]) -> str:
    """What happened, in one sentence.

    Examples
    --------
    >>> why("bleed", (0.8, 0.1, 0.1), {"drums": 3.0, "bass": 1.0})
    'Other parts are heard in it: mostly drums.'
    >>> why("loss", (0.1, 0.8, 0.1), {})
    'Much of the stem is missing.'
    """
    whose = ""
    if sources and sum(sources.values()):
        most = max(sources, key=lambda name: sources[name])
        share = sources[most] / sum(sources.values())
        if len(sources) == 1 or share > 0.5:
            whose = f": {'mostly ' if len(sources) > 1 else ''}{most}"
    if cause == LEAK:
        return f"The stem is silent here, the estimate is not{whose if shares[0] > 0.5 else ''}."
    if cause == "bleed":
        return f"Other parts are heard in it{whose}."
    if cause == "loss":
        return "Much of the stem is missing."
    return "Something is heard that is neither the stem nor another part: noise, smear, distortion."


def _cause(frames: StemFrames | None, n: int) -> str:
    return "" if frames is None or n >= len(frames.causes) else str(frames.causes[n])


def _level(name: str, level_dbfs: float, silent: bool) -> str:
    return f"{name} silent" if silent else f"{name} {shown(level_dbfs, 1)} dBFS"


def _card(
    system: int,
    song: str,
    moment: Moment,
    frames: StemFrames,
    sources: Mapping[str, float],
    score: str,
    deck: int | None,
) -> Card:
    n, excerpt = moment.frame, moment.excerpt
    cause = str(frames.causes[n])
    shares = frames.shares[:, n].tolist() if frames.shares is not None else [math.nan] * 3
    time_s, duration_s = float(frames.time_s[n]), float(frames.duration_s[n])
    state = str(frames.states[n])
    facts = [score.format(shown(float(frames.score[n])))] if cause != LEAK else []
    facts.append(_level("stem", float(frames.target_dbfs[n]), state == "target silent"))
    facts.append(_level("estimate", float(frames.estimate_dbfs[n]), state == "estimate silent"))
    return Card(
        system=system,
        song=song,
        stem=moment.target,
        frame=n,
        time=clock(time_s),
        cause=cause,
        facts=tuple(facts),
        shares=tuple((c, v, percent(v)) for c, v in zip(CAUSES, shares, strict=True)),
        why=why(cause, shares, sources),
        deck=deck,
        start_s=excerpt.start_s,
        duration_s=excerpt.duration_s,
        gain=f"turned down by {shown(-excerpt.gain_db, 1)} dB" if excerpt.gain_db < -0.05 else "",
        pictures=tuple((s, NAMES[s], data_uri(moment.pictures[s][::-1])) for s in SOURCES),
        left=round(100 * (time_s - excerpt.start_s) / excerpt.duration_s, 2),
        width=round(100 * duration_s / excerpt.duration_s, 2),
    )
