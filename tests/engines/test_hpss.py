import numpy as np

import partita
from partita.core import Audio

RATE = 44100


def share(part, whole):
    return float(np.sum(part**2) / np.sum(whole**2))


def test_a_note_is_harmonic_and_a_click_percussive():
    t = np.arange(2 * RATE) / RATE
    note = 0.1 * np.sin(2 * np.pi * 440 * t)
    clicks = np.zeros_like(t)
    clicks[RATE // 4 :: RATE // 2] = 0.9
    stems = partita.separate(Audio((note + clicks)[None], RATE), engine="hpss")
    inner = slice(RATE // 8, -RATE // 8)
    assert share((stems["harmonic"].samples[0] - note)[inner], note[inner]) < 0.02
    assert share((stems["percussive"].samples[0] - clicks)[inner], clicks[inner]) < 0.05


def test_a_larger_margin_leaves_less_in_the_percussive_part(noise):
    engines = [partita.engine("hpss", margin=margin) for margin in (1, 2, 4)]
    parts = [partita.separate(noise, engine=e)["percussive"].samples for e in engines]
    energies = [np.sum(part**2) for part in parts]
    assert energies[0] > energies[1] > energies[2]
