"""Which system is better, by how much, and whether anybody would hear it.

All compared systems are scored on the same frames: those in which each of them has a defined value
(and the target sounds, where a table knows the levels). A track's score is the median (or mean)
over these frames; everything after that is about the differences of two systems, one a track.
A difference is positive where the first system is better, also of metrics where less is better.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import OptionError, UsageError
from partita.core.scores import Scores
from partita.evaluate import paired
from partita.evaluate.aggregate import INNER, higher_is_better
from partita.evaluate.common_frames import By, TrackScores, common_scores
from partita.metrics.registry import find, names
from partita.metrics.silence import THRESHOLD_DB

RESAMPLES = 10_000
FEWEST_TRACKS = 6
"""With fewer tracks the signed-rank test cannot give a p below 5 %, whatever the scores."""

MANY_TRACKS = 1000
"""Above so many tracks, how many exactly are needed says nothing."""

SURE = 0.95
"""The chance from which on a difference is called audible."""

Pair = tuple[str, str]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """Two systems on one target.

    Attributes
    ----------
    first, second, target, metric, unit : what is compared, and in which unit.
    by : how a track's frames make its score, "median" or "mean".
    first_score, second_score : median over tracks.
    tracks, tracks_left_out : compared; and those that not every compared system has, or where one
        has no finite score on the common frames.
    frames, frames_left_out : compared; and those of the compared tracks that are not common, being
        undefined for a system or silent in the target. Both 0 where whole tracks were measured.
    same_frames : False where the frames of a system are not known: then each system stands on its
        own.
    median_difference, mean_difference : over tracks, positive where the first is better.
    median_interval, mean_interval : 95 % bootstrap intervals over tracks (percentile).
    wins, losses : tracks on which the first is better, and worse.
    p, p_holm : Wilcoxon's signed-rank test, and after Holm over all that was tested together.
    lean : which way its ranks lean, 1 all to the first, -1 all to the second.
    jnd : the just-noticeable difference, None where none is known.
    chance_first_audible, chance_second_audible : share of the bootstrap resamples in which the
        median difference over tracks exceeds the JND, to the side of the first, of the second.
        NaN without a JND.
    tracks_first_audible, tracks_second_audible : share of the tracks whose own difference exceeds
        the JND, to either side. NaN without a JND.
    tracks_needed : for 80 % power at 5 %, see `paired.tracks_needed`.
    """

    first: str
    second: str
    target: str
    metric: str
    unit: str
    by: str
    first_score: float
    second_score: float
    tracks: int
    tracks_left_out: int
    frames: int
    frames_left_out: int
    same_frames: bool
    median_difference: float
    median_interval: tuple[float, float]
    mean_difference: float
    mean_interval: tuple[float, float]
    wins: int
    losses: int
    p: float
    p_holm: float
    lean: float
    jnd: float | None
    chance_first_audible: float
    chance_second_audible: float
    tracks_first_audible: float
    tracks_second_audible: float
    tracks_needed: int | None

    @property
    def win_rate(self) -> float:
        """The share of the tracks on which the first is better; equal tracks count half."""
        return (self.wins + (self.tracks - self.wins - self.losses) / 2) / self.tracks

    @property
    def chance_audible(self) -> float:
        """The chance that the median difference exceeds the JND, to whichever side."""
        return self.chance_first_audible + self.chance_second_audible

    @property
    def told_apart(self) -> bool:
        """Whether p after Holm is below 5 %."""
        return self.p_holm < 0.05

    @property
    def verdict(self) -> str:
        """The result in plain words."""
        return _told_apart(self) if self.told_apart else _not_told_apart(self)


def compare(
    systems: Mapping[str, Scores],
    *,
    metric: str = "sdr",
    targets: Sequence[str] | None = None,
    jnd: float | None = None,
    by: By = "median",
    pairs: Iterable[Pair] | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    threshold_db: float = THRESHOLD_DB,
    strict: bool = False,
) -> list[Comparison]:
    """A comparison of each pair of systems on each target that both have.

    Parameters
    ----------
    systems : name -> scores; two or more. All that have a target are scored on the same frames.
    targets : by default all that two systems have, in order of appearance.
    jnd : the just-noticeable difference in the metric's unit; by default the metric's own.
    by : how a track's frames make its score.
    pairs : which systems are compared; by default every pair.
    resamples, seed : of the bootstrap over tracks.
    threshold_db, strict : where the target is silent, see `frame_states.states_of`.

    Raises
    ------
    UsageError : fewer than two systems, no target or no track in common, tables whose frames do
        not belong together. OptionError : a JND below 0, or an option out of its range.

    Examples
    --------
    >>> rows = lambda worse: Scores.from_rows(
    ...     (f"song {n}", "bass", "sdr_global", -1, 0.0, 1.0, n - worse) for n in range(10))
    >>> (found,) = compare({"A": rows(0.0), "B": rows(2.0)}, metric="sdr_global")
    >>> print(found.verdict)
    A is better than B on bass by 2.00 dB [2.00, 2.00]; audible (chance 100 % of more than 0.5 dB);
    p = .002; A is ahead on 100 % of 10 tracks

    References
    ----------
    Intervals: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13 (they are
    a little narrow with fewer than about 20 tracks). Tests: see `partita.evaluate.paired`.
    """
    if len(systems) < 2:
        raise UsageError(f"a comparison needs two systems or more, got {len(systems)}")
    if by not in INNER:
        raise OptionError(f"by must be median or mean, got {by!r}")
    if resamples < 1:
        raise OptionError(f"resamples must be 1 or more, got {resamples}")
    jnd = default_jnd(metric) if jnd is None else jnd
    if jnd is not None and not jnd >= 0:
        raise OptionError(f"the just-noticeable difference must be 0 or more, got {jnd}")
    wanted = list(itertools.combinations(systems, 2)) if pairs is None else list(pairs)
    found: list[Comparison] = []
    for target in shared_targets(systems, metric) if targets is None else targets:
        common = common_scores(
            systems, metric, target, by=by, threshold_db=threshold_db, strict=strict
        )
        drawn = paired.resampled_tracks(len(common.tracks), resamples, seed)
        here = [pair for pair in wanted if set(pair) <= set(common.systems)]
        found += [_compared(common, pair, metric, target, by, jnd, drawn) for pair in here]
    if not found:
        raise UsageError(f"no two of these systems have {metric} of one target in common")
    corrected = paired.holm([each.p for each in found])
    return [replace(each, p_holm=p) for each, p in zip(found, corrected, strict=True)]


def shared_targets(systems: Mapping[str, Scores], metric: str) -> list[str]:
    """The targets that two systems or more have this metric of, in order of appearance.

    Examples
    --------
    >>> one = Scores.from_rows([("a", t, "sdr", -1, 0.0, 1.0, 5.0) for t in ("bass", "drums")])
    >>> shared_targets({"A": one, "B": one.where(target="drums")}, "sdr")
    ['drums']
    """
    had = [dict.fromkeys(s.target[s.metric == metric].tolist()) for s in systems.values()]
    every = dict.fromkeys(itertools.chain.from_iterable(had))
    return [target for target in every if sum(target in each for each in had) > 1]


def default_jnd(metric: str) -> float | None:
    """The metric's own just-noticeable difference; None where nobody has measured one."""
    return find(metric).jnd if metric in names() else None


