import numpy as np
import pytest

from partita.factor.drum_templates import DRUMS, LENGTHS_S, drum_templates


@pytest.fixture(scope="module")
def templates():
    return drum_templates(rate=44100, n_fft=2048, hop=512)


def test_each_adds_up_to_one_and_starts_with_the_stroke(templates):
    assert np.allclose(templates.sum(axis=(0, 2)), 1, atol=1e-5)
    loudness = templates.sum(axis=0)
    assert np.all(np.argmax(loudness, axis=1) <= 2)
    assert np.all(templates >= 0)


def test_a_kick_is_low_a_snare_is_wide_and_a_hi_hat_is_high(templates):
    freq_hz = np.arange(1025) * 44100 / 2048
    power = np.sum(np.square(templates), axis=2)
    below, above = (
        power[keep].sum(axis=0) / power.sum(axis=0) for keep in (freq_hz < 200, freq_hz > 5000)
    )
    kick, snare, hihat = range(3)
    assert below[kick] > 0.8
    assert 0.05 < below[snare] < 0.8
    assert above[hihat] > 0.8 > above[snare]


def test_each_is_silent_after_its_own_length(templates):
    for row, drum in zip(np.moveaxis(templates, 1, 0), DRUMS, strict=True):
        length = round(LENGTHS_S[drum] * 44100 / 512)
        assert row[:, :length].any()
        assert not row[:, length:].any()


@pytest.mark.parametrize("rate", [8000, 192000])
def test_other_rates(rate):
    W = drum_templates(rate=rate, n_fft=512, hop=128)
    assert np.all(np.isfinite(W))
    assert np.all(W.sum(axis=(0, 2)) > 0)
