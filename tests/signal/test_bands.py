import numpy as np
import pytest

from partita.core import OptionError
from partita.signal import split_bands

RATE = 8000


def tone(hz):
    return np.sin(2 * np.pi * hz * np.arange(RATE) / RATE)


def energy(x):
    return float(np.sum(x[..., 1000:-1000] ** 2))


@pytest.mark.parametrize(("hz", "band"), [(50, 0), (400, 1), (3000, 2)])
def test_a_tone_survives_in_its_band_alone(hz, band):
    bands = split_bands(tone(hz), [150, 1200], rate=RATE)
    shares = [energy(b) / energy(tone(hz)) for b in bands]
    assert shares[band] > 0.99
    assert sum(shares) - shares[band] < 1e-3


def test_bands_add_up(rng):
    x = rng.standard_normal((2, 3000))
    assert np.allclose(split_bands(x, [100, 500, 2000], rate=RATE).sum(axis=0), x)


def test_no_edges_give_the_signal(rng):
    x = rng.standard_normal(100)
    assert np.array_equal(split_bands(x, [], rate=RATE)[0], x)


def test_there_is_no_delay():
    click = np.zeros(2001)
    click[1000] = 1
    assert np.argmax(split_bands(click, [1000], rate=RATE)[0]) == 1000


def test_a_signal_shorter_than_the_filter_is_split_too():
    assert np.allclose(split_bands(np.ones(3), [30], rate=RATE).sum(axis=0), 1)


@pytest.mark.parametrize("edges", [[0], [4000], [500, 100], [100, 100]])
def test_wrong_edges_are_refused(edges):
    with pytest.raises(OptionError, match="band edges"):
        split_bands(np.zeros(100), edges, rate=RATE)
