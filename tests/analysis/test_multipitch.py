import itertools

import numpy as np
import pytest

from partita.analysis.multipitch import MOST_VOICES, pitch_strengths, track_voices, whitened
from partita.core import OptionError
from partita.signal import stft

RATE, N_FFT, HOP = 16000, 2048, 512
RANGES_HZ = ((262, 880), (196, 587), (131, 440), (82, 330))


def voice(f0_hz: np.ndarray, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    return sum(np.sin(k * phase + rng.uniform(0, 6)) / k**1.2 for k in range(1, 15))


def strengths(x: np.ndarray):
    magnitude = np.abs(stft(x, n_fft=N_FFT, hop=HOP))
    return pitch_strengths(magnitude, hz_per_bin=RATE / N_FFT)


def line(pitches_midi) -> np.ndarray:
    """Notes of 0.7 s with a vibrato of 30 cents."""
    midi = np.repeat(pitches_midi, int(0.7 * RATE)).astype(float)
    midi += 0.3 * np.sin(2 * np.pi * 5.5 * np.arange(len(midi)) / RATE)
    return 440 * 2 ** ((midi - 69) / 12)


@pytest.fixture(scope="module")
def hymn():
    """Four chords with fifths and octaves between the voices."""
    f0_hz = [
        line([67, 69, 71, 72]),
        line([64, 65, 67, 67]),
        line([55, 57, 59, 60]),
        line([48, 50, 43, 48]),
    ]
    return sum(voice(f, seed) for seed, f in enumerate(f0_hz)), f0_hz


@pytest.fixture(scope="module")
def heard(hymn):
    return strengths(hymn[0])


def accuracy(found_hz, f0_hz) -> float:
    true = f0_hz[np.minimum(np.arange(len(found_hz)) * HOP, len(f0_hz) - 1)]
    near = np.abs(1200 * np.log2(np.maximum(found_hz, 1) / true)) < 50
    return float(np.mean(near))


def test_a_tone_is_strongest_at_its_pitch():
    strength, pitch_hz = strengths(voice(np.full(RATE, 196.0), 0))
    found = pitch_hz[strength[:, 3:-3].argmax(axis=0)]
    assert np.all(np.abs(1200 * np.log2(found / 196)) < 20)


def test_an_octave_is_told_from_its_lower_tone():
    low, high = (voice(np.full(RATE // 2, f), 0) for f in (150.0, 300.0))
    (alone, pitch_hz), (together, _) = strengths(low), strengths(low + high)
    at = int(np.argmin(np.abs(pitch_hz - 300)))
    alone, together = (x[at - 1 : at + 2, 5:-5].sum() for x in (alone, together))
    assert together > 10 * alone


def test_four_voices_are_followed(hymn, heard):
    found = track_voices(*heard, RANGES_HZ)
    assert np.mean([accuracy(x, f) for x, f in zip(found, hymn[1], strict=True)]) > 0.9


def test_the_order_of_the_ranges_is_that_of_the_voices(heard):
    strength, pitch_hz = heard
    down = track_voices(strength, pitch_hz, RANGES_HZ)
    up = track_voices(strength, pitch_hz, RANGES_HZ[::-1])
    assert np.array_equal(down, up[::-1])


def test_voices_never_cross(heard):
    found = track_voices(*heard, RANGES_HZ)
    for higher, lower in itertools.pairwise(found):
        both = (higher > 0) & (lower > 0)
        assert np.all(higher[both] > lower[both])


def test_the_level_changes_nothing(hymn, heard):
    quiet, loud = (track_voices(*strengths(gain * hymn[0]), RANGES_HZ) for gain in (1e-4, 10))
    assert np.array_equal(quiet, loud)


def test_a_voice_that_pauses_is_silent_meanwhile():
    f0_hz = np.full(3 * RATE, 220.0)
    x = voice(f0_hz, 1)
    x[RATE : 2 * RATE] = 0
    (found,) = track_voices(*strengths(x), [(131, 440)])
    frames = np.arange(len(found)) * HOP / RATE
    assert np.all(found[(frames > 1.1) & (frames < 1.9)] == 0)
    assert np.all(np.abs(found[(frames > 0.1) & (frames < 0.9)] - 220) < 3)


def test_silence_has_no_voices():
    strength, pitch_hz = strengths(np.zeros(RATE))
    assert not strength.any()
    assert not track_voices(strength, pitch_hz, RANGES_HZ).any()


def test_whitening_halves_the_tilt_of_a_spectrum():
    """In decibels, for a smooth one: the exponent is one half. A band's width counts as level."""
    bins = np.arange(1, 513)[:, None]
    steep, flat = (whitened(bins**-slope, hz_per_bin=RATE / 1024) for slope in (2.0, 0.0))
    tilt = np.log((steep / flat)[64] / (steep / flat)[256])
    assert np.isclose(tilt[0], 0.5 * 2 * np.log(256 / 64), rtol=0.1)


def test_ranges_that_make_no_sense_are_refused():
    strength, pitch_hz = np.ones((60, 4)), np.linspace(100, 400, 60)
    for ranges in ([], [(200, 100)], [(100, 200)] * (MOST_VOICES + 1)):
        with pytest.raises(OptionError, match="voices"):
            track_voices(strength, pitch_hz, ranges)
    with pytest.raises(OptionError, match="rise"):
        pitch_strengths(np.ones((100, 3)), hz_per_bin=10, low_hz=300, high_hz=200)
