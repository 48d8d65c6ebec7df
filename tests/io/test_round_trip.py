"""Every format, rate and channel count there and back: length, delay, rate, values."""

import numpy as np
import pytest

from partita.core import Audio, UsageError
from partita.io import FORMATS, AudioWriter, load, open_audio, save
from partita.signal import resample, resampled_length

RATES = (8000, 11025, 22050, 44100, 48000, 96000, 192000)
LENGTHS = (1, 2, 1000, 20_011)
LOSSY = ("ogg", "opus", "mp3", "m4a")


def music(rng, rate, channels, length):
    """Noise that is loudest in the middle of the band, with one click in the middle."""
    x = rng.standard_normal((channels, length + 64))
    x = sum(x[:, k : k + length] * w for k, w in enumerate(np.hanning(9)[1:-1]))
    return Audio((0.05 * x).astype(np.float32), rate)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("format", FORMATS)
def test_length_rate_and_channels(tmp_path, rng, format, rate, channels):
    written_rate = FORMATS[format].rate_for(rate)
    for length in LENGTHS:
        path = tmp_path / f"{length}.{format}"
        save(path, music(rng, rate, channels, length))
        back = load(path)
        assert back.rate == written_rate
        assert back.channels == channels
        assert back.length == resampled_length(length, rate, written_rate)


@pytest.mark.parametrize("format", ["wav", "flac", "alac"])
@pytest.mark.parametrize(("encoding", "bits"), [("int16", 16), ("int24", 24), ("float32", 0)])
def test_lossless_formats_keep_every_value(tmp_path, rng, format, encoding, bits):
    if encoding not in FORMATS[format].encodings:
        pytest.skip("it has no float")
    audio = music(rng, 44100, 2, 5000)
    path = tmp_path / f"a.{FORMATS[format].ending}"
    save(path, audio, encoding=encoding)
    expected = np.rint(audio.samples * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1) if bits else None
    assert np.array_equal(load(path).samples, expected if bits else audio.samples)
    assert open_audio(path).encoding == encoding


@pytest.mark.parametrize("encoding", ["int16", "int24"])
def test_what_is_read_and_written_again_is_the_same(tmp_path, rng, encoding):
    first, second = tmp_path / "1.wav", tmp_path / "2.wav"
    save(first, Audio(rng.uniform(-1, 1, (2, 4000)), 44100), encoding=encoding)
    save(second, load(first), encoding=encoding)
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("format", LOSSY)
@pytest.mark.parametrize("rate", [44100, 48000])
def test_there_is_no_delay(tmp_path, rng, format, rate):
    audio = music(rng, rate, 2, 30_000)
    path = tmp_path / f"a.{format}"
    save(path, audio)
    back = load(path)
    expected = resample(audio.samples, rate, back.rate)
    error = np.sum((back.samples - expected) ** 2) / np.sum(expected**2)
    assert 10 * np.log10(error) < -12  # one sample of delay on this signal gives about -4 dB


@pytest.mark.parametrize("format", ["ogg", "opus", "mp3", "m4a"])
def test_one_long_write_is_cut_into_blocks(tmp_path, rng, format):
    """libsndfile's Vorbis encoder crashes the process on a long block."""
    audio = music(rng, 48000, 2, 600_000)
    save(tmp_path / f"a.{format}", audio)
    assert load(tmp_path / f"a.{format}").length == audio.length


@pytest.mark.parametrize("encoding", ["int16", "int24"])
def test_integers_clip_instead_of_wrapping(tmp_path, encoding):
    save(tmp_path / "a.wav", Audio(np.array([[1.5, -1.5, 1.0]]), 8000), encoding=encoding)
    back = load(tmp_path / "a.wav").samples[0]
    assert back[0] == back[2] > 0.99
    assert back[1] == -1


def test_float_files_hold_values_beyond_full_scale(tmp_path):
    save(tmp_path / "a.wav", Audio(np.array([[3.0, -2.5]]), 8000))
    assert load(tmp_path / "a.wav").samples.tolist() == [[3.0, -2.5]]


def test_integer_files_are_the_same_bytes_each_time(tmp_path, rng):
    audio = music(rng, 44100, 2, 9000)
    for format, encoding in (("wav", "int16"), ("wav", "int24"), ("flac", "int16"), ("mp3", None)):
        paths = [tmp_path / f"{n}.{format}" for n in (1, 2)]
        for path in paths:
            save(path, audio, encoding=encoding)
        assert paths[0].read_bytes() == paths[1].read_bytes()


def test_blocks_have_the_size_asked_for(tmp_path, rng):
    for format in FORMATS:
        path = tmp_path / f"a.{format}"
        save(path, music(rng, 48000, 2, 10_000))
        sizes = [block.length for block in open_audio(path).blocks(3000)]
        assert sizes == [3000, 3000, 3000, 1000]


def test_a_stretch_is_the_same_as_a_part_of_the_whole(tmp_path, rng):
    audio = music(rng, 8000, 2, 150_000)
    save(tmp_path / "a.wav", audio)
    part = load(tmp_path / "a.wav", start_s=2.5, duration_s=9.0)
    assert np.array_equal(part.samples, audio.samples[:, 20_000:92_000])


@pytest.mark.parametrize(
    ("name", "encoding", "match"),
    [
        ("a.xyz", None, "cannot write .xyz"),
        ("a", None, "without ending"),
        ("a.flac", "float32", "flac holds int16 or int24"),
        ("a.mp3", "int16", "no choice of encoding"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(tmp_path, noise, name, encoding, match):
    with pytest.raises(UsageError, match=match):
        save(tmp_path / name, noise, encoding=encoding)
    assert not list(tmp_path.iterdir())


def test_codes_are_for_integer_files_only(tmp_path):
    with (
        AudioWriter(tmp_path / "a.wav", rate=8000, channels=1, encoding="float32") as writer,
        pytest.raises(UsageError, match="integer"),
    ):
        writer.write_codes(np.zeros((1, 4), np.int64))


@pytest.mark.parametrize("encoding", ["int16", "int24"])
@pytest.mark.parametrize("rate", [8000, 44100, 96000, 192000])
def test_alac_in_m4a_keeps_every_code(tmp_path, rng, encoding, rate):
    bits = int(encoding[3:])
    full = 1 << (bits - 1)
    codes = rng.integers(-full, full, (2, 9001))
    codes[:, :2] = [[-full, full - 1]] * 2
    path = tmp_path / "a.m4a"
    with AudioWriter(path, rate=rate, channels=2, encoding=encoding) as writer:
        writer.write_codes(codes[:, :5000])
        writer.write_codes(codes[:, 5000:])
    back = load(path)
    assert back.rate == rate
    assert np.array_equal(np.rint(back.samples.astype(np.float64) * full).astype(int), codes)
    file = open_audio(path)
    assert (file.codec, file.encoding, file.lossy) == ("ALAC", encoding, False)


def test_m4a_without_an_encoding_is_aac(tmp_path, noise):
    save(tmp_path / "a.m4a", noise)
    assert open_audio(tmp_path / "a.m4a").codec == "AAC"
