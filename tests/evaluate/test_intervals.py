import numpy as np
import pytest
import scipy.stats

from partita.core.errors import OptionError
from partita.evaluate.intervals import median_interval


def test_it_agrees_with_scipy_s_bootstrap(rng):
    values = rng.standard_normal(40)
    theirs = scipy.stats.bootstrap(
        (values,), np.median, n_resamples=10_000, method="percentile", rng=1
    ).confidence_interval
    assert np.allclose(median_interval(values), theirs, atol=0.1)


def test_it_holds_the_median_and_lies_within_the_range(rng):
    values = rng.standard_normal(15)
    low, high = median_interval(values)
    assert values.min() <= low <= np.median(values) <= high <= values.max()


def test_tracks_without_a_score_do_not_count():
    values = np.arange(10.0)
    assert median_interval(np.append(values, np.nan)) == median_interval(values)
    assert median_interval(np.array([1.0, 2, 3, 4, np.nan])) is None


def test_infinite_scores_keep_their_place():
    low, high = median_interval(np.array([1.0, 2, 3, np.inf, np.inf, np.inf]))
    assert low <= 3
    assert high == np.inf


def test_the_same_seed_gives_the_same_interval(rng):
    values = rng.standard_normal(30)
    assert median_interval(values, seed=3) == median_interval(values, seed=3)
    assert median_interval(values, seed=3, resamples=50) != median_interval(
        values, seed=4, resamples=50
    )


def test_levels_out_of_range_are_refused():
    with pytest.raises(OptionError, match="level"):
        median_interval(np.arange(9.0), level=1.0)
