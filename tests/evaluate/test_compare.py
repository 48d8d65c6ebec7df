"""Comparisons: known answers, SciPy as an independent opinion, and simulations."""

import itertools
import time

import numpy as np
import pytest
from scipy import stats

from partita.core import OptionError, Scores, UsageError
from partita.evaluate import paired
from partita.evaluate.common_frames import common_scores
from partita.evaluate.compare import FEWEST_TRACKS, compare, default_jnd, shared_targets


def frames(tracks, *, metric="sdr", target="bass", hop_s=1.0, length_s=1.0):
    """Scores from track -> values of its frames."""
    return Scores.from_rows(
        (track, target, metric, n, n * hop_s, length_s, value)
        for track, values in tracks.items()
        for n, value in enumerate(values)
    )


def whole(values, *, metric="sdr_global", target="bass"):
    return Scores.from_rows(
        (f"t{n}", target, metric, -1, 0.0, 9.0, v) for n, v in enumerate(values)
    )


def one(first, second, **options):
    """The comparison of two systems' whole-track values."""
    systems = {"A": whole(first), "B": whole(second)}
    (found,) = compare(systems, metric="sdr_global", **options)
    return found


def test_systems_are_scored_on_the_frames_that_both_have():
    nan = np.nan
    systems = {
        "A": frames({"t": [1.0, nan, 5.0, 100.0], "u": [0.0, 0.0]}),
        "B": frames({"t": [2.0, 50.0, 6.0, nan], "u": [1.0, nan]}),
    }
    found = common_scores(systems, "sdr", "bass")
    assert found.score.tolist() == [[3.0, 0.0], [4.0, 1.0]]
    assert (found.frames, found.frames_left_out, found.tracks_left_out) == (3, 3, 0)
    assert found.same_frames
    (comparison,) = compare(systems)
    assert (comparison.median_difference, comparison.frames) == (-1.0, 3)


def test_all_compared_systems_share_their_frames_not_only_each_pair():
    systems = {
        "A": frames({"t": [1.0, 2.0, 3.0]}),
        "B": frames({"t": [1.0, 2.0, 3.0]}),
        "C": frames({"t": [1.0, np.nan, np.nan]}),
    }
    assert [each.frames for each in compare(systems)] == [1, 1, 1]
    assert [each.first_score for each in compare(systems)] == [1.0, 1.0, 1.0]


def test_the_mean_over_frames_is_taken_when_asked_for():
    systems = {name: frames({"t": [0.0, 1.0, 8.0]}) for name in "AB"}
    assert compare(systems)[0].first_score == 1.0
    assert compare(systems, by="mean")[0].first_score == 3.0


def test_a_silent_target_is_out_where_one_table_knows_it():
    levels = frames({"t": [-20.0, -99.0]}, metric="target_dbfs")
    known = Scores.concatenate([frames({"t": [1.0, -40.0]}), levels])
    systems = {"A": known, "B": frames({"t": [2.0, -50.0]})}
    found = common_scores(systems, "sdr", "bass")
    assert (found.score.tolist(), found.frames_left_out) == ([[1.0], [2.0]], 1)
    assert common_scores(systems, "sdr", "bass", strict=True).frames == 2


def test_frames_of_other_lengths_are_not_the_same():
    tail = [("t", "bass", "sdr", n, n, d, 5.0) for n, d in enumerate([1.0, 0.5])]
    systems = {"A": Scores.from_rows(tail), "B": frames({"t": [1.0, 2.0, 3.0]})}
    found = common_scores(systems, "sdr", "bass")
    assert (found.frames, found.frames_left_out) == (1, 2)


def test_frames_at_other_times_are_refused():
    systems = {"A": frames({"t": [1.0, 2.0]}), "B": frames({"t": [1.0, 2.0]}, hop_s=0.5)}
    with pytest.raises(UsageError, match="bass: A and B have frames at other times"):
        compare(systems)


def test_tracks_are_matched_by_name():
    systems = {"A": frames({"t": [1.0], "u": [5.0]}), "B": frames({"v": [9.0], "t": [2.0]})}
    found = common_scores(systems, "sdr", "bass")
    assert (found.tracks, found.tracks_left_out) == (("t",), 2)
    with pytest.raises(UsageError, match="share no track.*A has 't', B has 'x'"):
        compare({"A": systems["A"], "B": frames({"x": [1.0]})})


def test_a_track_without_a_finite_score_is_left_out_and_counted():
    found = one([1.0, np.inf, np.nan, 2.0], [0.0, 0.0, 0.0, 0.0])
    assert (found.tracks, found.tracks_left_out, found.frames) == (2, 2, 0)
    with pytest.raises(UsageError, match="on no track do A, B all have a finite score"):
        one([np.nan], [1.0])


def test_whole_tracks_of_a_framewise_metric_are_not_the_same_frames():
    medians = whole([1.0, 2.0], metric="sdr")
    framed = frames({"t0": [1.0, 3.0], "t1": [2.0]})
    (found,) = compare({"A": medians, "B": framed})
    assert not found.same_frames
    assert (found.first_score, found.second_score) == (1.5, 2.0)
    assert not compare({"A": medians, "B": medians})[0].same_frames
    assert one([1.0, 2.0], [1.0, 2.0]).same_frames


