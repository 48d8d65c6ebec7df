"""Bass drums and basses that one cannot tell apart by their sound."""

from __future__ import annotations

import numpy as np
import pytest

from partita.training.bank import band as bands
from partita.training.bank import drums, thuds
from partita.training.bank.band import band
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE
from partita.training.bank.thuds import HIGHEST_HZ, LOWEST_HZ, Thud

PLAIN = {"dive": 0.0, "dive_s": 0.01, "attack_s": 0.001, "hold_s": 0.3, "decay_s": 0.2}


def strongest_hz(sound):
    power = np.abs(np.fft.rfft(sound, 8 * RATE)) ** 2
    return float(np.argmax(power)) / 8


def test_a_thud_has_the_pitch_it_is_asked_for_and_ends():
    thud = Thud(**PLAIN, partials=(0.01, 0.01), click=0.0, drive=0.5)
    sound = thud.stroke(49.0, np.random.default_rng(0))
    assert strongest_hz(sound) == pytest.approx(49.0, abs=1.0)
    short = thud.stroke(49.0, np.random.default_rng(0), length_s=0.1)
    assert short.size < sound.size
    assert np.abs(short[round(0.16 * RATE) :]).max() < 0.1 * np.abs(short).max()


def test_it_dives_to_its_pitch():
    thud = Thud(**PLAIN | {"dive": 3.0, "dive_s": 0.05}, partials=(0.0, 0.0), click=0.0, drive=0.5)
    sound = thud.stroke(40.0, np.random.default_rng(0))
    crossings = np.flatnonzero(np.diff(np.signbit(sound)))
    assert np.diff(crossings[:4]).mean() < 0.4 * np.diff(crossings[-8:-4]).mean()


def test_bass_drums_are_low_finite_and_various():
    found = [thuds.kick(np.random.default_rng(seed)) for seed in range(20)]
    assert all(np.isfinite(sound).all() for sound in found)
    assert len({sound.size for sound in found}) > 10
    still = [s for s in (strongest_hz(sound) for sound in found) if s < 1.2 * HIGHEST_HZ]
    assert len(still) > 10
    assert min(still) > 0.8 * LOWEST_HZ


def test_a_bass_plays_its_notes():
    notes = [Note(0.0, 0.3, 31, 0.8), Note(0.5, 0.3, 36, 0.8)]
    sound = thuds.bass(notes, RATE, np.random.default_rng(4))
    assert sound.shape == (2, RATE)
    assert np.array_equal(sound[0], sound[1])
    assert np.abs(sound[:, : RATE // 2]).max() > 0.05
    assert np.abs(sound[:, RATE // 2 :]).max() > 0.05


def test_what_is_held_for_validation_has_none(monkeypatch):
    monkeypatch.setattr(drums, "SAMPLES", {})
    monkeypatch.setattr(bands, "THUDS", {"house": 1.0})

    def made(held):
        rng = np.random.default_rng(1)
        return band(rng, font=None, style="house", target_s=4.0, held=held)[1]

    held = made(True)
    monkeypatch.setattr(bands, "THUDS", {})
    assert np.array_equal(held, made(True))
    without = made(False)
    monkeypatch.setattr(bands, "THUDS", {"house": 1.0})
    assert not np.array_equal(without, made(False))


@pytest.mark.parametrize(("share", "several"), [(1.0, False), (0.0, True)])
def test_a_pedal_stays_on_one_pitch(monkeypatch, share, several):
    monkeypatch.setattr(drums, "SAMPLES", {})
    monkeypatch.setattr(bands, "THUDS", {"house": 1.0})
    monkeypatch.setattr(bands, "PEDAL", share)
    played = []

    def bass(kind, notes, length, *_args, **_options):
        played.append((kind, {note.pitch for note in notes}))
        return np.zeros((2, length), np.float32)

    monkeypatch.setattr(bands.instruments, "bass", bass)
    band(np.random.default_rng(1), font=None, style="house", target_s=16.0)
    ((kind, pitches),) = played
    assert kind == "thud"
    assert (len(pitches) > 1) == several
