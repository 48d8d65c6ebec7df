"""Each stem in few numbers: what the first page and the table of scores are made from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from partita.core.errors import UsageError
from partita.evaluate.causes import CAUSES
from partita.evaluate.evidence import Evidence
from partita.evaluate.frame_states import ALL, Coverage, coverage_table
from partita.evaluate.intervals import median_interval
from partita.evaluate.summary import Summary, summarise
from partita.report.result import Result
from partita.report.settings import Settings

LEVEL_METRICS = ("pes", "eps")
ORDER = ("vocals", "lead_vocals", "backing_vocals", "drums", "bass", "other")


@dataclass(frozen=True)
class ErrorShares:
    """What the error of a stem consists of: the mean over songs of the shares of its energy.

    Attributes
    ----------
    shares : "bleed", "loss", "artifact" -> 0 … 1.
    sources : who bleeds -> share of the bleed, the largest first.
    """

    shares: Mapping[str, float]
    sources: Mapping[str, float]


@dataclass(frozen=True)
class Stem:
    """One stem of one system.

    Attributes
    ----------
    name : of the stem.
    whole : over all songs (with one song, that song).
    songs : song -> its summary.
    intervals : metric -> 95 % interval of the median over songs, None with too few songs.
    coverage : the share of frames in each state, None where the levels are not known.
    baselines : "mixture", "oracle" -> their summary over all songs.
    errors : None without evidence.
    """

    name: str
    whole: Summary
    songs: Mapping[str, Summary]
    intervals: Mapping[str, tuple[float, float] | None]
    coverage: Coverage | None
    baselines: Mapping[str, Summary]
    errors: ErrorShares | None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Metrics other than PES and EPS, in the table's order."""
        return tuple(name for name in self.whole.values if name not in LEVEL_METRICS)

    def tracks_with(self, metric: str) -> int:
        """How many songs have a value."""
        values = (song.values.get(metric, math.nan) for song in self.songs.values())
        return sum(not math.isnan(value) for value in values)


def overview(result: Result, settings: Settings) -> tuple[Stem, ...]:
    """Every stem of a result, in the table's order."""
    rows = summarise(result.scores, threshold_db=settings.level_db)
    baselines = {
        name: _wholes(summarise(scores, threshold_db=settings.level_db))
        for name, scores in result.baselines.items()
    }
    wholes, coverages = _wholes(rows), _coverages(result, settings)
    stems = []
    for name, whole in wholes.items():
        songs = {row.track: row for row in rows if row.target == name and row.track != ALL}
        values = {
            metric: np.array([song.values.get(metric, math.nan) for song in songs.values()])
            for metric in whole.values
        }
        stems.append(
            Stem(
                name=name,
                whole=whole,
                songs=songs,
                intervals={metric: median_interval(v) for metric, v in values.items()},
                coverage=coverages.get(name),
                baselines={n: b[name] for n, b in baselines.items() if name in b},
                errors=error_shares(result.evidence, name),
            )
        )
    return tuple(sorted(stems, key=lambda stem: place(stem.name)))


def place(stem: str) -> int:
    """Where a stem stands among others: the usual four as they are usually named, then the rest.

    Examples
    --------
    >>> sorted(["piano", "other", "bass", "vocals", "drums"], key=place)
    ['vocals', 'drums', 'bass', 'other', 'piano']
    """
    return ORDER.index(stem) if stem in ORDER else len(ORDER)


def error_shares(evidence: Mapping[str, Evidence], stem: str) -> ErrorShares | None:
    """What a stem's errors consist of; each song counts as much as any other.

    Parameters
    ----------
    evidence : song -> evidence; songs without this stem, or without error in it, do not count.
    """
    shares: list[list[float]] = []
    sources: dict[str, float] = {}
    for song in evidence.values():
        if stem not in song.parts or not (total := float(song.parts[stem].total.sum())):
            continue
        parts = song.parts[stem]
        shares.append([float(getattr(parts, cause).sum()) / total for cause in CAUSES])
        for name, energy in zip(song.sources[stem], parts.sources.sum(axis=1), strict=True):
            sources[name] = sources.get(name, 0.0) + float(energy) / total
    if not shares:
        return None
    bled = sum(sources.values())
    ordered = sorted(sources, key=lambda name: -sources[name])
    return ErrorShares(
        dict(zip(CAUSES, np.mean(shares, axis=0).tolist(), strict=True)),
        {name: sources[name] / bled for name in ordered} if bled else {},
    )


def _wholes(rows: list[Summary]) -> dict[str, Summary]:
    """Stem -> the row over all tracks, or the only one."""
    found: dict[str, Summary] = {}
    for row in rows:
        if row.track == ALL or row.target not in found:
            found[row.target] = row
    return found


def _coverages(result: Result, settings: Settings) -> dict[str, Coverage]:
    try:
        rows = coverage_table(
            result.scores, threshold_db=settings.threshold_db, strict=settings.strict
        )
    except UsageError:  # a table from elsewhere has no levels
        return {}
    return {row.target: row for row in rows if row.track == ALL}
