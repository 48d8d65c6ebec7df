import json
import re
import struct

import av
import numpy as np
import pytest

from partita.core import Audio, InputError, OutputError, PartitaWarning, Stems, UsageError
from partita.io import StemMp4Writer, load, load_stem_mp4, open_audio, save, save_stem_mp4
from partita.io.mp4_boxes import add_user_data
from partita.io.pcm import quantise
from partita.signal import resampled_length


@pytest.fixture
def stem_file(tmp_path):
    """Five AAC streams, each a tone of its own; the first is the sum of the others."""
    path = tmp_path / "song.stem.mp4"
    rate, length = 44100, 30_000
    t = np.arange(length) / rate
    stems = [0.1 * np.sin(2 * np.pi * f * t) for f in (200, 500, 1100, 2300)]
    signals = [np.sum(stems, axis=0), *stems]
    with av.open(str(path), "w", format="mp4", options={"movie_timescale": str(rate)}) as out:
        streams = [out.add_stream("aac", rate=rate) for _ in signals]
        for stream in streams:
            stream.layout = "stereo"
            stream.bit_rate = 256_000
        for stream, signal in zip(streams, signals, strict=True):
            frame = av.AudioFrame.from_ndarray(
                np.tile(signal.astype(np.float32), (2, 1)), format="fltp", layout="stereo"
            )
            frame.sample_rate, frame.pts = rate, 0
            out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
    return path


def loudest_hz(audio):
    spectrum = np.abs(np.fft.rfft(audio.samples[0]))
    return np.argmax(spectrum) * audio.rate / audio.length


def test_all_five_streams_are_read_in_order(stem_file):
    mix, stems = load_stem_mp4(stem_file)
    assert stems.names == ("drums", "bass", "other", "vocals")
    for (_, audio), hz in zip(stems.items(), (200, 500, 1100, 2300), strict=True):
        assert abs(loudest_hz(audio) - hz) < 3
    assert mix.length == stems.length == 30_000
    error = stems.samples.sum(axis=0) - mix.samples
    assert np.sum(error**2) < 3e-3 * np.sum(mix.samples**2)  # AAC is lossy


def test_the_mix_is_what_a_plain_load_gives(stem_file):
    assert np.array_equal(load(stem_file).samples, load_stem_mp4(stem_file)[0].samples)


def test_a_stream_that_is_not_there_is_refused(stem_file):
    with pytest.raises(InputError, match="5 audio streams, no number 5"):
        open_audio(stem_file, stream=5)


def test_a_plain_file_is_refused(tmp_path, noise):
    save(tmp_path / "a.m4a", noise)
    with pytest.raises(InputError, match="should have 5 audio streams, it has 1"):
        load_stem_mp4(tmp_path / "a.m4a")


def test_a_real_one(recordings):
    folder = recordings / "musdb-excerpts"
    mix, stems = load_stem_mp4(folder / "music-delta-80s-rock.stem.mp4")
    assert mix.length == 299_880  # the stream's duration: AAC itself decodes to 300 032
    for name in stems:
        flac = load(folder / "music-delta-80s-rock" / f"{name}.flac").samples[:, : mix.length]
        error = np.sum((stems[name].samples - flac) ** 2) / np.sum(flac**2)
        assert 10 * np.log10(error) < -60


def tones(rate=44100, length=30_001, channels=2):
    t = np.arange(length) / rate
    samples = [0.1 * np.sin(2 * np.pi * f * t) for f in (200, 500, 1100, 2300)]
    stems = np.stack([np.tile(s, (channels, 1)) for s in samples]).astype(np.float32)
    return Audio(stems.sum(axis=0), rate), Stems(("drums", "bass", "other", "vocals"), stems, rate)


def walk(data):
    """(path, content) of every box, by a parser of its own that knows the ones that hold boxes."""
    stack = [("", data)]
    while stack:
        path, rest = stack.pop()
        while rest:
            size, kind = struct.unpack(">I4s", rest[:8])
            head = 8
            if size == 1:
                (size,), head = struct.unpack(">Q", rest[8:16]), 16
            here = f"{path}/{kind.decode('latin-1')}"
            assert head <= size <= len(rest), f"{here} has the size {size}"
            yield here, rest[head:size]
            if kind in (b"moov", b"udta", b"trak", b"mdia", b"minf", b"stbl"):
                stack.append((here, rest[head:size]))
            rest = rest[size:]


def test_what_is_written_is_read_again(tmp_path):
    mix, stems = tones()
    save_stem_mp4(tmp_path / "a.stem.mp4", mix, stems)
    back_mix, back = load_stem_mp4(tmp_path / "a.stem.mp4")
    assert back.names == stems.names
    assert (back.length, back.rate, back.channels) == (30_001, 44100, 2)
    for (_, audio), hz in zip(back.items(), (200, 500, 1100, 2300), strict=True):
        assert abs(loudest_hz(audio) - hz) < 3
    assert np.sum((back_mix.samples - mix.samples) ** 2) < 1e-3 * np.sum(mix.samples**2)


