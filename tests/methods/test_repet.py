import numpy as np
import pytest

from partita.methods import beat_spectrum, periodic_median, repeating_period


def loop(rng, period, repetitions, rest=0):
    bar = rng.exponential(size=(30, period))
    return np.tile(bar, (1, repetitions + 1))[:, : period * repetitions + rest]


def test_the_beat_spectrum_is_the_mean_autocorrelation(rng):
    power = rng.exponential(size=(7, 40))
    expected = [np.sum(power[:, : 40 - lag] * power[:, lag:]) / (40 - lag) for lag in range(40)]
    assert np.allclose(beat_spectrum(power), np.array(expected) / expected[0])


def test_silence_has_no_beat():
    assert not beat_spectrum(np.zeros((4, 9))).any()


@pytest.mark.parametrize("period", [11, 24, 37])
def test_the_period_of_a_loop_is_found(rng, period):
    power = loop(rng, period, 8, rest=5) + 0.3 * rng.exponential(size=(30, 8 * period + 5))
    assert repeating_period(beat_spectrum(power), shortest=8, longest=60) == period


@pytest.mark.parametrize("frames", [1, 2, 20])
def test_what_is_too_short_to_repeat_has_no_period(rng, frames):
    power = rng.exponential(size=(3, frames))
    assert repeating_period(beat_spectrum(power), shortest=8, longest=60) == 0


@pytest.mark.parametrize("rest", [0, 1, 6])
@pytest.mark.parametrize("repetitions", [0, 3])
def test_a_loop_is_its_own_median_whatever_sounds_once(rng, rest, repetitions):
    backing = loop(rng, 7, 5, rest)
    heard = backing.copy()
    heard[:, 15:19] += 5
    assert np.allclose(periodic_median(heard, 7, repetitions=repetitions), backing)


def test_the_median_is_that_of_the_frames_a_period_apart(rng):
    x = rng.exponential(size=(4, 23))
    median = periodic_median(x, 5)
    for t in range(23):
        assert np.allclose(median[:, t], np.median(x[:, t % 5 :: 5], axis=1))


def test_a_period_longer_than_the_recording_changes_nothing(rng):
    x = rng.exponential(size=(4, 6))
    assert np.array_equal(periodic_median(x, 9), x)
