import numpy as np

import partita
from partita.core import Audio

RATE = 22050


def test_equal_channels_are_centre(rng):
    both = np.tile(rng.standard_normal(RATE) * 0.1, (2, 1))
    stems = partita.separate(Audio(both, RATE), engine="mid_side")
    assert np.max(np.abs(stems["sides"].samples)) < 1e-6


def test_one_channel_alone_is_sides(rng):
    left = np.stack([rng.standard_normal(RATE) * 0.1, np.zeros(RATE)])
    stems = partita.separate(Audio(left, RATE), engine="mid_side")
    assert np.max(np.abs(stems["centre"].samples)) < 1e-6


def test_opposite_channels_are_sides(rng):
    x = rng.standard_normal(RATE) * 0.1
    stems = partita.separate(Audio(np.stack([x, -x]), RATE), engine="mid_side")
    assert np.max(np.abs(stems["centre"].samples)) < 1e-6


def test_mono_is_centre(rng):
    mono = Audio(rng.standard_normal((1, RATE)) * 0.1, RATE)
    stems = partita.separate(mono, engine="mid_side")
    assert np.allclose(stems["centre"].samples, mono.samples, atol=1e-7)


def test_a_centred_tone_leaves_the_sides_to_another():
    t = np.arange(2 * RATE) / RATE
    centre, side = 0.2 * np.sin(2 * np.pi * 440 * t), 0.2 * np.sin(2 * np.pi * 1500 * t)
    mix = Audio(np.stack([centre + side, centre]), RATE)
    stems = partita.separate(mix, engine="mid_side")
    error = stems["centre"].samples[0] - centre
    assert np.sum(error**2) < 0.01 * np.sum(centre**2)
