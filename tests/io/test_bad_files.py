"""Files that are not what they should be: a clear answer for each."""

import os
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
import soundfile

from partita.core import Audio, AudioError, InputError, OutputError, PartitaWarning
from partita.io import load, open_audio, save


@pytest.fixture
def song(rng):
    return Audio((0.1 * rng.standard_normal((2, 200_000))).astype(np.float32), 44100)


def cut(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("text.wav", b"not a wave at all\n" * 500),
        ("noise.mp3", np.random.default_rng(1).bytes(300_000)),
        ("noise.wav", np.random.default_rng(2).bytes(300_000)),
        ("noise.m4a", np.random.default_rng(3).bytes(300_000)),
        ("noise.raw", np.random.default_rng(4).bytes(3000)),
        ("playlist.mp3", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n/etc/passwd\n"),
        ("concat.mp3", b"ffconcat version 1.0\nfile '/etc/passwd'\n"),
        ("one.wav", b"R"),
        ("header.wav", b"RIFF\x00\x00\x00\x00WAVEfmt "),
    ],
)
def test_what_is_not_audio_is_refused_by_name(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=f"{re.escape(name)} is not audio"):
        open_audio(path)


def test_an_empty_file(tmp_path):
    (tmp_path / "a.wav").touch()
    with pytest.raises(InputError, match=r"a\.wav is empty"):
        open_audio(tmp_path / "a.wav")


def test_a_missing_file(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        open_audio(tmp_path / "a.wav")


def test_a_folder(tmp_path):
    with pytest.raises(InputError, match="is not a file"):
        open_audio(tmp_path)


def test_a_name_that_cannot_be():
    with pytest.raises(InputError, match=r"a\\x00b\.wav"):
        open_audio("a\0b.wav")


def test_a_name_with_a_newline_is_one_line_in_messages(tmp_path):
    with pytest.raises(InputError, match=r"two\\nlines"):
        open_audio(tmp_path / "two\nlines.wav")


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "mp3"])
def test_a_file_without_samples(tmp_path, format):
    soundfile.write(tmp_path / f"a.{format}", np.zeros((0, 2)), 44100)
    with pytest.raises(InputError, match="holds no samples|not audio|is empty"):
        load(tmp_path / f"a.{format}")


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_are_placed_in_time(tmp_path, value):
    samples = np.zeros((20_000, 2), np.float32)
    samples[12_345, 1] = value
    soundfile.write(tmp_path / "a.wav", samples, 10_000, subtype="FLOAT")
    with pytest.raises(AudioError, match=r"a\.wav has NaN or infinite samples.* 1\.234 s"):
        load(tmp_path / "a.wav")


@pytest.mark.parametrize("format", ["wav", "flac", "mp3"])
def test_half_a_file_gives_half_the_samples_and_a_warning(tmp_path, song, format):
    path = tmp_path / f"a.{format}"
    save(path, song)
    whole = load(path)
    with pytest.warns(PartitaWarning, match=r"damaged or cut short: 2\.\d\d s of 4\.54 s"):
        half = load(cut(path, 0.5))
    assert 0.4 < half.length / song.length < 0.6
    keep = half.length - 5000
    assert np.allclose(half.samples[:, :keep], whole.samples[:, :keep], atol=1e-4)


def test_half_an_m4a_has_no_index_and_is_refused(tmp_path, song):
    save(tmp_path / "a.m4a", song)
    with pytest.raises(InputError, match="not audio"):
        open_audio(cut(tmp_path / "a.m4a", 0.5))


def test_a_flac_with_nothing_left_is_refused(tmp_path, song):
    save(tmp_path / "a.flac", song)
    with pytest.raises(InputError, match="holds no samples|not audio"):
        load(cut(tmp_path / "a.flac", 0.004))


