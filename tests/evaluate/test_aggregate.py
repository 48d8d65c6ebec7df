"""Aggregations with answers worked out by hand."""

import numpy as np
import pytest

from partita.core import Scores, UsageError
from partita.evaluate.aggregate import aggregate, mean, median, rank_stability, ranked


def table(tracks, *, metric="sdr", target="bass"):
    """Scores from track -> values of its frames."""
    return Scores.from_rows(
        (track, target, metric, n, float(n), 1.0, value)
        for track, values in tracks.items()
        for n, value in enumerate(values)
    )


def whole(values, *, metric="sdr_global", target="bass"):
    return Scores.from_rows(
        (f"t{n}", target, metric, -1, 0.0, 9.0, v) for n, v in enumerate(values)
    )


TRACKS = {"a": [0.0, 1.0, 8.0], "b": [2.0, 4.0, 6.0, np.nan], "c": [10.0]}


def test_every_way_of_averaging():
    both = Scores.concatenate([table(TRACKS), whole([1.0, 2.0, 6.0])])
    found = {kind: each.value for kind, each in aggregate(both, "sdr", "bass").items()}
    assert found == {
        "median/median": 4.0,  # of 1, 4, 10
        "mean/mean": pytest.approx(17 / 3),  # of 3, 4, 10
        "median/mean": 5.0,
        "mean/median": 4.0,
        "pooled median": 4.0,  # of 0 1 2 4 6 8 10
        "pooled mean": pytest.approx(31 / 7),
        "global": 3.0,
    }


def test_each_says_what_it_stands_on():
    found = aggregate(table(TRACKS), "sdr", "bass")
    for each in found.values():
        assert (each.tracks, each.of_tracks, each.frames, each.of_frames) == (3, 3, 7, 8)
        assert each.infinite == 0
    assert "global" not in found


def test_medians_keep_infinities_and_means_say_what_they_left_out():
    found = aggregate(table({"a": [1.0, np.inf, np.inf], "b": [1.0, 3.0]}), "sdr", "bass")
    assert found["median/median"].value == 2.0  # of inf and 2: the lower one
    assert found["median/median"].infinite == 0
    assert (found["mean/mean"].value, found["mean/mean"].infinite) == (1.5, 2)
    assert found["mean/mean"].frames == 3
    assert (found["median/mean"].value, found["median/mean"].infinite) == (2.0, 1)
    assert found["median/mean"].tracks == 1
    assert found["pooled median"].value == 3.0
    assert (found["pooled mean"].value, found["pooled mean"].infinite) == (pytest.approx(5 / 3), 2)


def test_a_track_without_a_value_is_counted():
    found = aggregate(table({"a": [1.0], "b": [np.nan, np.nan]}), "sdr", "bass")
    assert (found["median/median"].value, found["median/median"].tracks) == (1.0, 1)
    assert found["mean/mean"].of_tracks == 2
    assert (found["pooled mean"].tracks, found["pooled mean"].of_frames) == (1, 3)


def test_a_silent_target_does_not_count_where_levels_are_known():
    scores = table({"a": [5.0, -30.0]})
    levels = table({"a": [-20.0, -65.0]}, metric="target_dbfs")
    assert aggregate(scores, "sdr", "bass")["mean/mean"].value == -12.5
    known = Scores.concatenate([scores, levels])
    assert aggregate(known, "sdr", "bass")["mean/mean"].value == 5.0
    assert aggregate(known, "sdr", "bass")["mean/mean"].of_frames == 2
    assert aggregate(known, "sdr", "bass", strict=True)["mean/mean"].value == -12.5


def test_whole_tracks_have_a_median_and_a_mean():
    found = aggregate(whole([1.0, 2.0, 6.0, np.nan]), "sdr_global", "bass")
    assert {kind: each.value for kind, each in found.items()} == {"median": 2.0, "mean": 3.0}
    assert (found["mean"].tracks, found["mean"].of_tracks, found["mean"].frames) == (3, 4, 0)


def test_nothing_there_is_an_error_that_says_what_is():
    with pytest.raises(
        UsageError, match="no sir of drums here; there are metrics sdr, and targets"
    ):
        aggregate(table(TRACKS), "sir", "drums")
    with pytest.raises(UsageError, match="t0, bass, sdr_global: the track is in the table twice"):
        aggregate(Scores.concatenate([whole([1.0])] * 2), "sdr_global", "bass")


def test_the_average_can_decide_who_wins():
    systems = {
        "steady": table({"a": [4.0, 4.0, 4.0], "b": [4.0, 4.0, 4.0]}),
        "brilliant": table({"a": [-20.0, 5.0, 5.0], "b": [-20.0, 5.0, 5.0]}),
        "poor": table({"a": [1.0, 1.0, 1.0], "b": [1.0, 1.0, 1.0]}),
        "other stem": table({"a": [1.0]}, target="drums"),
    }
    found = rank_stability(systems, "sdr", "bass")
    assert found.ranks["brilliant"]["median/median"] == 1
    assert found.ranks["brilliant"]["mean/mean"] == 3
    assert found.largest_move == ("brilliant", 2)
    assert found.moves == {"steady": 1, "brilliant": 2, "poor": 1}
    assert found.left_out == ("other stem",)


def test_only_what_all_systems_allow_is_ranked():
    framed = table({"a": [1.0, 2.0]})
    both = Scores.concatenate([table({"a": [2.0, 2.0]}), whole([3.0])])
    assert "global" not in rank_stability({"A": framed, "B": both}, "sdr", "bass").ranks["B"]
    with pytest.raises(UsageError, match="others only whole tracks"):
        rank_stability({"A": framed, "B": whole([3.0], metric="sdr")}, "sdr", "bass")
    with pytest.raises(UsageError, match="no sir of bass"):
        rank_stability({"A": framed}, "sir", "bass")


def test_equal_values_share_a_rank_and_undefined_ones_the_last():
    values = {name: {"x": v} for name, v in zip("ABCD", [2.0, 2.0, np.nan, 1.0], strict=True)}
    found = ranked(values, "sdr", "bass")
    assert [found.ranks[name]["x"] for name in "ABCD"] == [1, 1, 4, 3]


def test_less_is_better_where_the_metric_says_so():
    found = ranked({"A": {"x": -30.0}, "B": {"x": -50.0}}, "pes", "bass")
    assert found.ranks["B"]["x"] == 1


def test_median_and_mean_of_nothing_are_undefined():
    for function in (median, mean):
        assert np.isnan(function(np.array([])))
        assert np.isnan(function(np.array([np.nan])))
    assert median(np.array([-np.inf, 1.0])) == -np.inf
