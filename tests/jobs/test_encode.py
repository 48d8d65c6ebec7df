import threading

import numpy as np
import pytest

from partita.core import Audio
from partita.engines import create
from partita.io import load, save
from partita.io.mp4_tracks import Mp4Tracks
from partita.io.writer import AudioWriter
from partita.jobs import Request, run_batch, work
from partita.jobs.encode import StemFiles

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
    assert outcome.status == "done", outcome.error
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


@pytest.fixture
def thrice(with_gains):
    """Two stems: three times the recording, and what then is too much."""
    return with_gains("thrice", {"this": 3.0, "that": -2.0}, segment=4.0)


@pytest.mark.parametrize(
    ("format", "clip", "peak_in_the_end", "times", "gain"),
    [
        ("wav", "rescale", 0.2, 1, 1.0),
        ("wav", "rescale", 0.5, 2, 0.999 / 1.5),
        ("wav", "clamp", 0.5, 1, 1.0),
        ("mp3", "rescale", 0.2, 1, 1.0),
        ("mp3", "rescale", 0.5, 1, 0.999 / 1.5),
    ],
)
def test_files_are_encoded_anew_only_where_a_gain_is_needed(
    tmp_path, monkeypatch, thrice, format, clip, peak_in_the_end, times, gain
):
    sound = 0.2 * np.sin(np.arange(12 * 8000) / 3)
    sound[11 * 8000 : 11 * 8000 + 2000] *= peak_in_the_end / 0.2
    save(tmp_path / "a.wav", Audio(sound[np.newaxis].astype(np.float32), 8000), encoding="float32")
    opened = []
    monkeypatch.setattr(work, "StemFiles", lambda *a, **k: opened.append(1) or StemFiles(*a, **k))
    encoding = "int16" if format == "wav" else None
    request = Request(thrice, tmp_path / "out", format=format, encoding=encoding, clip=clip)
    (outcome,) = run_batch([tmp_path / "a.wav"], request)
    assert outcome.status == "done", outcome.error
    assert len(opened) == times
    assert outcome.gain_db == pytest.approx(20 * np.log10(gain), abs=1e-3)
    stems = [load(outcome.stems[name]).samples for name in thrice.stems]
    if format == "wav" and clip == "rescale":
        assert np.allclose(sum(stems)[0], gain * sound, atol=1e-4)
    assert np.max(np.abs(stems[0])) == pytest.approx(min(3 * peak_in_the_end * gain, 1), rel=0.1)


def test_a_lossless_file_grows_while_it_is_separated(tmp_path, thrice):
    """Were it read from the spool afterwards, nothing of it would be there half-way."""
    sound = 0.1 * np.sin(np.arange(40 * 8000) / 3)
    save(tmp_path / "a.wav", Audio(sound[np.newaxis].astype(np.float32), 8000))
    sizes = []

    def progress(path, fraction):
        files = [f for f in (tmp_path / "out").rglob("*") if f.is_file() and f.name in ("0", "1")]
        if 0.4 <= fraction <= 0.5:
            sizes.extend(file.stat().st_size for file in files)

    request = Request(thrice, tmp_path / "out", encoding="int16")
    run_batch([tmp_path / "a.wav"], request, progress=progress)
    assert sizes
    assert min(sizes) > 0.2 * 2 * len(sound)


@pytest.mark.parametrize("format", ["wav", "mp3"])
def test_progress_goes_on_to_the_end_and_the_work_can_be_stopped(tmp_path, thrice, format):
    sound = 0.1 * np.sin(np.arange(40 * 8000) / 3)
    save(tmp_path / "a.wav", Audio(sound[np.newaxis].astype(np.float32), 8000))
    fractions = []
    request = Request(thrice, tmp_path / "out", format=format)
    run_batch([tmp_path / "a.wav"], request, progress=lambda _, f: fractions.append(f))
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert len(set(fractions)) > 10
    again = Request(thrice, tmp_path / "again", format=format)
    (outcome,) = run_batch([tmp_path / "a.wav"], again, progress=lambda _, f: f < 0.8)
    assert outcome.status == "cancelled"
    assert not list((tmp_path / "again").rglob(f"*.{format}"))