def test_a_flac_with_a_hole_keeps_its_time(tmp_path, song):
    path = tmp_path / "a.flac"
    save(path, song)
    whole = load(path)
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = os.urandom(3000)
    path.write_bytes(bytes(data))
    with pytest.warns(PartitaWarning, match="damaged"):
        broken = load(path)
    assert abs(broken.length - song.length) <= 4096 * 2
    same = min(broken.length, song.length)
    assert np.array_equal(broken.samples[:, 150_000:same], whole.samples[:, 150_000:same])


def test_a_header_that_lies_about_its_length_costs_no_memory(tmp_path, noise):
    save(tmp_path / "a.wav", noise, encoding="int16")
    data = bytearray((tmp_path / "a.wav").read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = (0x7FFFFFF0).to_bytes(4, "little")
    (tmp_path / "a.wav").write_bytes(bytes(data))
    with pytest.warns(PartitaWarning, match="damaged or cut short"):
        assert load(tmp_path / "a.wav").length == noise.length


@pytest.mark.parametrize("channels", [3, 4, 6, 8])
def test_more_than_two_channels_are_mixed_down_with_a_warning(tmp_path, rng, channels):
    samples = (0.1 * rng.standard_normal((5000, channels))).astype(np.float32)
    soundfile.write(tmp_path / "a.wav", samples, 48000, subtype="FLOAT")
    with pytest.warns(PartitaWarning, match=f"{channels} channels .* mixed down to stereo"):
        audio = load(tmp_path / "a.wav")
    assert (audio.channels, audio.length) == (2, 5000)


def test_the_mixdown_of_5_1_is_that_of_itu_r_bs_775(tmp_path):
    """Left, right, centre, LFE, left and right surround, a second each."""
    samples = np.zeros((6000, 6), np.float32)
    for channel in range(6):
        samples[1000 * channel : 1000 * (channel + 1), channel] = 0.5
    soundfile.write(tmp_path / "a.wav", samples, 1000, subtype="FLOAT", format="WAVEX")
    with pytest.warns(PartitaWarning, match="6 channels"):
        left, right = load(tmp_path / "a.wav").samples.reshape(2, 6, 1000)[:, :, 500]
    gains = np.array([1, 0, 0.7071, 0, 0.7071, 0])
    assert np.allclose(left / left[0], gains, atol=1e-3)
    assert np.allclose(right / left[0], gains[[1, 0, 2, 3, 5, 4]], atol=1e-3)


def test_more_channels_than_a_mixdown_knows_are_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros((100, 12)), 48000)
    with pytest.raises(InputError, match="12 channels|not audio"):
        open_audio(tmp_path / "a.wav")


def test_a_stretch_beyond_the_end_is_refused(tmp_path, noise):
    save(tmp_path / "a.wav", noise)
    with pytest.raises(AudioError, match="ends at 1.500 s"):
        load(tmp_path / "a.wav", start_s=5.0)


def test_a_folder_that_cannot_be_written_is_named(tmp_path, noise):
    with pytest.raises(OutputError, match="cannot write"):
        save(tmp_path / "missing" / "a.wav", noise)


def test_reading_leaves_standard_error_to_other_threads(tmp_path, song):
    """What a decoder prints may not be silenced by way of everybody's descriptor 2."""
    save(tmp_path / "a.mp3", song)
    code = (
        "import os, partita, sys, threading\n"
        "def read():\n"
        "    for _ in range(8): partita.load(sys.argv[1])\n"
        "readers = [threading.Thread(target=read) for _ in range(3)]\n"
        "for reader in readers: reader.start()\n"
        "written = 0\n"
        "while any(reader.is_alive() for reader in readers):\n"
        "    written += os.write(2, b'.')\n"
        "print(written)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "a.mp3"], capture_output=True, text=True
    )
    assert done.stderr == "." * int(done.stdout)


def test_a_whole_file_warns_of_nothing(tmp_path, song):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for format in ("wav", "flac", "ogg", "opus", "mp3", "m4a"):
            save(tmp_path / f"a.{format}", song)
            load(tmp_path / f"a.{format}")
