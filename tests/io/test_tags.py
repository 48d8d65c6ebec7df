import io
import os
from fractions import Fraction

import av
import numpy as np
import pytest
import soundfile

from partita.core import Audio, Stems
from partita.io import (
    FORMATS,
    STEM_MP4_NAMES,
    Tags,
    load,
    load_stem_mp4,
    read_tags,
    save,
    save_stem_mp4,
)
from partita.io.tags import MAX_COVER, MAX_TEXT

COVERED = ("flac", "mp3", "m4a", "alac")


def picture(codec, pixel_format):
    """A real picture of 16 by 16, and some bytes after it as a large one has."""
    frame = av.VideoFrame.from_ndarray(np.full((16, 16, 3), 90, np.uint8), format="rgb24")
    encoder = av.CodecContext.create(codec, "w")
    encoder.width = encoder.height = 16
    encoder.pix_fmt = pixel_format
    encoder.time_base = Fraction(1)
    packets = encoder.encode(frame.reformat(format=pixel_format)) + encoder.encode(None)
    return b"".join(bytes(packet) for packet in packets)


@pytest.fixture(scope="module")
def tags():
    return Tags(
        title="Ψαλμός №1 “quoted”",
        artist="A & B; C/D",
        album="Åß",
        date="1999-12-31",
        track="3/12",
        genre="Chanson",
        comment="made = by hand",
        cover=picture("png", "rgb24"),
    )


@pytest.mark.parametrize("format", FORMATS)
def test_tags_are_read_as_they_were_written(tmp_path, noise, tags, format):
    path = tmp_path / f"a.{format}"
    save(path, noise, tags=tags)
    back = read_tags(path)
    assert back.texts == tags.texts
    assert back.cover == (tags.cover if format in COVERED else b"")


@pytest.mark.parametrize("format", FORMATS)
def test_tags_change_no_sample(tmp_path, noise, tags, format):
    plain, tagged = tmp_path / f"plain.{format}", tmp_path / f"tagged.{format}"
    save(plain, noise)
    save(tagged, noise, tags=tags)
    assert np.array_equal(load(plain).samples, load(tagged).samples)
    assert sorted(os.listdir(tmp_path)) == [plain.name, tagged.name]


@pytest.mark.parametrize("format", ["wav", "flac", "ogg", "opus", "mp3"])
def test_libsndfile_reads_them_too(tmp_path, noise, tags, format):
    save(tmp_path / f"a.{format}", noise, tags=tags)
    with soundfile.SoundFile(tmp_path / f"a.{format}") as file:
        assert (file.title, file.artist, file.album) == (tags.title, tags.artist, tags.album)


def test_a_jpeg_is_a_cover_as_well(tmp_path, noise):
    cover = picture("mjpeg", "yuvj420p")
    for format in COVERED:
        save(tmp_path / f"a.{format}", noise, tags=Tags(cover=cover))
        assert read_tags(tmp_path / f"a.{format}").cover == cover


def test_a_stem_file_has_tags_beside_its_stems(tmp_path, tags):
    stems = Stems(STEM_MP4_NAMES, np.zeros((4, 2, 3000), np.float32), 44100)
    mix = Audio(np.zeros((2, 3000), np.float32), 44100)
    save_stem_mp4(tmp_path / "a.stem.mp4", mix, stems, tags=tags)
    assert read_tags(tmp_path / "a.stem.mp4") == tags
    assert load_stem_mp4(tmp_path / "a.stem.mp4")[1].names == STEM_MP4_NAMES


def test_text_from_a_file_is_one_line_of_limited_length():
    tags = Tags(title="two\nlines\0\x1b[31m", comment="x" * 5000, artist="\ud800 lone")
    assert tags.title == "two lines [31m"
    assert len(tags.comment) == MAX_TEXT
    assert tags.artist == "lone"


@pytest.mark.parametrize("track", ["x", "1/2/3", "-1", "123456", "١", "3/", "99999"])
def test_a_track_that_is_no_number_is_dropped(track):
    assert Tags(track=track).track == ""


@pytest.mark.parametrize("cover", [b"GIF89a....", b"<svg/>", b"\xff\xd8\xff" + bytes(MAX_COVER)])
def test_a_cover_that_is_no_picture_or_too_large_is_dropped(cover):
    assert Tags(cover=cover).cover == b""


def test_tags_that_are_not_valid_text_hide_no_sound(tmp_path, noise):
    """Old files hold Latin-1 where they promise UTF-8."""
    save(tmp_path / "a.m4a", noise, tags=Tags(title="ABCDEFGH", artist="Q"))
    data = (tmp_path / "a.m4a").read_bytes()
    (tmp_path / "a.m4a").write_bytes(data.replace(b"ABCDEFGH", b"AB\xe9\xff\xfeFGH"))
    assert load(tmp_path / "a.m4a").length == noise.length
    back = read_tags(tmp_path / "a.m4a")
    assert back.title.startswith("AB")
    assert back.artist == "Q"


@pytest.mark.parametrize("content", [b"", b"no audio", b"ID3\x04\0\0\x7f\x7f\x7f\x7f"])
def test_what_is_no_audio_has_no_tags(tmp_path, content):
    (tmp_path / "a.mp3").write_bytes(content)
    assert not read_tags(tmp_path / "a.mp3")
    assert not read_tags(tmp_path / "missing")


def test_tags_of_another_writer_are_read(tmp_path):
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as out:
        out.metadata["title"] = "Elsewhere"
        stream = out.add_stream("flac", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = 8000, 0, Fraction(1, 8000)
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    (tmp_path / "a.mka").write_bytes(buffer.getvalue())
    assert read_tags(tmp_path / "a.mka").title == "Elsewhere"
