import numpy as np
import pytest

from partita.core import OptionError
from partita.signal import apply_masks, ratio_masks


@pytest.mark.parametrize("power", [0.5, 1, 2, 7])
def test_masks_add_up_to_one_and_stay_in_range(rng, power):
    masks = ratio_masks(rng.exponential(size=(4, 20, 30)) ** 3, power=power)
    assert np.allclose(masks.sum(axis=0), 1)
    assert masks.min() >= 0


@pytest.mark.parametrize("scale", [1e-30, 1, 1e30])
def test_scale_does_not_matter(rng, scale):
    magnitudes = rng.exponential(size=(3, 8)).astype(np.float32)
    scaled = ratio_masks(magnitudes * np.float32(scale), power=2)
    assert np.allclose(scaled, ratio_masks(magnitudes, power=2), atol=1e-6)


def test_where_nothing_sounds_all_share():
    assert ratio_masks(np.zeros((4, 2))).tolist() == [[0.25, 0.25]] * 4


def test_a_large_power_takes_the_largest():
    assert np.allclose(ratio_masks(np.array([[2.0], [1.0]]), power=50), [[1], [0]])


@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_input_is_not_changed(rng, power):
    magnitudes = rng.exponential(size=(2, 5))
    before = magnitudes.copy()
    ratio_masks(magnitudes, power=power)
    assert np.array_equal(magnitudes, before)


def test_a_power_of_zero_is_refused():
    with pytest.raises(OptionError, match="positive"):
        ratio_masks(np.ones((2, 2)), power=0)


def test_one_mask_serves_all_channels(rng):
    spectrum = rng.standard_normal((2, 5, 7)) + 1j
    shared = rng.uniform(size=(3, 5, 7))
    each = np.broadcast_to(shared[:, None], (3, 2, 5, 7))
    assert apply_masks(shared, spectrum).shape == (3, 2, 5, 7)
    assert np.array_equal(apply_masks(shared, spectrum), apply_masks(each, spectrum))
