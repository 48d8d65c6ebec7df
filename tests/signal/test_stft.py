import librosa
import numpy as np
import pytest

from partita.core import OptionError
from partita.signal import istft, stft


@pytest.mark.parametrize("window", ["hann", "sine"])
@pytest.mark.parametrize(("n_fft", "hop"), [(256, 64), (256, 128), (96, 32), (2, 1)])
@pytest.mark.parametrize("length", [1, 2, 63, 64, 65, 255, 256, 257, 1000])
def test_reconstruction_is_exact_at_every_length(rng, n_fft, hop, window, length):
    x = rng.standard_normal((2, length))
    spectrum = stft(x, n_fft=n_fft, hop=hop, window=window)
    y = istft(spectrum, length=length, n_fft=n_fft, hop=hop, window=window)
    assert np.max(np.abs(y - x)) < 1e-12


def test_float32_stays_float32(rng):
    x = rng.standard_normal((1, 5000)).astype(np.float32)
    spectrum = stft(x, n_fft=512, hop=128)
    y = istft(spectrum, length=5000, n_fft=512, hop=128)
    assert (spectrum.dtype, y.dtype) == (np.complex64, np.float32)
    assert np.max(np.abs(y - x)) < 2e-6


def test_it_equals_librosa(rng):
    x = rng.standard_normal(4096)
    ours = stft(x, n_fft=512, hop=128)
    theirs = librosa.stft(x, n_fft=512, hop_length=128, pad_mode="constant")
    assert np.allclose(ours, theirs, atol=1e-12)


def test_it_is_linear(rng):
    x, y = rng.standard_normal((2, 3000))
    both = stft(2 * x - y, n_fft=256, hop=64)
    assert np.allclose(both, 2 * stft(x, n_fft=256, hop=64) - stft(y, n_fft=256, hop=64))


def test_a_tone_lies_in_its_bin():
    tone = np.cos(2 * np.pi * 1000 * np.arange(8000) / 8000)
    power = np.abs(stft(tone, n_fft=256, hop=64)) ** 2
    assert np.all(np.argmax(power[:, 4:-4], axis=0) == 32)


def test_the_input_is_not_changed(rng):
    x = rng.standard_normal(500)
    before = x.copy()
    stft(x, n_fft=64, hop=16)
    assert np.array_equal(x, before)


def test_the_spectrum_is_not_changed(rng):
    spectrum = stft(rng.standard_normal(500), n_fft=64, hop=16)
    before = spectrum.copy()
    istft(spectrum, length=500, n_fft=64, hop=16)
    assert np.array_equal(spectrum, before)


@pytest.mark.parametrize(("n_fft", "hop"), [(255, 5), (256, 100), (256, 256), (256, 0), (0, 1)])
def test_wrong_sizes_are_refused(n_fft, hop):
    with pytest.raises(OptionError, match="hop must divide"):
        stft(np.zeros(100), n_fft=n_fft, hop=hop)


def test_a_spectrum_of_another_length_is_refused(rng):
    spectrum = stft(rng.standard_normal(500), n_fft=64, hop=16)
    with pytest.raises(OptionError, match="a spectrum of 600 samples"):
        istft(spectrum, length=600, n_fft=64, hop=16)


def test_an_unknown_window_is_refused():
    with pytest.raises(OptionError, match="hann"):
        stft(np.zeros(100), n_fft=64, hop=16, window="kaiser")
