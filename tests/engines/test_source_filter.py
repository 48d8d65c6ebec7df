import numpy as np
import pytest

import partita
from partita.core import Audio, HintError, Hints, PartitaWarning, Pitch

RATE, SECONDS = 16000, 6
HOP_S = 0.01


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def melody_hz(t):
    """Notes of a second and a half, with vibrato; every fourth is a rest."""
    notes = np.array([330.0, 392.0, 0.0, 294.0])
    return notes[(t / 1.5).astype(int) % 4] * 2 ** (0.04 * np.sin(2 * np.pi * 5.5 * t))


@pytest.fixture(scope="module")
def song():
    """A voice, left of the middle, and held chords, right of it: (channels, time) each."""
    t = np.arange(RATE * SECONDS) / RATE
    f0 = melody_hz(t)
    turns = np.cumsum(f0) / RATE
    partials = [
        np.exp(-(((h * f0 - 700) / 600) ** 2)) + 0.3 * np.exp(-(((h * f0 - 2500) / 800) ** 2))
        for h in range(1, 15)
    ]
    voice = sum(a * np.sin(2 * np.pi * h * turns) for h, a in enumerate(partials, 1)) * (f0 > 0)
    chords = np.array([[130.8, 164.8, 196.0], [146.8, 174.6, 220.0]])[(t / 2).astype(int) % 2]
    held = sum(np.sin(2 * np.pi * h * chords.T * t).sum(axis=0) / h for h in range(1, 9))
    voice, held = 0.1 * voice / np.std(voice), 0.1 * held / np.std(held)
    return np.stack([0.8 * voice, 0.4 * voice]), np.stack([0.4 * held, 0.8 * held])


def vocals(song, hints=None, **options):
    mix = Audio(np.asarray(sum(song), np.float32), RATE)
    engine = partita.engine("source_filter", **options)
    return partita.separate(mix, engine=engine, hints=hints or Hints())["vocals"].samples


def true_pitch():
    t = np.arange(round(SECONDS / HOP_S)) * HOP_S
    return Hints(pitch=Pitch(t, {"vocals": melody_hz(t)}))


def test_a_voice_is_told_from_held_chords(song):
    assert sdr_db(song[0], vocals(song)) > 6


def test_a_given_melody_is_followed(song):
    found = vocals(song, true_pitch())
    assert sdr_db(song[0], found) > 6
    elsewhere = {"vocals": 1.41 * true_pitch().pitch.f0_hz["vocals"]}
    wrong = Hints(pitch=Pitch(true_pitch().pitch.time_s, elsewhere))
    with pytest.warns(PartitaWarning):
        lost = vocals(song, wrong)
    assert sdr_db(song[0], lost) < sdr_db(song[0], found) - 3


def test_where_the_melody_rests_there_is_no_voice_but_breath(song):
    rest = slice(round(3.1 * RATE), round(4.4 * RATE))
    voiced = vocals(song, true_pitch(), unvoiced=False)
    assert np.max(np.abs(voiced[:, rest])) < 1e-6


def test_one_of_several_tracks_must_be_the_vocals(song):
    given = true_pitch().pitch
    f0_hz = given.f0_hz["vocals"]
    hints = Hints(pitch=Pitch(given.time_s, {"flute": f0_hz, "oboe": f0_hz}))
    with pytest.raises(HintError, match="vocals"):
        vocals(song, hints)
