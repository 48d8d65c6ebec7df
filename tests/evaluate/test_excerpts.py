import io

import numpy as np
import pytest
import soundfile

from partita.core import Audio
from partita.evaluate.excerpts import FINE, SMALL, cut, mp3, spectrogram

RATE = 44_100


def decoded(data):
    samples, rate = soundfile.read(io.BytesIO(data), always_2d=True)
    return samples.T, rate


@pytest.fixture
def tones():
    time = np.arange(2 * RATE) / RATE
    hum = np.sin(2 * np.pi * np.outer([330, 440], time))
    return {"one": (0.3 * hum).astype(np.float32), "two": (0.6 * hum[::-1]).astype(np.float32)}


def test_excerpts_stay_in_step(tones):
    excerpt = cut(tones, RATE, start_s=0.5, stop_s=1.75, compression=FINE)
    assert (excerpt.start_s, excerpt.duration_s, excerpt.gain_db) == (0.5, 1.25, 0)
    for name, data in excerpt.sounds.items():
        samples, rate = decoded(data)
        wanted = tones[name][:, RATE // 2 : RATE * 7 // 4]
        assert (samples.shape, rate) == (wanted.shape, RATE)
        inner = slice(RATE // 10, -RATE // 10)
        error = np.sum((samples - wanted)[:, inner] ** 2) / np.sum(wanted[:, inner] ** 2)
        assert error < 0.01  # one sample of delay would be 0.2 % of a tone, a frame 100 %


def test_the_same_samples_give_the_same_bytes(tones):
    first, second = (
        cut(tones, RATE, start_s=0, stop_s=1, compression=SMALL).sounds for _ in range(2)
    )
    assert first == second


def test_one_gain_for_all_keeps_the_loudest_from_clipping(tones):
    tones["two"] = tones["two"] * 4
    excerpt = cut(tones, RATE, start_s=0, stop_s=1, compression=FINE)
    assert excerpt.gain_db == pytest.approx(-20 * np.log10(2.4), abs=0.01)
    peaks = {name: np.abs(decoded(data)[0]).max() for name, data in excerpt.sounds.items()}
    assert peaks["two"] / peaks["one"] == pytest.approx(8, rel=0.05)


@pytest.mark.parametrize(
    ("rate", "channels", "written"), [(96_000, 1, 48_000), (8000, 2, 8000), (44_100, 5, 44_100)]
)
def test_other_rates_and_channels_become_what_mp3_has(rng, rate, channels, written):
    samples, found = decoded(mp3(Audio(0.1 * rng.standard_normal((channels, rate)), rate)))
    assert found == written
    assert samples.shape == (min(channels, 2) if channels < 3 else 1, written)


def test_a_spectrogram_shows_when_and_how_high(tones):
    time = np.arange(RATE) / RATE
    sweep = np.sin(2 * np.pi * (200 * time + 2000 * time**2))[np.newaxis]  # 200 … 4200 Hz
    picture = spectrogram(sweep, RATE)
    ridge = picture.argmax(axis=0)
    assert (np.diff(ridge[5:-5]) >= -1).all()
    assert ridge[-10] - ridge[10] > 25
    assert picture.max() > 235


def test_a_spectrogram_of_nothing_is_empty():
    assert not spectrogram(np.zeros((2, 100)), 8000).any()


@pytest.mark.parametrize("rate", [10, 800, 192_000])
def test_any_rate_has_a_spectrogram(rng, rate):
    assert spectrogram(rng.standard_normal((1, rate)), rate).shape == (80, 200)
