"""Voices whose pitch is known: what becomes of them, of the rest, and of what has no pitch."""

import numpy as np
import pytest

import partita
from partita.core import Audio, HintError, Hints, PartitaWarning, Pitch
from partita.io import load, read_pitch

RATE, SECONDS, HOP_S = 16000, 3, 0.01
NAMES = ("high", "low")


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def f0_hz(name, t):
    """A fourth apart, each with a vibrato of its own."""
    middle, rate_hz = {"high": (294.0, 5.5), "low": (220.0, 4.7)}[name]
    return middle * 2 ** (0.3 * np.sin(2 * np.pi * rate_hz * t) / 12)


def voice(name, partials):
    t = np.arange(RATE * SECONDS) / RATE
    turns = np.cumsum(f0_hz(name, t)) / RATE
    sound = sum(np.sin(2 * np.pi * k * turns + k) / k for k in range(1, partials + 1))
    return 0.1 * sound / np.std(sound)


@pytest.fixture(scope="module")
def duet():
    """(voices, time) and the pitch of both."""
    time_s = np.arange(round(SECONDS / HOP_S)) * HOP_S
    pitch = Pitch(time_s, {name: f0_hz(name, time_s) for name in NAMES})
    return np.stack([voice("high", 25), voice("low", 30)]), pitch


def separate(x, pitch, **options):
    audio = Audio(np.atleast_2d(x).astype(np.float32), RATE)
    engine = partita.engine("pitch_informed", **options)
    return partita.separate(audio, engine=engine, hints=Hints(pitch=pitch))


def only(pitch, *names):
    return Pitch(pitch.time_s, {name: pitch.f0_hz[name] for name in names})


def test_voices_a_fourth_apart_come_apart(duet):
    voices, pitch = duet
    found = separate(voices.sum(axis=0), pitch, rest=False)
    assert found.names == NAMES
    for truth, name in zip(voices, NAMES, strict=True):
        assert sdr_db(truth, found[name].samples[0]) > 15


def test_with_a_rest_there_is_little_left_of_two_known_voices(duet):
    voices, pitch = duet
    found = separate(voices.sum(axis=0), pitch)
    assert found.names == (*NAMES, "rest")
    assert np.mean(found["rest"].samples ** 2) < 0.01 * np.mean(voices.sum(axis=0) ** 2)


def test_what_has_no_track_becomes_the_rest(duet):
    voices, pitch = duet
    found = separate(voices.sum(axis=0), only(pitch, "high"))
    assert sdr_db(voices[0], found["high"].samples[0]) > 10
    assert sdr_db(voices[1], found["rest"].samples[0]) > 10


@pytest.mark.parametrize("rest", [True, False])
def test_the_sides_of_a_stereo_recording_stay_apart(duet, rest):
    voices, pitch = duet
    found = separate(np.stack([voices[0], voices[1]]), pitch, rest=rest)
    for channel, name in enumerate(NAMES):
        power = np.mean(found[name].samples ** 2, axis=1)
        assert power[channel] > 30 * power[1 - channel]


def test_above_the_partials_a_lead_has_what_it_has_below(duet):
    """With 30 partials it reaches 6.6 kHz; those up to 2 kHz are tracked."""
    voices, pitch = duet
    found = separate(voices[1], only(pitch, "low"), top_hz=2000)["low"].samples[0]
    assert sdr_db(voices[1], found) > 15
    top = [np.sum(np.abs(np.fft.rfft(x))[round(3000 * SECONDS) :] ** 2) for x in (found, voices[1])]
    assert top[0] > 0.8 * top[1]


def test_without_a_rest_a_voice_that_has_no_pitch_still_has_a_share_of_the_breath(duet, rng):
    voices, pitch = duet
    breath = 0.01 * rng.standard_normal(voices.shape[1])
    silent = Pitch(pitch.time_s, {"high": pitch.f0_hz["high"], "low": 0 * pitch.time_s})
    with pytest.warns(PartitaWarning, match="low is unvoiced everywhere"):
        found = separate(voices[0] + breath, silent, rest=False)
    assert found["low"].samples.any()
    assert np.mean(found["low"].samples ** 2) < 1e-3 * np.mean(voices[0] ** 2)


def test_beside_a_rest_a_voice_without_pitch_is_silent(duet):
    voices, pitch = duet
    silent = Pitch(pitch.time_s, {"low": 0 * pitch.time_s})
    with pytest.warns(PartitaWarning, match="low is unvoiced everywhere"):
        found = separate(voices[0], silent)
    assert not found["low"].samples.any()
    assert np.allclose(found["rest"].samples[0], voices[0], atol=1e-6)


def test_pitches_far_too_low_cost_no_memory_and_are_told(duet):
    voices, pitch = duet
    khz = Pitch(pitch.time_s, {"low": pitch.f0_hz["low"] / 1000})
    with pytest.raises(HintError, match="low is in kHz|low lies about 0.22 and cannot be in Hz"):
        separate(voices[1], khz)
    glitch = pitch.f0_hz["low"].copy()
    glitch[100] = 0.02
    found = separate(voices[1], Pitch(pitch.time_s, {"low": glitch}))
    assert sdr_db(voices[1], found["low"].samples[0]) > 10


def test_the_rest_needs_its_name_for_itself(duet):
    voices, pitch = duet
    taken = Pitch(pitch.time_s, {"rest": pitch.f0_hz["low"]})
    with pytest.raises(HintError, match="no pitch track may be called 'rest'"):
        separate(voices[1], taken)
    assert separate(voices[1], taken, rest=False).names == ("rest",)


def test_a_choir_comes_apart(recordings):
    """Four seconds of four singers; the whole benchmark is benchmarks/choir.py."""
    folder = recordings / "choral-singing"
    names = ("Soprano_405", "ContraAlt_407", "tenor4-06-2", "Bajos_404")
    here = slice(20 * RATE, 24 * RATE)
    truth = np.stack([load(folder / f"nino_{name}.flac").samples[0, here] for name in names])
    in_ms = read_pitch(folder / "f0" / "satb_singer4.csv")
    pitch = Pitch(in_ms.time_s / 1000, in_ms.f0_hz).window(20, 24)
    found = separate(truth.sum(axis=0), pitch, rest=False)
    got = [sdr_db(s, audio.samples[0]) for s, (_, audio) in zip(truth, found.items(), strict=True)]
    assert np.mean(got) > 8
    assert min(got) > 4


def test_voices_out_of_tune_with_their_tracks_are_still_found(duet):
    voices, pitch = duet
    signs = dict(zip(NAMES, (35, -35), strict=True))
    moved = {name: f0 * 2 ** (signs[name] / 1200) for name, f0 in pitch.f0_hz.items()}
    mix, off = voices.sum(axis=0), Pitch(pitch.time_s, moved)
    found = separate(mix, off, rest=False)
    kept = separate(mix, off, rest=False, correct_f0=False)
    for truth, name in zip(voices, NAMES, strict=True):
        moved_db, kept_db = (sdr_db(truth, stems[name].samples[0]) for stems in (found, kept))
        assert moved_db > 12
        assert moved_db > kept_db + 3
