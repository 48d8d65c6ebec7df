import numpy as np
import pytest

from partita.core import Scores, Stems
from partita.evaluate import score_stems, summarise

RATE = 1000


def stems(x):
    return Stems(("vocals",), x[np.newaxis], RATE)


@pytest.fixture
def song(rng):
    """Four frames: silent and leaked into; silent; sounding; sounding and lost."""
    truth = 0.1 * rng.standard_normal((1, 4000))
    truth[:, :2000] = 0
    guess = 0.9 * truth
    guess[:, :1000] = 0.01
    guess[:, 3000:] = 0
    return truth, guess


def test_each_frame_counts_once_and_where_it_belongs(song):
    truth, guess = song
    (row,) = summarise(score_stems(stems(truth), stems(guess), track="t"))
    assert (row.frames, row.sounding, row.lost, row.leaked) == (4, 2, 1, 1)
    assert row.values["sdr"] == pytest.approx(10)  # median of 20 and, where it is lost, 0
    assert row.values["pes"] == pytest.approx((-40 - 120) / 2)
    lost = 10 * np.log10(np.mean(truth[:, 3000:] ** 2))
    assert row.values["eps"] == pytest.approx((lost - 120) / 2)


def test_the_threshold_decides_what_is_silent(song):
    truth, guess = song
    scores = score_stems(stems(truth), stems(guess), track="t")
    (row,) = summarise(scores, threshold_db=-30.0)
    assert row.leaked == 0
    (row,) = summarise(scores, threshold_db=-10.0)
    assert row.sounding == 0
    assert np.isnan(row.values["sdr"])


def test_strict_silence_is_exactly_zero(song):
    truth, guess = song
    truth[:, 1000:2000] = 1e-9
    (row,) = summarise(
        score_stems(stems(truth), stems(guess), track="t"), threshold_db=-float("inf")
    )
    assert row.sounding == 3


def test_a_wholly_silent_stem_has_no_score_and_no_error():
    silent = np.zeros((1, 2000))
    (row,) = summarise(score_stems(stems(silent), stems(silent + 0.1), track="t"))
    assert np.isnan(row.values["sdr"])
    assert row.values["pes"] == pytest.approx(-20)
    assert (row.frames, row.sounding, row.leaked) == (2, 0, 2)


def test_a_perfect_estimate_is_the_best_there_is(song):
    (row,) = summarise(score_stems(stems(song[0]), stems(song[0]), track="t"))
    assert row.values["sdr"] == np.inf
    assert row.values["pes"] == -120


def test_tables_without_levels_are_summarised_by_what_is_defined():
    values = [("t", "v", "sdr", n, n, 1.0, v) for n, v in enumerate([1.0, np.inf, np.nan, 5.0])]
    (row,) = summarise(Scores.from_rows(values))
    assert row.values == {"sdr": 5.0}


def test_over_tracks_the_median_is_taken():
    rows = [(f"t{n}", "v", "sdr_global", -1, 0, 1, v) for n, v in enumerate([1.0, 9.0, 4.0])]
    assert summarise(Scores.from_rows(rows))[-1].values == {"sdr_global": 4.0}