def test_differences_wins_and_scores():
    found = one([5.0, 6.0, 7.0, 8.0], [4.0, 6.0, 4.0, 9.0], jnd=1.5)
    assert (found.first_score, found.second_score) == (6.5, 5.0)
    assert (found.median_difference, found.mean_difference) == (0.5, 0.75)
    assert (found.wins, found.losses, found.win_rate) == (2, 1, 0.625)
    assert (found.tracks_first_audible, found.tracks_second_audible) == (0.25, 0.0)
    assert found.jnd == 1.5


def test_turning_the_pair_turns_everything(rng):
    first, second = rng.normal(0.3, 1, 20), rng.normal(0, 1, 20)
    ab, ba = one(first, second), one(second, first)
    assert ab.median_interval == pytest.approx([-bound for bound in reversed(ba.median_interval)])
    assert ab.mean_difference == -ba.mean_difference
    assert (ab.p, ab.lean) == (ba.p, -ba.lean)
    assert (ab.chance_first_audible, ab.tracks_first_audible) == (
        ba.chance_second_audible,
        ba.tracks_second_audible,
    )
    assert ab.tracks_needed == ba.tracks_needed


def test_less_is_better_where_the_metric_says_so():
    rows = {n: whole(v, metric="multi_resolution_stft") for n, v in [("A", [1, 2]), ("B", [3, 5])]}
    (found,) = compare(rows, metric="multi_resolution_stft")
    assert (found.median_difference, found.wins) == (2.5, 2)
    assert found.jnd is None
    assert np.isnan(found.chance_audible)


def test_the_same_seed_gives_the_same_intervals(rng):
    first, second = rng.standard_normal((2, 12))
    assert one(first, second) == one(first, second)
    assert one(first, second, seed=1).mean_interval != one(first, second).mean_interval


def test_the_chance_of_an_audible_difference_is_the_share_of_resamples():
    # Of three tracks, the median of a resample is 1 unless it draws "0" at least twice: 7 of 27.
    found = one([1.0, 1.0, 0.0], [0.0, 0.0, 0.0], jnd=0.5)
    assert found.chance_first_audible == pytest.approx(20 / 27, abs=0.02)  # 4 standard errors
    assert found.chance_second_audible == 0.0
    assert one([0.5] * 3, [0.0] * 3).chance_audible == 0.0  # exceeds: the JND itself does not


@pytest.mark.parametrize("statistic", ["mean", "median"])
def test_the_interval_covers_the_truth(statistic):
    """95 % intervals of 50 tracks from a skewed distribution, 300 times."""
    rng = np.random.default_rng(1)
    truth = {"mean": 1.0, "median": np.log(2)}[statistic]
    drawn = paired.resampled_tracks(50, 1000, 0)
    hits = 0
    for _ in range(300):
        sample = rng.exponential(1.0, 50)
        low, high = paired.interval(getattr(np, statistic)(sample[drawn], axis=1))
        hits += low <= truth <= high
    assert 0.90 <= hits / 300 <= 0.98  # 4 standard errors below 95 %; percentile runs narrow


def test_signed_rank_agrees_with_scipy(rng):
    for count in (5, 8, 20, 49):
        d = rng.normal(0.3, 1, count)
        assert paired.signed_rank(d)[0] == pytest.approx(stats.wilcoxon(d, method="exact").pvalue)


def test_signed_rank_is_exact_with_ties():
    d = np.array([1.0, 1.0, -1.0, 2.0, 2.0, 2.0, -3.0, 4.0, 0.0])
    ranks = stats.rankdata(np.abs(d[d != 0]))
    sums = [np.dot(ranks, signs) for signs in itertools.product([0, 1], repeat=len(ranks))]
    smaller = min(ranks[d[d != 0] > 0].sum(), ranks[d[d != 0] < 0].sum())
    assert paired.signed_rank(d)[0] == pytest.approx(2 * np.mean(np.array(sums) <= smaller))


def test_signed_rank_of_many_tracks_agrees_with_scipy(rng):
    d = np.round(rng.normal(0.1, 1, 400), 1)
    d = d[d != 0]
    expected = stats.wilcoxon(d, method="asymptotic", correction=False).pvalue
    assert paired.signed_rank(d)[0] == pytest.approx(expected)
    exact = paired.signed_rank(d[: paired.EXACT_TRACKS])[0]
    close = stats.wilcoxon(d[: paired.EXACT_TRACKS], method="asymptotic").pvalue
    assert exact == pytest.approx(close, rel=0.02)


def test_no_difference_at_all_has_p_one():
    assert paired.signed_rank(np.zeros(9)) == (1.0, 0.0)
    found = one([1.0] * 9, [1.0] * 9)
    assert (found.p, found.win_rate, found.tracks_needed) == (1.0, 0.5, None)


def test_holm_agrees_with_a_published_example():
    # Holm's steps by hand: .01·4, .005·… : sorted .005 .01 .03 .04 times 4 3 2 1, never falling.
    assert paired.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert paired.holm([0.9, 0.8]) == [1.0, 1.0]
    assert paired.holm([]) == []