def _compared(
    common: TrackScores,
    pair: Pair,
    metric: str,
    target: str,
    by: str,
    jnd: float | None,
    drawn: NDArray[np.int64],
) -> Comparison:
    one, other = (common.score[common.systems.index(name)] for name in pair)
    better = one - other if higher_is_better(metric) else other - one
    resampled = better[drawn]
    medians = np.median(resampled, axis=1)
    p, lean = paired.signed_rank(better)
    limit = np.nan if jnd is None else jnd
    shares = [
        float("nan") if jnd is None else float(np.mean(side))
        for side in (medians > limit, medians < -limit, better > limit, better < -limit)
    ]
    return Comparison(
        *pair,
        target=target,
        metric=metric,
        unit=find(metric).unit if metric in names() else "",
        by=by,
        first_score=float(np.median(one)),
        second_score=float(np.median(other)),
        tracks=len(common.tracks),
        tracks_left_out=common.tracks_left_out,
        frames=common.frames,
        frames_left_out=common.frames_left_out,
        same_frames=common.same_frames,
        median_difference=float(np.median(better)),
        median_interval=paired.interval(medians),
        mean_difference=float(np.mean(better)),
        mean_interval=paired.interval(resampled.mean(axis=1)),
        wins=int((better > 0).sum()),
        losses=int((better < 0).sum()),
        p=p,
        p_holm=p,
        lean=lean,
        jnd=jnd,
        chance_first_audible=shares[0],
        chance_second_audible=shares[1],
        tracks_first_audible=shares[2],
        tracks_second_audible=shares[3],
        tracks_needed=paired.tracks_needed(better),
    )


