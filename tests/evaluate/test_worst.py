import numpy as np
import pytest

from partita.core.errors import OptionError
from partita.evaluate.worst import APART, badness, worst_frames


def test_in_seconds_of_ordinary_loudness_badness_is_the_sdr_turned_round():
    target = np.array([-20.0, -22.0, -18.0, -25.0])
    sdr = np.array([10.0, 3.0, -5.0, 0.0])
    assert np.allclose(badness(target, target - sdr), -sdr)


def test_an_error_beside_a_target_that_hardly_sounds_does_not_win():
    target = np.array([-20.0, -20.0, -58.0])
    error = np.array([-22.0, -25.0, -48.0])  # SDR 2, 5 and -10 dB
    assert np.argmax(badness(target, error)) == 0


def test_a_leak_is_measured_beside_the_usual_level():
    target = np.array([-20.0, -20.0, -np.inf, -np.inf])
    leaks = badness(target, np.array([-30.0, -30.0, -25.0, -39.0]))
    assert leaks[2:] == pytest.approx([15, 1])


def test_what_is_not_heard_is_not_bad():
    found = badness(np.array([-20.0, -20.0]), np.array([-61.0, -np.inf]))
    assert (found == -np.inf).all()


def test_a_target_that_never_sounds_has_badness_above_the_threshold():
    assert badness(np.full(2, -np.inf), np.array([-50.0, -70.0])).tolist() == [10, -np.inf]


def test_a_threshold_without_end_is_refused():
    with pytest.raises(OptionError, match="finite"):
        badness(np.zeros(1), np.zeros(1), threshold_db=-np.inf)


def test_every_cause_has_its_worst_frame_and_the_worst_comes_first():
    bad = np.array([9.0, 1, 1, 1, 8, 1, 1, 1, 3, 1, 1, 1, 2])
    causes = np.array(["bleed"] * 8 + ["loss"] * 4 + ["artifact"])
    assert worst_frames(bad, causes, count=3) == [0, 8, 12]
    assert worst_frames(bad, causes, count=4) == [0, 4, 8, 12]


def test_neighbours_are_one_event(rng):
    bad, causes = rng.standard_normal(200), np.array(["bleed"] * 200)
    chosen = sorted(worst_frames(bad, causes, count=20))
    assert len(chosen) == 20
    assert np.diff(chosen).min() >= APART


def test_frames_without_error_or_cause_are_never_chosen():
    bad = np.array([-np.inf, 5.0, 1.0])
    assert worst_frames(bad, np.array(["bleed", "", "loss"]), count=3, apart=1) == [2]
    assert worst_frames(bad[:1], np.array(["bleed"]), count=3) == []


def test_counts_below_one_are_refused():
    with pytest.raises(OptionError, match="1 or more"):
        worst_frames(np.zeros(1), np.array(["bleed"]), count=0)
