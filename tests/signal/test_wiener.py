import numpy as np
import pytest

from partita.signal import multichannel_wiener, spatial_covariance


def images_of(rng, channels, sources=3, freq=20, frames=50):
    """Sources at fixed places, with powers that change in time and frequency."""
    gains = rng.standard_normal((sources, channels, freq, 1))
    power = rng.exponential(size=(sources, 1, freq, frames)) ** 2
    phase = rng.standard_normal((2, sources, 1, freq, frames))
    return gains * power * (phase[0] + 1j * phase[1])


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("iterations", [1, 3])
def test_sources_add_up_to_the_mixture(rng, channels, iterations):
    images = images_of(rng, channels)
    mix = images.sum(axis=0)
    parts = multichannel_wiener(mix, images + 0.1, iterations=iterations)
    assert np.max(np.abs(parts.sum(axis=0) - mix)) < 1e-9 * np.max(np.abs(mix))


def test_they_add_up_in_single_precision_too(rng):
    images = images_of(rng, channels=2).astype(np.complex64)
    mix = images.sum(axis=0)
    parts = multichannel_wiener(mix, images)
    assert parts.dtype == np.complex64
    assert np.max(np.abs(parts.sum(axis=0) - mix)) < 1e-5 * np.max(np.abs(mix))


def test_two_sources_in_two_places_are_told_apart(rng):
    images = images_of(rng, channels=2, sources=2)
    error = multichannel_wiener(images.sum(axis=0), images) - images
    # Two instantaneous sources in two channels: an exact inverse exists, up to the floor.
    assert np.sum(np.abs(error) ** 2) < 1e-4 * np.sum(np.abs(images) ** 2)


def test_one_channel_is_the_wiener_gain(rng):
    images = images_of(rng, channels=1, sources=2)
    parts = multichannel_wiener(images.sum(axis=0), images)
    v = np.abs(images) ** 2
    assert np.allclose(parts, v / v.sum(axis=0) * images.sum(axis=0), atol=1e-6 * np.abs(v).max())


def test_one_channel_shares_by_magnitude_where_power_is_one(rng):
    images = images_of(rng, channels=1, sources=2)
    mix = images.sum(axis=0)
    parts = multichannel_wiener(mix, images, power=1)
    sizes = np.abs(images)
    assert np.allclose(parts, sizes / sizes.sum(axis=0) * mix, atol=1e-4)


def test_blocks_do_not_change_the_result(rng):
    images = images_of(rng, channels=2)
    mix = images.sum(axis=0)
    whole = multichannel_wiener(mix, images, block=1000)
    assert np.allclose(whole, multichannel_wiener(mix, images, block=7))


@pytest.mark.parametrize("channels", [2, 3])
def test_how_it_lies_in_memory_does_not_change_the_result(rng, channels):
    images = images_of(rng, channels)
    mix = images.sum(axis=0)
    turned = [np.ascontiguousarray(np.swapaxes(x, -1, -2)) for x in (mix, images)]
    found = multichannel_wiener(*(np.swapaxes(x, -1, -2) for x in turned))
    assert np.allclose(found, multichannel_wiener(mix, images))


def test_three_channels_are_filtered_as_the_equation_says(rng):
    images = images_of(rng, channels=3, sources=5)
    mix = images.sum(axis=0)
    v, R = spatial_covariance(images)
    parts = v[..., None, None] * R[:, :, None]  # (sources, freq, frames, channels, channels)
    whitened = np.linalg.solve(parts.sum(axis=0), np.moveaxis(mix, 0, -1)[..., None])
    expected = np.moveaxis((parts @ whitened)[..., 0], -1, 1)
    assert np.allclose(multichannel_wiener(mix, images, noise=1e-12), expected, atol=1e-4)


def test_noise_keeps_rounding_out_where_both_channels_are_the_same(rng):
    one = images_of(rng, channels=1)
    both = np.concatenate([one, one], axis=1).astype(np.complex64)
    parts = multichannel_wiener(both.sum(axis=0), both, noise=1e-3)
    alone = multichannel_wiener(one.sum(axis=0), one, noise=1e-3)
    assert np.allclose(parts[:, 0], parts[:, 1], atol=1e-4 * np.abs(one).max())
    # two channels in which the source is the same have twice the power in one direction
    assert np.allclose(parts[:, :1], alone, atol=1e-3 * np.abs(one).max())


def test_silence_stays_silence():
    zeros = np.zeros((2, 2, 5, 9), np.complex64)
    assert not multichannel_wiener(zeros[0], zeros).any()


def test_a_silent_source_has_the_identity_as_covariance(rng):
    images = images_of(rng, channels=2, sources=2)
    images[1] = 0
    v, R = spatial_covariance(images)
    assert not v[1].any()
    assert np.array_equal(R[1], np.broadcast_to(np.eye(2), (20, 2, 2)))


def test_inputs_are_not_changed(rng):
    images = images_of(rng, channels=2)
    mix = images.sum(axis=0)
    before = images.copy(), mix.copy()
    multichannel_wiener(mix, images, iterations=2)
    assert np.array_equal(images, before[0])
    assert np.array_equal(mix, before[1])
