"""Drop curves with answers worked out by hand."""

import numpy as np
import pytest

from partita.core import OptionError, Scores, UsageError
from partita.evaluate.drop_curve import SHARES, drop_by_score, drop_curve


def table(values, levels=None, *, track="t", metric="sdr", target_levels=None):
    """Scores of one track's frames, with the levels of its estimate and its target."""
    columns = {metric: values, "estimate_dbfs": levels, "target_dbfs": target_levels}
    return Scores.from_rows(
        (track, "bass", name, n, float(n), 1.0, value)
        for name, column in columns.items()
        for n, value in enumerate(column if column is not None else ())
    )


def test_the_quietest_estimates_leave_first():
    scores = table([1.0, 5.0, 9.0, 3.0], [-10, -40, -20, -30])
    curve = drop_curve(scores, "sdr", "bass", shares=[0, 0.25, 0.5, 0.75])
    assert curve.mean_mean.tolist() == [4.5, pytest.approx(13 / 3), 5.0, 1.0]
    assert curve.median_median.tolist() == [4.0, 3.0, 5.0, 1.0]
    assert curve.frames.tolist() == [4, 3, 2, 1]
    assert curve.by == "estimate_dbfs"
    assert curve.gain[1].tolist()[2:] == [0.5, -3.5]


def test_frames_are_chosen_within_each_track():
    quiet = table([0.0, 10.0], [-50, -40], track="quiet")
    loud = table([0.0, 20.0], [-20, -10], track="loud")
    curve = drop_curve(Scores.concatenate([quiet, loud]), "sdr", "bass", shares=[0, 0.5])
    assert curve.mean_mean.tolist() == [7.5, 15.0]


def test_dropping_never_lowers_the_mean_when_the_score_chooses(rng):
    scores = table(rng.standard_normal(101))
    curve = drop_by_score(scores, "sdr", "bass")
    assert len(curve.share) == len(SHARES)
    assert (np.diff(curve.mean_mean) >= 0).all()
    assert (np.diff(curve.median_median) >= 0).all()


def test_the_score_is_the_most_that_any_choice_gains(rng):
    scores = table(rng.standard_normal(60), rng.uniform(-60, 0, 60))
    by_level, by_score = (f(scores, "sdr", "bass") for f in (drop_curve, drop_by_score))
    assert (by_score.mean_mean >= by_level.mean_mean - 1e-12).all()
    assert np.array_equal(by_score.frames, by_level.frames)


def test_the_worst_are_the_highest_where_less_is_better():
    name = "multi_resolution_stft"
    curve = drop_by_score(table([1.0, 9.0], metric=name), name, "bass", shares=[0, 0.5])
    assert curve.mean_mean.tolist() == [5.0, 1.0]


def test_undefined_frames_and_silent_targets_are_not_dropped_but_never_there():
    scores = table(
        [np.nan, -20.0, 4.0, 6.0], [-90, -80, -20, -10], target_levels=[-20, -99, -20, -20]
    )
    curve = drop_curve(scores, "sdr", "bass", shares=[0, 0.5])
    assert curve.mean_mean.tolist() == [5.0, 6.0]
    assert curve.frames.tolist() == [2, 1]


def test_a_share_of_a_hundred_frames_is_that_many():
    curve = drop_by_score(table(np.arange(100.0)), "sdr", "bass", shares=[0.29])
    assert curve.frames.tolist() == [71]


def test_infinite_values_are_kept_by_medians_and_counted_for_means():
    curve = drop_by_score(table([1.0, 3.0, np.inf, np.inf]), "sdr", "bass", shares=[0, 0.5])
    assert curve.mean_mean[0] == 2.0
    assert np.isnan(curve.mean_mean[1])
    assert curve.median_median.tolist() == [3.0, np.inf]
    assert curve.infinite == 2
    assert curve.gain[0][1] == np.inf


def test_without_levels_only_the_score_can_choose():
    scores = table([1.0, 2.0])
    with pytest.raises(UsageError, match="level of the estimate .* dropped by score only"):
        drop_curve(scores, "sdr", "bass")
    assert drop_by_score(scores, "sdr", "bass").frames[0] == 2


def test_no_frames_is_an_error():
    with pytest.raises(UsageError, match="no frames of sdr and drums"):
        drop_by_score(table([1.0]), "sdr", "drums")


@pytest.mark.parametrize("shares", [[1.0], [-0.1], [], [np.nan]])
def test_shares_out_of_range_are_refused(shares):
    with pytest.raises(OptionError, match="at least 0 and below 1"):
        drop_by_score(table([1.0]), "sdr", "bass", shares=shares)