def test_holm_runs_over_all_pairs_and_targets(rng):
    systems = {
        name: Scores.concatenate(
            whole(rng.normal(shift, 1, 15), target=target) for target in ("bass", "drums")
        )
        for name, shift in [("A", 0.0), ("B", 0.5), ("C", 2.0)]
    }
    found = compare(systems, metric="sdr_global")
    assert [(c.target, c.first, c.second) for c in found] == [
        (target, *pair) for target in ("bass", "drums") for pair in itertools.combinations("ABC", 2)
    ]
    assert [c.p_holm for c in found] == paired.holm([c.p for c in found])


def test_only_the_pairs_asked_for_are_tested():
    systems = {name: whole([1.0, 2.0]) for name in "ABC"}
    found = compare(systems, metric="sdr_global", pairs=[("A", "C")])
    assert [(c.first, c.second, c.p) for c in found] == [("A", "C", c.p_holm) for c in found]


def test_tracks_needed_give_the_promised_power():
    """With as many tracks as it says, four of five experiments find the difference."""
    rng = np.random.default_rng(2)
    needed = paired.tracks_needed(stats.norm.ppf((np.arange(500) + 0.5) / 500) + 0.4)
    assert needed in (57, 58)  # Noether by hand: p' = Φ(0.4·√2) = 0.714; the t-test's says 50
    found = [paired.signed_rank(rng.normal(0.4, 1, needed))[0] < 0.05 for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)  # 4 standard errors


def test_one_track_tells_nothing():
    found = one([5.0], [1.0])
    assert (found.p, found.tracks_needed) == (1.0, None)
    assert found.verdict == (
        "A and B cannot be told apart on bass with 1 track: 6 are the fewest that can show a "
        "difference"
    )


def test_six_tracks_are_the_fewest():
    assert one(np.arange(1.0, 6.0), np.zeros(5)).p > 0.05
    assert one(np.arange(1.0, FEWEST_TRACKS + 1), np.zeros(FEWEST_TRACKS)).p < 0.05


def test_verdicts_say_it_in_words(rng):
    noise = rng.standard_normal(40)
    assert one(noise, noise + 2).verdict == (
        "B is better than A on bass by 2.00 dB [2.00, 2.00]; audible (chance 100 % of more than "
        "0.5 dB); p < .001; B is ahead on 100 % of 40 tracks"
    )
    assert "hardly audible (chance 0 %" in one(noise + 0.1, noise).verdict
    assert one(noise, noise + 2, jnd=2).verdict.count("hardly audible") == 1
    text = one(np.tile([1.0, -0.9, 0.8, -1.0], 10), np.zeros(40)).verdict
    assert text.startswith("A and B cannot be told apart on bass with 40 tracks; ")
    assert text.endswith("would be needed")


def test_a_small_p_alone_makes_nobody_better():
    found = one(np.tile([1.0, -1.1], 20), np.zeros(40))  # every loss outranks every win
    assert found.told_apart
    assert found.verdict.startswith("A and B differ on bass (p = .005), but not by a clear amount")


def test_a_verdict_of_the_same_says_that_nobody_would_hear_it():
    d = np.tile([0.1, -0.1, 0.2, -0.2], 10)
    found = one(d, np.zeros(40))
    assert "the median difference is at most 0.10 dB, less than is heard" in found.verdict
    assert found.verdict.endswith("no number of tracks would do, if they differ as these do")


def test_ten_thousand_resamples_of_fifty_tracks_are_quick(rng):
    first, second = rng.standard_normal((2, 50))
    start = time.process_time()
    one(first, second)
    assert time.process_time() - start < 0.5  # it takes 0.02 s


def test_targets_that_only_one_system_has_are_not_compared():
    a = Scores.concatenate([whole([1.0, 2.0]), whole([1.0, 2.0], target="drums")])
    systems = {"A": a, "B": whole([1.0, 3.0])}
    assert shared_targets(systems, "sdr_global") == ["bass"]
    assert [c.target for c in compare(systems, metric="sdr_global")] == ["bass"]
    with pytest.raises(UsageError, match="two systems with sdr_global of drums, got 1"):
        compare(systems, metric="sdr_global", targets=["drums"])


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"metric": "sir"}, "no two of these systems have sir"),
        ({"by": "mode"}, "median or mean"),
        ({"jnd": -1.0}, "0 or more"),
        ({"jnd": np.nan}, "0 or more"),
        ({"resamples": 0}, "1 or more"),
    ],
)
def test_senseless_requests_are_refused(options, match):
    systems = {name: whole([1.0, 2.0]) for name in "AB"}
    with pytest.raises((UsageError, OptionError), match=match):
        compare(systems, **{"metric": "sdr_global", **options})


def test_one_system_cannot_be_compared():
    with pytest.raises(UsageError, match="two systems or more, got 1"):
        compare({"A": whole([1.0])})


def test_the_jnd_is_the_metrics_own():
    assert (default_jnd("sdr"), default_jnd("si_sdr"), default_jnd("somebody's")) == (
        0.5,
        None,
        None,
    )
