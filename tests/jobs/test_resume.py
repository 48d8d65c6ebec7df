"""Stopped anywhere, the same command gives the same files and leaves nothing else."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pytest

from partita.core import Audio, Stems
from partita.engines import create
from partita.engines.session import StatelessSession
from partita.io import save
from partita.jobs import Request, find_inputs, run_batch
from partita.jobs import work_folder as work_folders
from partita.jobs.spool import holds_segments
from partita.jobs.work_folder import FORGOTTEN_AFTER_S, WorkFolder, remove_forgotten


@dataclass(frozen=True)
class Halves:
    """Two halves of every sample; tells how many segments it was asked for."""

    name: ClassVar[str] = "halves"
    stems: ClassVar[tuple[str, ...]] = ("left", "right")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 1.0
    overlap: ClassVar[float] = 0.25
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    asked: list = field(default_factory=list, repr=False)

    def open(self, device="auto", threads=None):
        def separate(segment, hints, stems):
            self.asked.append(segment.length)
            # neither linear nor the same in every segment, so that a wrong crossfade shows
            shaped = segment.samples * np.float32(0.5 + 0.1 * np.tanh(segment.samples[0, 0]))
            return Stems(stems, np.stack([shaped] * len(stems)), segment.rate)

        return StatelessSession(separate)


@pytest.fixture(autouse=True)
def _options_do_not_count_calls(monkeypatch):
    monkeypatch.setattr("partita.jobs.key.options_of", lambda engine: {})
    monkeypatch.setattr("partita.jobs.manifest.options_of", lambda engine: {})


@pytest.fixture
def song(tmp_path, rng):
    """10 s: 13 segments of a second."""
    wave = rng.uniform(-0.5, 0.5, (2, 80_000))
    save(tmp_path / "song.wav", Audio(wave, 8000), encoding="int16")
    return tmp_path / "song.wav"


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def stop_after(fraction):
    return lambda path, done: done < fraction


def test_what_is_there_is_kept(tmp_path, song):
    request = Request(Halves(), tmp_path / "out")
    (first,) = run_batch([song], request)
    asked = len(request.engine.asked)
    before = contents(tmp_path / "out")
    (second,) = run_batch([song], request)
    assert (first.status, second.status) == ("done", "kept")
    assert len(request.engine.asked) == asked
    assert second.stems == first.stems
    assert second.duration_s == first.duration_s
    assert contents(tmp_path / "out") == before


def test_without_resume_it_is_done_again(tmp_path, song):
    run_batch([song], Request(Halves(), tmp_path / "out"))
    (outcome,) = run_batch([song], Request(Halves(), tmp_path / "out", resume=False))
    assert outcome.status == "done"


@pytest.mark.parametrize(
    "change",
    [
        {"format": "flac"},
        {"encoding": "int24"},
        {"stems": ["left"]},
        {"template": "{stem}/{track}.{ext}"},
    ],
)
def test_another_request_is_done_anew(tmp_path, song, change):
    run_batch([song], Request(Halves(), tmp_path / "out"))
    (outcome,) = run_batch([song], Request(Halves(), tmp_path / "out", **change))
    assert outcome.status == "done"


def test_other_options_are_done_anew(tmp_path, song, monkeypatch):
    monkeypatch.undo()
    for margin, expected in ((1, "done"), (2, "done"), (2, "kept")):
        request = Request(create("hpss", margin=margin), tmp_path / "out")
        assert run_batch([song], request)[0].status == expected


def test_another_content_of_the_same_name_is_done_anew(tmp_path, song, noise):
    request = Request(Halves(), tmp_path / "out")
    run_batch([song], request)
    save(song, noise, encoding="int16")
    assert run_batch([song], request)[0].status == "done"


@pytest.mark.parametrize("lost", ["left.wav", "partita.json"])
def test_a_lost_file_is_made_again(tmp_path, song, lost):
    request = Request(Halves(), tmp_path / "out")
    run_batch([song], request)
    before = contents(tmp_path / "out")
    (tmp_path / "out/halves/song" / lost).unlink()
    assert run_batch([song], request)[0].status == "done"
    assert contents(tmp_path / "out") == before


@pytest.mark.parametrize("text", ["", "[]", "{", '{"key": 1}'])
def test_a_manifest_that_makes_no_sense_counts_as_none(tmp_path, song, text):
    request = Request(Halves(), tmp_path / "out")
    run_batch([song], request)
    (tmp_path / "out/halves/song/partita.json").write_text(text)
    assert run_batch([song], request)[0].status == "done"


@pytest.mark.parametrize("format", ["wav", "flac"])
@pytest.mark.parametrize("fraction", [0.01, 0.3, 0.6, 0.95, 1.0])
def test_stopped_work_goes_on_from_the_last_whole_segment(tmp_path, song, format, fraction):
    undisturbed = Request(Halves(), tmp_path / "a", format=format)
    run_batch([song], undisturbed)
    request = Request(Halves(), tmp_path / "b", format=format)
    (stopped,) = run_batch([song], request, progress=stop_after(fraction))
    assert stopped.status == "cancelled"
    assert len(contents(tmp_path / "b")) == 2  # the spool and its index
    (done,) = run_batch([song], request)
    assert done.status == "done"
    assert request.engine.asked == undisturbed.engine.asked  # no segment twice
    assert contents(tmp_path / "b") == contents(tmp_path / "a")


def test_stopped_without_resume_leaves_nothing(tmp_path, song):
    request = Request(Halves(), tmp_path / "out", resume=False)
    run_batch([song], request, progress=stop_after(0.5))
    assert not (tmp_path / "out").exists()


def test_stopped_work_of_another_request_is_not_used(tmp_path, song):
    run_batch([song], Request(Halves(), tmp_path / "b"), progress=stop_after(0.5))
    request = Request(Halves(), tmp_path / "b", stems=["right"])
    run_batch([song], request)
    assert len(request.engine.asked) == 13
    assert len(contents(tmp_path / "b")) == 2


def test_a_second_run_waits_for_the_first_and_keeps_its_results(tmp_path, song):
    request = Request(Halves(), tmp_path / "out")
    begun, go_on, outcomes = threading.Event(), threading.Event(), []

    def first(path, done):
        begun.set()
        return go_on.wait(10)

    def second(path, done):
        go_on.set()

    one = threading.Thread(
        target=lambda: outcomes.extend(run_batch([song], request, progress=first))
    )
    one.start()
    begun.wait(10)
    (waited,) = run_batch([song], request, progress=second)
    one.join()
    assert {outcomes[0].status, waited.status} == {"done", "kept"}
    assert len(request.engine.asked) == 13
    assert not list(tmp_path.rglob(".partita-*"))


def test_forgotten_work_is_removed_unless_someone_is_at_it(tmp_path, song):
    request = Request(Halves(), tmp_path / "out")
    run_batch([song], request, progress=stop_after(0.5))
    (folder,) = request.root.iterdir()
    remove_forgotten(request.root)
    assert folder.exists()
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, time.time() - FORGOTTEN_AFTER_S - 1))
    with WorkFolder(request, "song"):
        for path in (*folder.iterdir(), folder):
            os.utime(path, (0, time.time() - FORGOTTEN_AFTER_S - 1))
        remove_forgotten(request.root)
        assert folder.exists()
    run_batch([song], request, progress=stop_after(0.5))
    for path in (*folder.iterdir(), folder):
        os.utime(path, (0, time.time() - FORGOTTEN_AFTER_S - 1))
    remove_forgotten(request.root)
    assert not folder.exists()


def test_no_lock_of_the_file_system_is_no_hindrance(tmp_path, song, monkeypatch):
    def no_locks(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    assert run_batch([song], Request(Halves(), tmp_path / "out"))[0].status == "done"
    assert work_folders.PREFIX == ".partita-"


# As a user meets it: the command in a process of its own, killed.


def partita(*arguments, cwd, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "partita", *map(str, arguments)],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        **options,
    )


@pytest.fixture
def album(tmp_path, rng):
    """Three files, ten to twenty segments each."""
    (tmp_path / "album").mkdir()
    for name, minutes in (("a.wav", 5), ("b.flac", 8), ("c.wav", 4)):
        wave = rng.uniform(-0.5, 0.5, (1, minutes * 60 * 16_000)).astype(np.float32)
        save(tmp_path / "album" / name, Audio(wave, 16_000), encoding="int16")
    return tmp_path / "album"


def begun(folder):
    """Wait until work is under way."""
    for _ in range(1000):
        if any(holds_segments(path.parent) for path in folder.rglob("segments.f32")):
            return
        time.sleep(0.02)


def test_killed_at_any_moment_the_same_command_gives_the_same_files(tmp_path, album, rng):
    command = ("separate", album, "-n", "hpss", "--two-stems", "percussive")
    partita(*command, "-o", tmp_path / "undisturbed", cwd=tmp_path).communicate()
    kills = 0
    for wait_s in rng.uniform(0.05, 1.2, 4):
        process = partita(*command, "-o", tmp_path / "out", cwd=tmp_path)
        begun(tmp_path / "out")
        time.sleep(wait_s)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kills += process.returncode == -signal.SIGKILL
    assert kills, "no run was killed in time"
    last = partita(*command, "-o", tmp_path / "out", cwd=tmp_path)
    text, _ = last.communicate()
    assert last.returncode == 0
    assert text.count("percussive, no_percussive") == 3
    assert contents(tmp_path / "out") == contents(tmp_path / "undisturbed")


def test_an_interrupt_is_answered_within_a_second_and_the_work_is_resumed(tmp_path, album):
    process = partita("separate", album / "b.flac", "-n", "hpss", cwd=tmp_path)
    begun(tmp_path / "separated")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate()
    assert time.monotonic() - began < 2  # one second, and one for a busy machine
    assert process.returncode == 130
    assert errors.endswith("partita: interrupted\n")
    left = contents(tmp_path / "separated")
    assert {name.rpartition("/")[2] for name in left} <= {"index.jsonl", "segments.f32"}
    assert left
    again = partita("separate", album / "b.flac", "-n", "hpss", cwd=tmp_path)
    again.communicate()
    assert again.returncode == 0
    assert not list(tmp_path.rglob(".partita-*"))


def test_inputs_of_one_name_are_each_kept(tmp_path, song, noise):
    (tmp_path / "b").mkdir()
    save(tmp_path / "b/song.wav", noise, encoding="int16")
    inputs = find_inputs([song, tmp_path / "b"])
    request = Request(Halves(), tmp_path / "out")
    run_batch(inputs, request)
    assert [o.status for o in run_batch(inputs, request)] == ["kept", "kept"]
