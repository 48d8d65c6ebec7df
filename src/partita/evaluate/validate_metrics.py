"""Whether a metric says what listeners say: rank correlation of its scores with their ratings.

Scores and ratings are turned so that higher is better, where it is known which way a score goes; a
correlation of 1 is a metric that puts all items in the listeners' order. Items of one song are not
independent: intervals come from drawing songs, not items.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError
from partita.evaluate.paired import interval, resampled_tracks
from partita.evaluate.ratings import RatedItem
from partita.metrics.registry import find, names

RESAMPLES = 1000
FEWEST_ITEMS = 4

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Agreement:
    """How one metric agrees with the listeners on one question.

    Attributes
    ----------
    question, metric : names.
    turned : whether less is better, and the score was turned round.
    spearman, interval : rank correlation over all items; its 95 % bootstrap interval over songs.
    kendall : tau-b.
    within_songs : the mean over songs of the rank correlation inside a song: what is left when
        songs need not be compared with each other.
    items, songs : that have a score; left_out : items whose score is not a number.
    """

    question: str
    metric: str
    turned: bool
    spearman: float
    interval: tuple[float, float]
    kendall: float
    within_songs: float
    items: int
    songs: int
    left_out: int


def validate(
    items: Sequence[RatedItem],
    scores: Mapping[str, Mapping[str, float]],
    *,
    lower_is_better: Sequence[str] = (),
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[Agreement]:
    """The agreement of every metric on every question, the strongest of each question first.

    Parameters
    ----------
    items : what listeners said.
    scores : item -> metric -> score; scores that come with the items themselves are added.
    lower_is_better : metrics to be turned round, beside registered ones that say so themselves.

    Raises
    ------
    UsageError : no question has four items or more with a score.

    Examples
    --------
    >>> items = [RatedItem(f"s{n}/A", f"s{n}", "A", "quality", {}, n) for n in range(6)]
    >>> (found,) = validate(items, {item.item: {"loss": -item.rating} for item in items},
    ...                     lower_is_better=["loss"])
    >>> round(found.spearman, 6), found.turned, found.songs
    (1.0, True, 6)
    """
    found: list[Agreement] = []
    for question in dict.fromkeys(item.question for item in items):
        asked = [item for item in items if item.question == question]
        known = [{**item.scores, **scores.get(item.item, {})} for item in asked]
        rows = []
        for metric in dict.fromkeys(name for of_item in known for name in of_item):
            turned = metric in lower_is_better or _lower_is_better(metric)
            values = np.array([of_item.get(metric, math.nan) for of_item in known])
            row = _agreement(asked, -values if turned else values, resamples, seed)
            if row is not None:
                rows.append(replace(row, metric=metric, turned=turned))
        found += sorted(rows, key=lambda row: -abs(np.nan_to_num(row.spearman)))
    if not found:
        raise UsageError(f"no question has {FEWEST_ITEMS} items or more with a score of any metric")
    return found


def _lower_is_better(metric: str) -> bool:
    return metric in names() and not find(metric).higher_is_better


def _agreement(
    items: Sequence[RatedItem], values: Values, resamples: int, seed: int
) -> Agreement | None:
    """None where too few items have a score, or all have the same."""
    from scipy.stats import kendalltau

    known = ~np.isnan(values)
    scored = [item for item, ok in zip(items, known, strict=True) if ok]
    if len(scored) < FEWEST_ITEMS or np.ptp(np.nan_to_num(values[known])) == 0:
        return None
    ratings = np.array([item.rating for item in scored])
    values = values[known]
    songs = list(dict.fromkeys(item.song for item in scored))
    of_song = [np.flatnonzero([item.song == song for item in scored]) for song in songs]
    drawn = resampled_tracks(len(songs), resamples, seed)
    again = [_spearman(*_taken(ratings, values, of_song, row)) for row in drawn]
    inside = [_spearman(ratings[part], values[part]) for part in of_song if len(part) > 2]
    return Agreement(
        question=items[0].question,
        metric="",
        turned=False,
        spearman=_spearman(ratings, values),
        interval=interval(np.array([r for r in again if not math.isnan(r)] or [math.nan])),
        kendall=float(kendalltau(values, ratings).statistic),
        within_songs=_mean([r for r in inside if not math.isnan(r)]),
        items=len(scored),
        songs=len(songs),
        left_out=int((~known).sum()),
    )


def _taken(
    ratings: Values, values: Values, of_song: Sequence[NDArray[np.int64]], drawn: NDArray[np.int64]
) -> tuple[Values, Values]:
    places = np.concatenate([of_song[song] for song in drawn])
    return ratings[places], values[places]


def _spearman(first: Values, second: Values) -> float:
    """The correlation of ranks, equal values sharing their mean rank; NaN where one is constant."""
    ranks = [_ranks(x) for x in (first, second)]
    one, other = (rank - rank.mean() for rank in ranks)
    norm = math.sqrt(float(one @ one) * float(other @ other))
    return float(one @ other) / norm if norm else math.nan


def _ranks(values: Values) -> Values:
    ordered = np.sort(values)
    left, right = (np.searchsorted(ordered, values, side=side) for side in ("left", "right"))
    return (left + right) / 2


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
