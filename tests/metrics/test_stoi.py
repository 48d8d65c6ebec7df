import sys

import numpy as np
import pytest

from partita.core import MissingExtra
from partita.metrics.stoi import stoi

RATE = 10_000


@pytest.fixture
def voice(rng):
    """Noise with the rhythm of syllables."""
    t = np.arange(2 * RATE) / RATE
    return rng.standard_normal((1, len(t))) * (1.1 + np.sin(2 * np.pi * 4 * t))


def test_a_missing_package_is_named(monkeypatch, voice):
    monkeypatch.setitem(sys.modules, "pystoi", None)
    with pytest.raises(MissingExtra, match=r"partita\[eval\]"):
        stoi(voice, voice, RATE)


def test_noise_costs_intelligibility(rng, voice):
    pytest.importorskip("pystoi")
    noise = rng.standard_normal(voice.shape)
    scores = [stoi(voice, voice + g * noise, RATE) for g in (0, 0.5, 5)]
    assert scores[0] == pytest.approx(1, abs=1e-6)
    assert scores[0] > scores[1] > scores[2]


def test_the_level_of_the_estimate_does_not_matter(rng, voice):
    pytest.importorskip("pystoi")
    estimate = voice + rng.standard_normal(voice.shape)
    # the clipping of the measure is relative to the reference's level, after normalisation
    assert stoi(voice, 0.1 * estimate, RATE) == pytest.approx(stoi(voice, estimate, RATE))


@pytest.mark.parametrize("kept", [0, 500, 3000])
def test_too_little_voice_is_undefined(voice, kept):
    pytest.importorskip("pystoi")
    short = voice.copy()
    short[:, kept:] = 0
    assert np.isnan(stoi(short, voice, RATE))
