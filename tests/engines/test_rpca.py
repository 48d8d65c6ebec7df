import numpy as np
import pytest

import partita
from partita.core import Audio, OptionError
from partita.engines import create

RATE = 16000


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def chords_and_glide():
    """Two held chords by turns, and one glide that never comes back."""
    t = np.arange(10 * RATE) / RATE
    chords = [sum(np.sin(2 * np.pi * f * t) for f in c) for c in ((330, 415, 495), (370, 440, 554))]
    backing = 0.1 * np.where(t % 2 < 1, *chords)
    voice = 0.1 * np.sin(2 * np.pi * (900 * t + 60 * t**2))
    return backing, voice


@pytest.mark.parametrize("mask", ["soft", "binary"])
def test_recurring_chords_are_accompaniment_and_what_moves_is_the_voice(mask):
    backing, voice = chords_and_glide()
    stems = partita.separate(Audio((backing + voice)[None], RATE), engine=create("rpca", mask=mask))
    assert sdr_db(backing, stems["accompaniment"].samples[0]) > 10
    assert sdr_db(voice, stems["vocals"].samples[0]) > 10


def test_below_the_high_pass_there_is_no_voice():
    t = np.arange(4 * RATE) / RATE
    rumble = Audio((0.3 * np.sin(2 * np.pi * 40 * t) * (t % 0.7))[None], RATE)
    stems = partita.separate(rumble, engine="rpca")
    assert np.sum(stems["vocals"].samples ** 2) < 1e-3 * np.sum(rumble.samples**2)


def test_an_unknown_mask_is_refused():
    with pytest.raises(OptionError, match="soft or binary"):
        create("rpca", mask="hard")
