import numpy as np
import pytest

from partita.core import Audio, AudioError, Stems, UsageError
from partita.core.audio import check_finite
from partita.core.names import printable


def test_other_floats_become_float32():
    assert Audio(np.zeros((1, 4), np.float64), 8000).samples.dtype == np.float32


def test_float32_is_not_copied():
    samples = np.zeros((2, 5), np.float32)
    assert np.shares_memory(Audio(samples, 8000).samples, samples)


def test_samples_cannot_be_written():
    audio = Audio(np.zeros((2, 5), np.float32), 8000)
    with pytest.raises(ValueError, match="read-only"):
        audio.samples[0, 0] = 1


def test_the_callers_array_stays_writable():
    samples = np.zeros((2, 5), np.float32)
    Audio(samples, 8000)
    samples[0, 0] = 1


@pytest.mark.parametrize(
    ("samples", "match"),
    [
        (np.zeros(5, np.float32), "channels, time"),
        (np.zeros((0, 5), np.float32), "at least one channel"),
        (np.zeros((2, 5), np.int16), "int16"),
    ],
)
def test_wrong_samples_are_refused(samples, match):
    with pytest.raises(AudioError, match=match):
        Audio(samples, 8000)


@pytest.mark.parametrize("rate", [0, -1, 44100.0, 10**7, None])
def test_wrong_rates_are_refused(rate):
    with pytest.raises(AudioError, match="rate"):
        Audio(np.zeros((1, 5), np.float32), rate)


def test_stems_give_audio_by_name():
    stems = Stems(("a", "b"), np.stack([np.zeros((1, 3)), np.ones((1, 3))]), 8000)
    assert stems["b"].samples.tolist() == [[1, 1, 1]]
    assert "a" in stems
    assert "c" not in stems
    assert [name for name, _ in stems.items()] == ["a", "b"]


def test_an_unknown_stem_is_named_with_those_there_are():
    stems = Stems(("drums", "bass"), np.zeros((2, 1, 3)), 8000)
    with pytest.raises(UsageError, match=r"'vocals'.*drums, bass"):
        stems["vocals"]


@pytest.mark.parametrize("names", [("a",), ("a", "a"), ("a", "b", "c")])
def test_stem_names_fit_the_samples(names):
    with pytest.raises(AudioError):
        Stems(names, np.zeros((2, 1, 3)), 8000)


def test_the_first_bad_sample_is_placed_in_time():
    samples = np.zeros((2, 100), np.float32)
    samples[1, 40] = np.nan
    with pytest.raises(AudioError, match=r"song has NaN.* 0\.140 s"):
        check_finite(samples, 1000, start=100, name="song")


def test_printable_names_are_one_line():
    assert printable("a\nb\x1b[31m\udcff.wav") == "a\\nb\\x1b[31m\\udcff.wav"


@pytest.mark.parametrize("value", [3e12, -1e38])
def test_an_absurd_sample_is_refused_and_its_time_named(value):
    samples = np.zeros((2, 100), np.float32)
    samples[1, 40] = value
    with pytest.raises(AudioError, match=r"song has samples beyond 1e\+12 .* 0\.140 s"):
        check_finite(samples, 1000, start=100, name="song")


def test_what_is_as_loud_as_integers_of_32_bits_is_audio():
    check_finite(np.full((2, 100), -(2.0**31), np.float32), 1000, name="song")
    check_finite(np.zeros((2, 0), np.float32), 1000, name="nothing")
