import numpy as np

import partita
from partita.core import Audio

RATE = 22050


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def test_glides_hits_and_held_notes_are_told_apart(rng):
    t = np.arange(8 * RATE) / RATE
    other = 0.05 * sum(np.sin(2 * np.pi * f * t) for f in (277, 330, 415))
    voice = 0.05 * sum(np.sin(2 * np.pi * h * (600 * t + 60 * t**2)) for h in (1, 2, 3))
    onset = np.sort(rng.uniform(0, 8, 11))
    drums = np.zeros(len(t))
    for at in onset:
        drums += np.where(t >= at, np.exp(-60 * np.maximum(t - at, 0)), 0)
    drums *= 0.3 * rng.standard_normal(len(t))
    stems = partita.separate(Audio((voice + drums + other)[None], RATE), engine="kam")
    for name, truth in (("vocals", voice), ("drums", drums), ("other", other)):
        assert sdr_db(truth, stems[name].samples[0]) > 6, name


def test_below_the_high_pass_there_is_no_voice():
    t = np.arange(4 * RATE) / RATE
    rumble = Audio((0.3 * np.sin(2 * np.pi * 40 * t) * (t % 0.7))[None], RATE)
    stems = partita.separate(rumble, engine="kam")
    assert np.sum(stems["vocals"].samples ** 2) < 1e-3 * np.sum(rumble.samples**2)
