import numpy as np
import pytest

import partita
from partita.core import Audio
from partita.engines import create

RATE = 16000


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def loop_and_glide():
    """A bar of 1.024 s (a whole number of hops), ten times; a glide that never repeats."""
    bar_length = 16384
    t = np.arange(bar_length) / RATE
    hits = [(330, 0.0), (415, 0.3), (495, 0.5), (262, 0.8)]
    bar = sum(
        np.where(t >= at, np.sin(2 * np.pi * f * t) * np.exp(-6 * (t - at)), 0) for f, at in hits
    )
    backing = 0.1 * np.tile(bar, 10)
    time = np.arange(len(backing)) / RATE
    voice = 0.1 * np.sin(2 * np.pi * (900 * time + 60 * time**2))
    return backing, voice


@pytest.mark.parametrize("options", [{}, {"period_s": 1.024}])
def test_what_comes_back_is_accompaniment_and_what_does_not_is_the_voice(options):
    backing, voice = loop_and_glide()
    mix = Audio((backing + voice)[None], RATE)
    stems = partita.separate(mix, engine=create("repet", **options))
    assert sdr_db(backing, stems["accompaniment"].samples[0]) > 10
    assert sdr_db(voice, stems["vocals"].samples[0]) > 10


def test_a_wrong_period_separates_worse():
    backing, voice = loop_and_glide()
    mix = Audio((backing + voice)[None], RATE)
    right, wrong = (
        sdr_db(voice, partita.separate(mix, engine=create("repet", **o))["vocals"].samples[0])
        for o in ({}, {"period_s": 0.7})
    )
    assert right > wrong + 6


def test_what_is_too_short_to_repeat_is_all_accompaniment(noise):
    short = Audio(noise.samples[:, :8000], noise.rate)
    stems = partita.separate(short, engine="repet")
    assert np.max(np.abs(stems["vocals"].samples)) < 1e-6


def test_below_the_high_pass_there_is_no_voice():
    t = np.arange(6 * RATE) / RATE
    rumble = Audio((0.3 * np.sin(2 * np.pi * 40 * t) * (t % 0.7))[None], RATE)
    stems = partita.separate(rumble, engine="repet")
    assert np.sum(stems["vocals"].samples ** 2) < 1e-3 * np.sum(rumble.samples**2)
