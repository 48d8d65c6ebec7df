import numpy as np
import pytest

from partita.methods.retuned import retuned

RATE, HOP = 8000, 128


def voice(f0_hz):
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    return sum(np.sin(k * phase + k) / k for k in range(1, 11))


@pytest.fixture(scope="module")
def choir():
    """Three voices of a chord with vibrato, and their f0 at the knots, Hz."""
    t = np.arange(3 * RATE) / RATE
    middle = np.array([[196.0], [247.0], [330.0]])
    rates = np.array([[4.6], [5.1], [5.7]])
    f0_hz = middle * 2 ** (0.25 * np.sin(2 * np.pi * rates * t) / 12)
    knots = -(-len(t) // HOP) + 1
    at = np.minimum(np.arange(knots) * HOP, len(t) - 1)
    return sum(voice(f) for f in f0_hz), f0_hz[:, at]


def cents(found, truth):
    return 1200 * np.log2(found / truth)


@pytest.mark.parametrize("off_cents", [-45, -20, 20, 45])
def test_voices_that_are_out_of_tune_are_put_right(choir, off_cents):
    x, truth = choir
    signs = np.array([[1], [-1], [1]])
    given = truth * 2 ** (off_cents * signs / 1200)
    found = retuned(x[None], given, rate=RATE, hop=HOP)
    assert np.median(np.abs(cents(found, truth))) < 5


def test_tracks_that_fit_stay_as_they_are(choir):
    x, truth = choir
    assert np.array_equal(retuned(x[None], truth, rate=RATE, hop=HOP), truth)


def test_level_and_order_change_nothing(choir):
    x, truth = choir
    given = truth * 2 ** (25 / 1200)
    one = retuned(x[None], given, rate=RATE, hop=HOP)
    other = retuned(100 * x[None], given[::-1], rate=RATE, hop=HOP)
    assert np.allclose(one, other[::-1], rtol=1e-9)


def test_unvoiced_values_stay_unvoiced_and_silence_moves_nothing(choir):
    x, truth = choir
    given = truth * 2 ** (25 / 1200)
    given[1, 40:80] = 0
    found = retuned(x[None], given, rate=RATE, hop=HOP)
    assert np.array_equal(found == 0, given == 0)
    assert np.array_equal(retuned(0 * x[None], given, rate=RATE, hop=HOP), given)


@pytest.mark.parametrize("length", [1, 127, 128, 1000])
def test_short_signals(length, rng):
    x = rng.standard_normal((2, length))
    given = np.full((2, -(-length // HOP) + 1), 220.0)
    found = retuned(x, given, rate=RATE, hop=HOP)
    assert np.all(np.abs(cents(found, given)) < 67)