def _told_apart(c: Comparison) -> str:
    sign = 1 if c.lean > 0 else -1
    low, high = sorted(sign * bound for bound in c.median_interval)
    if low <= 0:
        low, high = c.median_interval
        return (
            f"{c.first} and {c.second} differ on {c.target} (p {_p(c.p_holm)}), but not by a clear "
            f"amount: the median difference of {c.tracks} tracks is {c.median_difference:+.2f}"
            f"{_unit(c)} [{low:+.2f}, {high:+.2f}]"
        )
    better, worse = (c.first, c.second) if c.lean > 0 else (c.second, c.first)
    ahead = c.win_rate if c.lean > 0 else 1 - c.win_rate
    return (
        f"{better} is better than {worse} on {c.target} by {abs(c.median_difference):.2f}"
        f"{_unit(c)} [{low:.2f}, {high:.2f}]; {_audible(c)}p {_p(c.p_holm)}; {better} is ahead on "
        f"{100 * ahead:.0f} % of {c.tracks} tracks"
    )


def _not_told_apart(c: Comparison) -> str:
    low, high = c.median_interval
    text = f"{c.first} and {c.second} cannot be told apart on {c.target} with {_tracks(c.tracks)}"
    if c.tracks < FEWEST_TRACKS:
        return f"{text}: {FEWEST_TRACKS} are the fewest that can show a difference"
    if c.jnd is not None and -c.jnd <= low and high <= c.jnd:
        most = f"{max(-low, high):.2f}{_unit(c)}"
        text += f"; the median difference is at most {most}, less than is heard"
    if c.tracks_needed is None:
        return f"{text}; no number of tracks would do, if they differ as these do"
    if c.tracks_needed <= c.tracks:
        return f"{text} (p {_p(c.p)} before and {_p(c.p_holm)} after Holm's correction)"
    if c.tracks_needed > MANY_TRACKS:
        return f"{text}; more than {MANY_TRACKS} would be needed"
    return f"{text}; about {c.tracks_needed} would be needed"


def _audible(c: Comparison) -> str:
    if c.jnd is None:
        return ""
    chance = c.chance_first_audible if c.lean > 0 else c.chance_second_audible
    word = "perhaps audible"
    if chance >= SURE:
        word = "audible"
    elif chance <= 1 - SURE:
        word = "hardly audible"
    return f"{word} (chance {100 * chance:.0f} % of more than {c.jnd:g}{_unit(c)}); "


def _unit(c: Comparison) -> str:
    return f" {c.unit}" if c.unit else ""


def _p(p: float) -> str:
    return "< .001" if p < 0.001 else f"= {p:.3f}".replace("0.", ".")


def _tracks(count: int) -> str:
    return f"{count} track" if count == 1 else f"{count} tracks"
