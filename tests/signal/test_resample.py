import numpy as np
import pytest

from partita.signal import resample, resampled_length


@pytest.mark.parametrize(("rate", "new"), [(44100, 48000), (48000, 44100), (8000, 192000)])
@pytest.mark.parametrize("length", [1, 2, 999, 44100])
def test_the_duration_is_kept_to_the_nearest_sample(rate, new, length):
    got = resample(np.zeros((2, length), np.float32), rate, new).shape[-1]
    assert got == resampled_length(length, rate, new)
    assert abs(got - length * new / rate) <= 0.5 or got == 1


def test_a_tone_stays_where_it_was():
    t = np.arange(44100) / 44100
    moved = resample(np.sin(2 * np.pi * 440 * t), 44100, 48000)
    truth = np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)
    assert np.max(np.abs(moved - truth)[2000:-2000]) < 1e-4


def test_there_and_back_is_the_same(rng):
    x = np.convolve(rng.standard_normal(20000), np.hanning(40), mode="same")
    back = resample(resample(x, 44100, 96000), 96000, 44100)
    error = (back - x)[1000:-1000]
    assert np.sum(error**2) < 1e-8 * np.sum(x**2)


def test_the_same_rate_is_a_copy(rng):
    x = rng.standard_normal((2, 10))
    same = resample(x, 44100, 44100)
    assert np.array_equal(same, x)
    assert not np.shares_memory(same, x)


def test_any_leading_axes(rng):
    x = rng.standard_normal((3, 2, 800))
    moved = resample(x, 8000, 16000)
    assert moved.shape == (3, 2, 1600)
    assert np.allclose(moved[1, 1], resample(x[1, 1], 8000, 16000))
