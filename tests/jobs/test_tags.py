"""What a recording says about itself is carried into its stems."""

import subprocess
import sys

import numpy as np
import pytest

from partita.core import Audio
from partita.engines import create
from partita.io import FORMATS, Tags, load, read_tags, save
from partita.io.tags import MAX_COVER, MAX_TEXT
from partita.jobs import Request, run_batch

HPSS = create("hpss")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(500)
TAGS = Tags(title="Song", artist="Ada & Bob", album="Ψ", date="2001", track="3/12", cover=PNG)


@pytest.fixture
def song(tmp_path, noise):
    save(tmp_path / "song.flac", noise, encoding="int16", tags=TAGS)
    return tmp_path / "song.flac"


def separated(path, folder, **options):
    (outcome,) = run_batch([path], Request(HPSS, folder, **options))
    assert outcome.status == "done", outcome.error
    return outcome.stems


@pytest.mark.parametrize("format", FORMATS)
def test_stems_have_the_tags_of_the_recording(tmp_path, song, format):
    for name, path in separated(song, tmp_path / "out", format=format).items():
        back = read_tags(path)
        assert back.texts == TAGS.texts | {"title": f"Song ({name})"}
        assert back.cover == (PNG if format in ("flac", "mp3", "m4a", "alac") else b"")


def test_no_title_is_made_up(tmp_path, noise):
    save(tmp_path / "a.flac", noise, tags=Tags(artist="Ada"))
    stems = separated(tmp_path / "a.flac", tmp_path / "out", format="flac")
    assert read_tags(stems["harmonic"]).texts == {"artist": "Ada"}


def test_a_recording_that_says_nothing_has_stems_that_say_nothing(tmp_path, noise):
    save(tmp_path / "a.wav", noise, encoding="int16")
    for path in separated(tmp_path / "a.wav", tmp_path / "out").values():
        assert not read_tags(path)
        assert b"LIST" not in path.read_bytes()


@pytest.mark.parametrize("format", ["wav", "flac", "mp3", "alac"])
def test_with_tags_too_the_same_work_gives_the_same_bytes(tmp_path, song, format):
    made = [separated(song, tmp_path / folder, format=format) for folder in "ab"]
    for name in made[0]:
        assert made[0][name].read_bytes() == made[1][name].read_bytes()


@pytest.mark.parametrize("format", ["wav", "flac", "mp3", "m4a", "ogg"])
def test_a_title_that_is_as_long_as_can_be_keeps_the_stems_name(tmp_path, noise, format):
    save(tmp_path / "a.flac", noise, tags=Tags(title="x" * MAX_TEXT))
    stems = separated(tmp_path / "a.flac", tmp_path / "out", format=format)
    title = read_tags(stems["harmonic"]).title
    assert title.endswith("xx (harmonic)")
    assert len(title) == MAX_TEXT


def id3(*frames):
    body = b"".join(kind + _syncsafe(len(data)) + b"\0\0" + data for kind, data in frames)
    return b"ID3\x04\0\0" + _syncsafe(len(body)) + body


def _syncsafe(number):
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


@pytest.mark.parametrize(
    "head",
    [
        id3((b"TIT2", b"\x03two\nlines\x00\x1b[31m")),
        id3((b"TIT2", b"\x01\xff\xfe\x00\xd8")),
        id3((b"TIT2", b"\x03" + b"\xff" * 3000)),
        id3((b"TRCK", b"\x03" + b"9" * 5000)),
        id3((b"APIC", b"\x03image/png\0\x03\0" + PNG + bytes(MAX_COVER))),
        id3((b"APIC", b"\x03image/svg+xml\0\x03\0<svg/>")),
        id3((b"APIC", b"\x03")),
        b"ID3\x04\0\0\x7f\x7f\x7f\x7f",
    ],
)
def test_hostile_tags_change_no_sample_and_break_nothing(tmp_path, noise, head):
    save(tmp_path / "a.mp3", noise)
    plain = load(tmp_path / "a.mp3")
    (tmp_path / "a.mp3").write_bytes(head + (tmp_path / "a.mp3").read_bytes())
    (outcome,) = run_batch([tmp_path / "a.mp3"], Request(HPSS, tmp_path / "out", format="flac"))
    if outcome.ok:  # the last head swallows the sound
        assert load(outcome.stems["harmonic"]).length == plain.length
        assert not read_tags(outcome.stems["harmonic"]).cover
        title = read_tags(outcome.stems["harmonic"]).title
        assert title.isprintable()
    else:
        assert "not audio" in outcome.error


HELD = """
import resource, sys
from partita.io import load, read_tags
held = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
load(sys.argv[1])
before = held()
tags = read_tags(sys.argv[2])
print(len(tags.comment), held() - before)
"""


def comment_and_memory(good, hostile):
    """Characters of the comment that is read, and the MB that reading it takes."""
    done = subprocess.run(
        [sys.executable, "-c", HELD, good, hostile], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return tuple(map(int, done.stdout.split()))


@pytest.mark.parametrize(
    ("size", "is_there"), [(1 << 28, True), (1 << 28, False), ((1 << 31) - 100, False)]
)
def test_a_wav_that_claims_a_comment_of_a_gigabyte_takes_no_memory(tmp_path, noise, size, is_there):
    good, path = tmp_path / "good.wav", tmp_path / "a.wav"
    save(good, noise, encoding="int16")
    chunk = b"INFOICMT" + size.to_bytes(4, "little")
    claim = b"LIST" + (size + len(chunk)).to_bytes(4, "little") + chunk
    with path.open("wb") as file:
        file.write(good.read_bytes() + claim)
        if is_there:
            file.truncate(file.tell() + size)  # sparse
    length, held_mb = comment_and_memory(good, path)
    assert length == 0
    assert held_mb < 50
    assert load(separated(path, tmp_path / "out")["harmonic"]).length == noise.length


def test_an_mp3_with_a_comment_of_200_megabytes_takes_little_memory(tmp_path, noise):
    good, path = tmp_path / "good.mp3", tmp_path / "a.mp3"
    save(good, noise)
    size = 200 << 20
    with path.open("wb") as file:
        file.write(b"ID3\x04\0\0" + _syncsafe(size + 10))
        file.write(b"COMM" + _syncsafe(size) + b"\0\0\x03und\0")
        file.truncate(20 + size)
        file.seek(0, 2)
        file.write(good.read_bytes())
    _, held_mb = comment_and_memory(good, path)
    assert held_mb < 400


def test_silence_and_tags(tmp_path):
    save(tmp_path / "a.flac", Audio(np.zeros((1, 5000)), 8000), tags=TAGS)
    stems = separated(tmp_path / "a.flac", tmp_path / "out", format="mp3")
    assert read_tags(stems["percussive"]).title == "Song (percussive)"
