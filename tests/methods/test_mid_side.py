import numpy as np

from partita.methods import centre_mask


def spectrum(left, right):
    return np.broadcast_to(np.array([left, right])[:, None, None], (2, 4, 6)).astype(complex)


def test_the_mask_is_the_similarity_of_the_channels():
    # 2·1·0.5 / (1 + 0.25)
    assert np.allclose(centre_mask(spectrum(1, 0.5)), 0.8)


def test_the_mask_knows_the_known_cases():
    for left, right, expected in ((1, 1, 1), (1, 0, 0), (1, -1, 0), (1, 1j, 0), (0, 0, 0)):
        assert np.allclose(centre_mask(spectrum(left, right)), expected)


def test_level_does_not_matter(rng):
    x = rng.standard_normal((2, 5, 9)) + 1j * rng.standard_normal((2, 5, 9))
    assert np.allclose(centre_mask(x), centre_mask(1e-6 * x))


def test_sharpness_narrows_the_centre():
    assert np.allclose(centre_mask(spectrum(1, 0.5), sharpness=2), 0.64)
