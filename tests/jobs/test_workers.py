"""Files at a time, in processes of their own: the same results, and a crash costs one file."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from partita.core import Audio, InputError, UsageError
from partita.engines import create
from partita.io import save
from partita.jobs import Request, run_batch

HPSS = create("hpss")

BATCH = """
import json, sys
from pathlib import Path
from partita.jobs import Request, run_batch
from crashing import Crashing
if __name__ == "__main__":
    inputs = [Path(name) for name in sys.argv[1:]]
    outcomes = run_batch(inputs, Request(Crashing(), Path("out")), workers=2)
    print(json.dumps([[o.input.name, o.status, o.error] for o in outcomes]))
"""

CRASHING = """
import os, signal
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from partita.core import Stems
from partita.engines.session import StatelessSession

@dataclass(frozen=True)
class Crashing:
    name: ClassVar[str] = "crashing"
    stems: ClassVar[tuple] = ("all",)
    uses: ClassVar[frozenset] = frozenset()
    requires: ClassVar[frozenset] = frozenset()
    segment_s: ClassVar[float] = 1.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar = None
    adds_up: ClassVar[bool] = True

    def open(self, device="auto", threads=None):
        return StatelessSession(self._separate)

    def _separate(self, segment, hints, stems):
        peak = np.max(np.abs(segment.samples))
        if peak > 0.9:
            os.kill(os.getpid(), signal.SIGKILL)
        if peak > 0.8:
            raise ZeroDivisionError("a defect")
        return Stems(stems, segment.samples[None], segment.rate)
"""


def contents(folder):
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


@pytest.fixture
def songs(tmp_path, rng):
    paths = []
    for number in range(5):
        path = tmp_path / f"{number}.wav"
        samples = rng.uniform(-0.5, 0.5, (2, 20_000 + 5000 * number))
        save(path, Audio(samples, 16_000), encoding="int16")
        paths.append(path)
    return paths


def test_results_are_the_same_and_in_the_order_of_the_inputs(tmp_path, songs):
    inputs = [*songs[:2], InputError("nothing there"), *songs[2:], tmp_path / "missing.wav"]
    seen, fractions = [], []
    parallel = run_batch(
        inputs,
        Request(HPSS, tmp_path / "b"),
        workers=2,
        progress=lambda path, done: fractions.append((path, done)),
        finished=seen.append,
    )
    serial = run_batch(inputs, Request(HPSS, tmp_path / "a"))
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    assert [(o.input, o.status, o.error) for o in parallel] == [
        (o.input, o.status, o.error) for o in serial
    ]
    assert sorted(map(str, seen)) == sorted(map(str, parallel))
    assert {path for path, done in fractions if done == 1} == set(songs)


def test_cancelling_stops_every_worker_and_leaves_no_empty_folder(tmp_path, songs):
    outcomes = run_batch(
        songs, Request(HPSS, tmp_path / "out"), workers=2, progress=lambda path, done: False
    )
    assert {o.status for o in outcomes} <= {"cancelled", "done"}
    assert len(outcomes) < len(songs)
    assert not list(tmp_path.rglob("*.f32")) or list(tmp_path.rglob("index.jsonl"))


def test_a_request_that_only_opening_refuses_is_refused(tmp_path, songs):
    with pytest.raises(UsageError, match="cpu only"):
        run_batch(songs, Request(HPSS, tmp_path / "out", device="cuda"), workers=2)
    assert not (tmp_path / "out").exists()


def test_no_worker_at_all_is_refused(tmp_path, songs):
    with pytest.raises(UsageError, match="at least 1 worker"):
        run_batch(songs, Request(HPSS, tmp_path / "out"), workers=0)


def test_a_worker_that_dies_fails_only_its_file(tmp_path):
    (tmp_path / "batch.py").write_text(BATCH)
    (tmp_path / "crashing.py").write_text(CRASHING)
    for number, level in enumerate((0.5, 0.95, 0.5, 0.85, 0.95, 0.5)):
        samples = np.full((1, 16_000), level, np.float32)
        samples[:, :12_000] = 0.1  # the first segments are good
        save(tmp_path / f"{number}.wav", Audio(samples, 8000))
    names = [f"{number}.wav" for number in range(6)]
    done = subprocess.run(
        [sys.executable, "batch.py", *names], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    table = json.loads(done.stdout)
    assert [name for name, _, _ in table] == names
    assert [status for _, status, _ in table] == [
        *("done", "failed", "done", "failed", "failed", "done"),
    ]
    assert "killed; the system may have run out of memory" in table[1][2]
    assert "3.wav: engine crashing failed: ZeroDivisionError('a defect')" in table[3][2]


def children(pid):
    return [int(c) for c in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGKILL])
def test_stopping_the_command_stops_its_workers(tmp_path, rng, sent):
    samples = np.tile(rng.uniform(-0.5, 0.5, (1, 16_000)).astype(np.float32), 900)
    for name in ("a.wav", "b.wav"):
        save(tmp_path / name, Audio(samples, 16_000), encoding="int16")
    command = [sys.executable, "-m", "partita", "separate", "a.wav", "b.wav", "-j2", "-nhpss"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while process.poll() is None and len(list(tmp_path.rglob("segments.f32"))) < 2:
        time.sleep(0.02)
    assert process.poll() is None, process.communicate()
    time.sleep(0.5)
    workers = children(process.pid)
    assert len(workers) >= 2
    began = time.monotonic()
    os.killpg(process.pid, sent) if sent == signal.SIGINT else process.send_signal(sent)
    _, errors = process.communicate()
    answered_s = time.monotonic() - began
    assert "Traceback" not in errors
    assert process.returncode == (130 if sent == signal.SIGINT else -sent)
    assert sent != signal.SIGINT or answered_s < 2  # one second, and one for a busy machine
    while any(map(is_running, workers)):
        time.sleep(0.05)
        assert time.monotonic() - began < 10
    left = {path.name for path in (tmp_path / "separated").rglob("*") if path.is_file()}
    assert left <= {"segments.f32", "index.jsonl", "lock"}
