"""Facts about shares of a neighbourhood."""

from __future__ import annotations

import numpy as np
import pytest

from partita.methods.local_shares import local_shares


def random_masks(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    masks = generator.random((3, 20, 30))
    return masks / masks.sum(axis=0), generator.random((20, 30))


def test_they_add_up_to_one() -> None:
    masks, power = random_masks()
    np.testing.assert_allclose(local_shares(masks, power, freq_bins=5, time_frames=7).sum(0), 1)


def test_a_neighbourhood_of_one_cell_is_the_mask() -> None:
    masks, power = random_masks()
    np.testing.assert_allclose(local_shares(masks, power, freq_bins=1, time_frames=1), masks)


def test_the_same_everywhere_stays() -> None:
    _, power = random_masks()
    masks = np.broadcast_to(np.array([0.2, 0.8])[:, None, None], (2, *power.shape))
    shares = local_shares(masks, power, freq_bins=5, time_frames=9)
    np.testing.assert_allclose(shares, masks)


def test_they_are_weighted_by_power() -> None:
    masks, power = np.zeros((2, 1, 3)), np.array([[0.0, 3.0, 1.0]])
    masks[0, 0, 1] = masks[1, 0, 0] = masks[1, 0, 2] = 1
    shares = local_shares(masks, power, freq_bins=1, time_frames=3)
    np.testing.assert_allclose(shares[:, 0, 1], [0.75, 0.25])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_silence_has_no_shares_and_the_type_is_kept(dtype: type) -> None:
    masks = np.full((2, 4, 4), 0.5, dtype)
    shares = local_shares(masks, np.zeros((4, 4), dtype), freq_bins=3, time_frames=3)
    assert shares.dtype == dtype
    assert not np.any(shares)


def test_the_input_is_not_changed() -> None:
    masks, power = random_masks()
    before = masks.copy(), power.copy()
    local_shares(masks, power, freq_bins=3, time_frames=3)
    np.testing.assert_array_equal(masks, before[0])
    np.testing.assert_array_equal(power, before[1])
