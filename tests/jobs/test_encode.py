import threading

import numpy as np
import pytest

from partita.core import Audio
from partita.engines import create
from partita.io import save
from partita.io.mp4_tracks import Mp4Tracks
from partita.io.writer import AudioWriter
from partita.jobs import Request, run_batch

WAIT_S = 20
KINDS = [("wav", "int16"), ("wav", "int24"), ("flac", None), ("mp3", None), ("m4a", None)]
KINDS += [("alac", "int16"), ("stem-mp4", None), ("stem-mp4", "int16")]


@pytest.fixture
def song(tmp_path, rng):
    path = tmp_path / "song.wav"
    save(path, Audio(rng.uniform(-0.4, 0.4, (2, 100_000)).astype(np.float32), 44100))
    return path


def written(song, name, **options):
    """Name -> bytes of every file of stems."""
    folder = song.parent / name
    request = Request(create("classic"), folder, **options)
    (outcome,) = run_batch([song], request)
    assert outcome.status == "done"
    return {path.name: path.read_bytes() for path in outcome.stems.values()}


@pytest.mark.parametrize(("format", "encoding"), KINDS)
def test_files_are_the_same_by_however_many_threads(song, format, encoding):
    one, three = (
        written(song, f"{threads}", format=format, encoding=encoding, threads=threads)
        for threads in (1, 3)
    )
    assert one == three


@pytest.mark.parametrize(
    ("format", "cls", "method"),
    [("wav", AudioWriter, "write"), ("stem-mp4", Mp4Tracks, "_encoded")],
)
def test_two_stems_are_encoded_at_the_same_time(song, monkeypatch, format, cls, method):
    both, numbers = threading.Barrier(2, timeout=WAIT_S), iter(range(1_000_000))
    encode = getattr(cls, method)

    def meeting(self, *args):
        if next(numbers) < 2:
            both.wait()
        return encode(self, *args)

    monkeypatch.setattr(cls, method, meeting)
    encoding = "float32" if format == "wav" else None
    written(song, "out", format=format, encoding=encoding, threads=2)


def test_a_stem_that_cannot_be_written_is_told_and_leaves_no_thread(song, monkeypatch):
    def full(self, codes):
        raise OSError(28, "No space left on device")

    before = threading.active_count()
    monkeypatch.setattr(AudioWriter, "_write_codes", full)
    request = Request(create("classic"), song.parent / "out", encoding="int16", threads=2)
    (outcome,) = run_batch([song], request)
    assert outcome.status == "failed"
    assert threading.active_count() == before
