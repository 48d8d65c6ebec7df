import numpy as np

from partita.methods import repeating_magnitude


def test_a_loop_repeats_in_full(rng):
    loop = np.tile(rng.exponential(size=(30, 10)), 8)
    repeating = repeating_magnitude(loop, buffer_frames=80, similar_frames=5, min_distance_frames=5)
    assert np.allclose(repeating, loop)


def test_what_happens_once_does_not_repeat(rng):
    loop = np.tile(rng.exponential(size=(30, 10)), 8)
    once = loop.copy()
    once[5, 41] += 100
    repeating = repeating_magnitude(once, buffer_frames=80, similar_frames=7, min_distance_frames=5)
    assert repeating[5, 41] < once[5, 41] / 10


def test_it_never_exceeds_the_spectrogram(rng):
    magnitude = rng.exponential(size=(20, 60))
    repeating = repeating_magnitude(magnitude, buffer_frames=25)
    assert np.all(repeating <= magnitude)


def test_frames_beyond_the_buffer_do_not_matter(rng):
    magnitude = rng.exponential(size=(20, 300))
    changed = magnitude.copy()
    changed[:, 200:] = rng.exponential(size=(20, 100))
    before, after = (repeating_magnitude(m, buffer_frames=60) for m in (magnitude, changed))
    assert np.array_equal(before[:, :170], after[:, :170])
    assert not np.array_equal(before[:, 170:], after[:, 170:])


def test_a_single_frame_is_its_own_repetition():
    assert np.array_equal(repeating_magnitude(np.ones((4, 1)), buffer_frames=10), np.ones((4, 1)))