@pytest.mark.parametrize("encoding", ["int16", "int24"])
def test_alac_stems_add_up_to_the_mix_code_for_code(tmp_path, encoding):
    bits = int(encoding[3:])
    mix, stems = tones()
    codes = quantise(np.concatenate([mix.samples[None], stems.samples]), bits)
    codes[-1] = codes[0] - codes[1:-1].sum(axis=0)
    path = tmp_path / "a.stem.mp4"
    with StemMp4Writer(path, rate=44100, channels=2, encoding=encoding) as writer:
        writer.write_codes(codes[..., :7000])
        writer.write_codes(codes[..., 7000:])
    back_mix, back = load_stem_mp4(path)
    assert np.array_equal(quantise(back.samples, bits), codes[1:])
    assert np.array_equal(
        quantise(back.samples, bits).sum(axis=0), quantise(back_mix.samples, bits)
    )


@pytest.mark.parametrize("encoding", [None, "int16"])
def test_the_boxes_are_those_that_dj_software_looks_for(tmp_path, encoding):
    mix, stems = tones()
    save_stem_mp4(tmp_path / "a.stem.mp4", mix, stems, encoding=encoding)
    found = list(walk((tmp_path / "a.stem.mp4").read_bytes()))
    manifest = json.loads(next(content for path, content in found if path == "/moov/udta/stem"))
    assert manifest["version"] == 1
    assert [entry["name"] for entry in manifest["stems"]] == ["drums", "bass", "other", "vocals"]
    assert all(re.fullmatch("#[0-9A-F]{6}", entry["color"]) for entry in manifest["stems"])
    assert not manifest["mastering_dsp"]["limiter"]["enabled"]
    assert not manifest["mastering_dsp"]["compressor"]["enabled"]
    codecs = [content[12:16] for path, content in found if path.endswith("/stbl/stsd")]
    assert codecs == [b"alac" if encoding else b"mp4a"] * 5
    enabled = [content[3] & 1 for path, content in found if path == "/moov/trak/tkhd"]
    assert sorted(enabled) == [0, 0, 0, 0, 1]  # a plain player plays the mix alone


def test_names_and_colours_are_kept(tmp_path):
    mix, stems = tones(length=5000)
    named = Stems(("Kick & Snare", "bässe", "keys", "lead"), stems.samples, stems.rate)
    save_stem_mp4(tmp_path / "a.stem.mp4", mix, named)
    assert load_stem_mp4(tmp_path / "a.stem.mp4")[1].names == (
        "kick & snare",
        "bässe",
        "keys",
        "lead",
    )
    assert load_stem_mp4(tmp_path / "a.stem.mp4", names=tuple("abcd"))[1].names == tuple("abcd")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"[" * 60_000,
        b'{"stems": [{"name": "a"}]}',
        b'{"stems": [{"name": "a"}, {"name": "a"}, {"name": "b"}, {"name": "c"}]}',
        b'{"stems": [{"name": "a\\u0000"}, {"name": "b"}, {"name": "c"}, {"name": "d"}]}',
        b'{"stems": "' + b"x" * 100_000 + b'"}',
    ],
)
def test_names_that_make_no_sense_are_passed_over_with_a_warning(stem_file, content):
    add_user_data(stem_file, b"stem", content)
    with pytest.warns(PartitaWarning, match="does not name its stems"):
        assert load_stem_mp4(stem_file)[1].names == ("drums", "bass", "other", "vocals")


def test_a_box_that_is_added_moves_no_sample(stem_file):
    before = load(stem_file).samples
    add_user_data(stem_file, b"one ", b"1" * 1000)
    add_user_data(stem_file, b"two ", b"2")
    found = dict(walk(stem_file.read_bytes()))
    assert found["/moov/udta/one "] == b"1" * 1000
    assert found["/moov/udta/two "] == b"2"
    assert np.array_equal(load(stem_file).samples, before)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"names": ("a", "b")}, "four stems"),
        ({"names": ("a", "b", "c", "")}, "needs a name"),
        ({"colours": ("red",) * 4}, "#RRGGBB"),
        ({"encoding": "float32"}, "not float32"),
    ],
)
def test_what_the_format_cannot_hold_is_refused(tmp_path, change, match):
    with pytest.raises(UsageError, match=match):
        StemMp4Writer(tmp_path / "a.stem.mp4", **{"rate": 44100, "channels": 2, **change})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("encoding", "rate", "written"),
    [(None, 192_000, 96_000), (None, 11_111, 12_000), ("int16", 500_000, 384_000)],
)
def test_a_rate_that_the_codec_cannot_hold_is_resampled(tmp_path, encoding, rate, written):
    mix, stems = tones(rate=rate, length=20_001)
    save_stem_mp4(tmp_path / "a.stem.mp4", mix, stems, encoding=encoding)
    back_mix, back = load_stem_mp4(tmp_path / "a.stem.mp4")
    assert back_mix.rate == back.rate == written
    assert back.length == resampled_length(20_001, rate, written)
    assert abs(loudest_hz(back["other"]) - 1100) < 2 * rate / 20_001


def test_mix_and_stems_of_unlike_length_are_refused(tmp_path):
    mix, stems = tones()
    with pytest.raises(UsageError, match="must be alike"):
        save_stem_mp4(tmp_path / "a.stem.mp4", Audio(mix.samples[:, 1:], mix.rate), stems)


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        save_stem_mp4(tmp_path / "missing" / "a.stem.mp4", *tones(length=100))
