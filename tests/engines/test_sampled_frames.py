import numpy as np

from partita.core import Audio
from partita.engines.sampled_frames import block_size, every_so_many, sampled_magnitudes


def blocks(audio):
    size = block_size(audio.rate)
    for start in range(0, audio.length, size):
        yield Audio(audio.samples[:, start : start + size], audio.rate)


def test_a_long_recording_gives_frames_from_its_whole_length(rng):
    """A tone that rises: the frames' peaks rise evenly to the end."""
    rate, seconds = 2000, 60
    t = np.arange(rate * seconds) / rate
    audio = Audio(np.sin(2 * np.pi * (100 * t + 5 * t**2))[None], rate)
    V = sampled_magnitudes(blocks(audio), n_fft=128, hop=64, limit=100)
    assert 50 <= V.shape[1] <= 100
    peaks_hz = np.argmax(V, axis=0) * rate / 128
    assert peaks_hz[0] < 130
    assert peaks_hz[-1] > 650
    assert np.all(np.diff(peaks_hz) >= -rate / 128)


def test_a_short_recording_gives_one_frame_at_least():
    V = sampled_magnitudes([Audio(np.ones((2, 1)), 8000)], n_fft=64, hop=32, limit=10)
    assert V.shape[0] == 33
    assert V.shape[1] >= 1


def test_at_most_so_many_are_kept_at_equal_distances():
    for count in (1, 4, 5, 8, 9, 100):
        kept = every_so_many(range(count), limit=4)
        assert len(kept) <= 4
        assert kept[0] == 0
        assert len(set(np.diff(kept))) <= 1
