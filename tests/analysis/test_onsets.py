import librosa
import mir_eval
import numpy as np
import pytest

from partita.analysis.onsets import onset_strength, pick_onsets, spectral_flux
from partita.core import Audio

RATE = 22050


@pytest.fixture
def plucked(rng):
    """24 plucked notes at irregular times, and those times."""
    times = 0.3 + np.cumsum(rng.uniform(0.15, 0.6, 24))
    t = np.arange(round((times[-1] + 1) * RATE)) / RATE
    x = np.zeros_like(t)
    for at, pitch in zip(times, rng.integers(50, 80, 24), strict=True):
        f0, since = 440 * 2 ** ((pitch - 69) / 12), np.maximum(t - at, 0)
        tone = sum(np.sin(2 * np.pi * h * f0 * since) / h for h in range(1, 6))
        x += tone * np.exp(-6 * since) * (t >= at)
    return Audio(0.2 * x[None], RATE), times


def f_measure(times, found):
    return mir_eval.onset.f_measure(times, found, window=0.05)[0]


def test_onsets_of_plucked_notes_are_found(plucked):
    audio, times = plucked
    assert f_measure(times, pick_onsets(*onset_strength(audio))) > 0.95


def test_it_finds_what_librosa_finds(plucked):
    audio, times = plucked
    theirs = librosa.onset.onset_detect(y=audio.samples[0], sr=RATE, units="time")
    assert f_measure(times, pick_onsets(*onset_strength(audio))) >= f_measure(times, theirs) - 0.05


def test_the_level_changes_nothing(plucked):
    audio, _ = plucked
    loud, _ = onset_strength(audio)
    quiet, _ = onset_strength(Audio(audio.samples / 64, RATE))
    assert np.allclose(loud, quiet, atol=1e-5)


def test_silence_and_a_held_tone_have_no_onsets():
    t = np.arange(2 * RATE) / RATE
    assert len(pick_onsets(*onset_strength(Audio(np.zeros((2, RATE)), RATE)))) == 0
    strength, period_s = onset_strength(Audio(np.sin(2 * np.pi * 440 * t)[None], RATE))
    inside = slice(round(0.3 / period_s), round(1.7 / period_s))
    assert np.max(strength[inside]) < 0.01 * np.max(strength)


def test_only_rises_count():
    falling = np.array([[4.0, 4.0], [2.0, 2.0], [1.0, 1.0]])
    assert not spectral_flux(falling).any()
    assert spectral_flux(falling[::-1])[1:].all()


def test_two_onsets_keep_their_distance():
    strength = np.tile([0, 1.0, 0, 0.9, 0, 0, 0, 0], 4)
    found = pick_onsets(strength, 0.01, wait_s=0.03)
    assert np.all(np.diff(found) > 0.03)
    assert len(found) == 4
