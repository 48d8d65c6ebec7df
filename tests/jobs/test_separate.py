import numpy as np
import pytest

import partita
from partita.core import Audio, AudioError, InputError
from partita.io import save


def test_a_file_and_its_audio_give_the_same(tmp_path, noise):
    save(tmp_path / "a.wav", noise)
    from_file = partita.separate(tmp_path / "a.wav", engine="hpss")
    assert np.array_equal(from_file.samples, partita.separate(noise, engine="hpss").samples)


def test_stems_add_up_to_float_rounding(noise):
    stems = partita.separate(noise)
    assert np.max(np.abs(stems.samples.sum(axis=0) - noise.samples)) < 5e-7


def test_a_complement_is_the_rest(noise):
    stems = partita.separate(noise, stems=["vocals", "no_vocals"])
    assert np.allclose(stems.samples.sum(axis=0), noise.samples, atol=1e-6)


def test_zero_samples_are_refused():
    with pytest.raises(AudioError, match="no samples"):
        partita.separate(Audio(np.zeros((2, 0)), 44100))


def test_nan_is_refused():
    with pytest.raises(AudioError, match="NaN"):
        partita.separate(Audio(np.full((1, 100), np.nan), 44100))


def test_three_channels_are_refused():
    with pytest.raises(AudioError, match="1 or 2 channels, got 3"):
        partita.separate(Audio(np.zeros((3, 100)), 44100))


def test_a_missing_file_is_refused():
    with pytest.raises(InputError, match="does not exist"):
        partita.separate("nowhere.wav")
