"""Facts about what stands out."""

from __future__ import annotations

import numpy as np

from partita.methods.foreground import foreground


def test_a_steady_level_is_one_at_any_loudness() -> None:
    levels = np.array([1e-9, 1.0, 1e6])[:, None] * np.ones(20)
    np.testing.assert_allclose(foreground(levels), 1)


def test_it_does_not_depend_on_the_loudness() -> None:
    magnitude = np.random.default_rng(0).random((5, 50))
    np.testing.assert_allclose(foreground(1000 * magnitude), foreground(magnitude))


def test_a_burst_stands_out_and_its_surroundings_do_not() -> None:
    magnitude = np.full((1, 100), 0.1)
    magnitude[0, 40] = 1
    assert foreground(magnitude)[0, 40] > 5
    assert np.all(np.delete(foreground(magnitude)[0], 40) < 1)


def test_it_stays_within_its_limit() -> None:
    magnitude = np.zeros((1, 1000))
    magnitude[0, 3] = 1
    found = foreground(magnitude, limit=4)
    assert found.max() == 4
    assert found.min() == 0.25


def test_silence_stands_nowhere() -> None:
    np.testing.assert_array_equal(foreground(np.zeros((2, 4), np.float32)), 1)


def test_the_input_is_not_changed() -> None:
    magnitude = np.random.default_rng(0).random((2, 9))
    before = magnitude.copy()
    foreground(magnitude)
    np.testing.assert_array_equal(magnitude, before)
