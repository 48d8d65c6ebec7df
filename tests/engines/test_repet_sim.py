import numpy as np

import partita
from partita.core import Audio

RATE = 16000


def test_what_repeats_is_accompaniment_and_what_does_not_is_the_voice(rng):
    """A half-second loop, twenty times; one glide over it that never repeats."""
    t = np.arange(RATE // 2) / RATE
    bar = sum(np.sin(2 * np.pi * f * t) for f in (330, 415, 495)) * np.exp(-4 * t)
    loop = np.tile(bar, 20) * 0.1
    time = np.arange(len(loop)) / RATE
    voice = 0.1 * np.sin(2 * np.pi * (900 * time + 60 * time**2))
    voice[time < 5] = 0
    stems = partita.separate(Audio((loop + voice)[None], RATE), engine="repet_sim")
    for name, truth in (("accompaniment", loop), ("vocals", voice)):
        error = stems[name].samples[0] - truth
        assert 10 * np.log10(np.sum(truth**2) / np.sum(error**2)) > 10


def test_below_the_high_pass_there_is_no_voice():
    t = np.arange(4 * RATE) / RATE
    rumble = Audio((0.3 * np.sin(2 * np.pi * 40 * t))[None], RATE)
    stems = partita.separate(rumble, engine="repet_sim")
    assert np.sum(stems["vocals"].samples ** 2) < 1e-3 * np.sum(rumble.samples**2)
