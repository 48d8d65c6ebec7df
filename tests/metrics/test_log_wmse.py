import numpy as np
import pytest

from partita.core import AudioError
from partita.metrics.log_wmse import log_wmse

RATE = 44100

# log-wmse-audio-quality 0.2.0 on `golden_signals`: rate and size of the error -> its answer
GOLDEN = {(44100, 0.3): 9.656837, (44100, 0.01): 36.866081, (48000, 0.01): 36.843231}


def golden_signals(rate, size):
    noise = np.random.RandomState(3).standard_normal((2, 2, rate))  # a frozen stream
    mix = 0.1 * noise[0]
    return 0.5 * mix, 0.5 * mix + 0.1 * size * noise[1], mix


@pytest.mark.parametrize(("case", "expected"), GOLDEN.items())
def test_it_scores_as_the_published_package(case, expected):
    reference, estimate, mix = golden_signals(*case)
    # the package stores float32 responses and signals
    assert log_wmse(reference, estimate, case[0], mix=mix) == pytest.approx(expected, abs=1e-3)


def test_the_level_of_all_three_does_not_matter(rng):
    mix, noise = rng.uniform(-0.5, 0.5, (2, 1, RATE))
    loud = log_wmse(0.5 * mix, 0.5 * mix + 0.01 * noise, RATE, mix=mix)
    quiet = log_wmse(5e-5 * mix, 5e-5 * mix + 1e-6 * noise, RATE, mix=1e-4 * mix)
    assert quiet == pytest.approx(loud, abs=1e-6)


def test_errors_that_nobody_hears_cost_nothing(rng):
    mix, noise = rng.uniform(-0.5, 0.5, (2, 1, RATE))
    assert log_wmse(mix, mix + 1e-5 * noise, RATE, mix=mix) == pytest.approx(-4 * np.log(1e-8))


def test_low_rumble_costs_less_than_the_same_error_in_the_middle(rng):
    t = np.arange(RATE) / RATE
    mix = rng.uniform(-0.5, 0.5, (1, RATE))
    low, middle = (0.05 * np.sin(2 * np.pi * f * t)[None] for f in (30, 3000))
    assert log_wmse(mix, mix + low, RATE, mix=mix) > log_wmse(mix, mix + middle, RATE, mix=mix) + 20


def test_a_mix_of_another_shape_is_refused():
    with pytest.raises(AudioError, match="mix must be shaped"):
        log_wmse(np.ones((1, 9)), np.ones((1, 9)), RATE, mix=np.ones((2, 9)))
