import numpy as np
import pytest

from partita.analysis.frames import channel_magnitudes, magnitude_frames
from partita.signal.stft import stft


def cut(x, sizes):
    edges = np.cumsum([0, *sizes])
    return [x[:, a:b] for a, b in zip(edges, [*edges[1:], x.shape[1]], strict=True)]


@pytest.mark.parametrize("sizes", [[], [1, 2, 3], [500], [64] * 30, [5000, 7, 900]])
@pytest.mark.parametrize("length", [1, 63, 64, 65, 256, 1000, 9001])
def test_frames_are_those_of_the_whole_however_it_comes(rng, sizes, length):
    x = rng.standard_normal((2, length)).astype(np.float32)
    frames = np.concatenate(list(channel_magnitudes(cut(x, sizes), n_fft=256, hop=64)))
    expected = np.abs(stft(x, n_fft=256, hop=64))
    assert np.allclose(np.moveaxis(frames, 0, -1), expected, atol=1e-4)


def test_joined_channels_have_their_mean_power(rng):
    x = rng.standard_normal((2, 1000)).astype(np.float32)
    joined = np.concatenate(list(magnitude_frames([x], n_fft=256, hop=64)))
    power = np.mean(np.abs(stft(x, n_fft=256, hop=64)) ** 2, axis=0)
    assert np.allclose(joined.T**2, power, rtol=1e-4, atol=1e-4)
    turned = x * np.array([[1], [-1]], np.float32)
    again = np.concatenate(list(magnitude_frames([turned], n_fft=256, hop=64)))
    assert np.array_equal(again, joined)


def test_a_stream_without_blocks_has_no_frames():
    assert list(magnitude_frames([], n_fft=256, hop=64)) == []
