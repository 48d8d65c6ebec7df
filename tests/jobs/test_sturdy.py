"""Files and disks that misbehave: a clear line each, and nothing left behind."""

import os
import re
import resource
import subprocess
import sys
from contextlib import contextmanager
from functools import partial

import numpy as np
import pytest

from partita.core import Audio, UsageError
from partita.engines import create
from partita.io import FORMATS, save
from partita.jobs import Request, find_inputs, run_batch
from partita.jobs.request import STEM_MP4

HPSS = create("hpss")


@pytest.fixture
def song(tmp_path, rng):
    wave = rng.uniform(-0.5, 0.5, (1, 8000 * 80))
    save(tmp_path / "song.wav", Audio(wave, 8000), encoding="int16")
    return tmp_path / "song.wav"


# The interpreter may lie where only its owner can read: all that is needed is imported before
# the rights are given up.
AS_NOBODY = """
import os, sys, rich.console, rich.table, rich.traceback
from partita.cli.main import run
def partita(*arguments):
    sys.argv = ["partita", "separate", *arguments, "-q", "-n", "hpss"]
    try:
        run()
    except SystemExit as end:
        return end.code
partita("good.wav", "-o", "warm")
partita("missing.wav", "-o", "warm")
if os.getuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
sys.exit(partita("song.wav", "-o", "out"))
"""


def without_rights(folder):
    """Separate song.wav into out/ as a user without rights."""
    if not hasattr(os, "setuid"):
        pytest.skip("no users to change to here")
    for place in (folder, *folder.parents[:2]):
        place.chmod(0o755)
    return subprocess.run(
        [sys.executable, "-c", AS_NOBODY], cwd=folder, capture_output=True, text=True
    )


def partita(*arguments, cwd, **options):
    return subprocess.run(
        [sys.executable, "-m", "partita", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        **options,
    )


def test_what_may_not_be_read_is_named(tmp_path, song):
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o777)
    (tmp_path / "good.wav").write_bytes(song.read_bytes())
    song.chmod(0)
    done = without_rights(tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stderr.endswith("song.wav cannot be read: Permission denied\n")


def test_where_nothing_may_be_written_is_named(tmp_path, song):
    (tmp_path / "out").mkdir()
    (tmp_path / "out").chmod(0o555)
    (tmp_path / "good.wav").write_bytes(song.read_bytes())
    done = without_rights(tmp_path)
    assert done.returncode == 1, done.stderr
    assert done.stderr.endswith("error: cannot write to out: Permission denied\n")


@pytest.mark.parametrize("limit", [100_000, 5_500_000])
def test_a_full_disk_is_one_clear_line_and_leaves_nothing(tmp_path, song, limit):
    full = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (limit, limit))
    flags = ("-n", "hpss", "-q", "--float32")
    done = partita("separate", song, *flags, cwd=tmp_path, preexec_fn=full)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "cannot write" in done.stderr
    assert not (tmp_path / "separated").exists()


@contextmanager
def no_file_above(size):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("format", [*FORMATS, STEM_MP4])
def test_a_disk_that_is_full_when_results_are_written_names_their_folder(tmp_path, rng, format):
    """A short recording has no spool, so it is the encoder that meets the limit."""
    save(tmp_path / "a.wav", Audio(rng.uniform(-0.3, 0.3, (2, 90_000)), 44_100), encoding="int16")
    request = Request(create("classic"), tmp_path / "out", format=format)
    with no_file_above(20_000):
        (outcome,) = run_batch([tmp_path / "a.wav"], request)
    place = request.manifest_path("a").parent
    assert outcome.error.startswith(f"cannot write to {place}: ")
    assert re.search("the disk is full|File too large", outcome.error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("change", ["grow", "vanish", "rewrite"])
def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path, song, change):
    def disturb(path, done):
        if done > 0.2 and change == "grow" and path.stat().st_size < 1_300_000:
            with path.open("ab") as file:
                file.write(bytes(100_000))
        elif done > 0.2 and change == "vanish":
            path.unlink(missing_ok=True)
        elif done > 0.2 and change == "rewrite":
            os.utime(path, (0, 0))

    (outcome,) = run_batch([song], Request(HPSS, tmp_path / "out"), progress=disturb)
    assert outcome.status == "failed"
    assert "changed while it was read" in outcome.error
    assert not (tmp_path / "out").exists()


def test_links_that_lead_in_circles_end(tmp_path, noise):
    (tmp_path / "in").mkdir()
    (tmp_path / "in/circle").symlink_to(tmp_path / "in")
    (tmp_path / "in/a.wav").symlink_to(tmp_path / "in/b.wav")
    (tmp_path / "in/b.wav").symlink_to(tmp_path / "in/a.wav")
    save(tmp_path / "in/good.wav", noise)
    outcomes = run_batch(find_inputs([tmp_path / "in"]), Request(HPSS, tmp_path / "out"))
    assert [o.status for o in outcomes] == ["failed", "failed", "done"]


def test_one_bad_file_among_many(tmp_path, rng):
    for number in range(20):
        save(tmp_path / f"{number:02}.wav", Audio(rng.uniform(-0.5, 0.5, (1, 800)), 8000))
    (tmp_path / "07.wav").write_bytes(b"RIFF" + rng.bytes(300))
    inputs = find_inputs([tmp_path], leave_out=tmp_path / "out")
    request = Request(HPSS, tmp_path / "out")
    for expected in ("done", "kept"):  # the second time without any work
        outcomes = run_batch(inputs, request)
        assert [o.status for o in outcomes].count(expected) == 19
        assert outcomes[7].status == "failed"


def test_a_stem_never_replaces_its_own_recording(tmp_path, song):
    (tmp_path / "out/hpss").mkdir(parents=True)
    song = song.rename(tmp_path / "out/hpss/harmonic.wav")
    before = song.read_bytes()
    request = Request(HPSS, tmp_path / "out", template="{stem}.{ext}")
    (outcome,) = run_batch([song], request)
    assert "is the recording itself" in outcome.error
    assert song.read_bytes() == before
    assert list((tmp_path / "out/hpss").iterdir()) == [song]


def test_places_that_recordings_would_share_are_refused(tmp_path, song, noise):
    save(tmp_path / "other.wav", noise)
    request = Request(HPSS, tmp_path / "out", template="{stem}.{ext}")
    with pytest.raises(UsageError, match="every recording the same place: add {track}"):
        run_batch([song, tmp_path / "other.wav"], request)
    assert run_batch([song], request)[0].ok


def test_long_names_that_begin_alike_stay_apart(tmp_path, noise):
    paths = [tmp_path / f"{'y' * 249}{end}.wav" for end in "ab"]
    for path in paths:
        save(tmp_path / "a.wav", noise)
        (tmp_path / "a.wav").rename(path)
    request = Request(HPSS, tmp_path / "out", template="{track}_{stem}.{ext}")
    places = [outcome.stems["harmonic"] for outcome in run_batch(paths, request)]
    assert len(set(places)) == 2
    assert all(len(place.name) == 255 and place.is_file() for place in places)


def test_nothing_opens_the_network(tmp_path, song):
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise AssertionError('the network was opened')\n"
        "socket.socket = socket.create_connection = socket.getaddrinfo = no\n"
        "from partita.cli.main import run\n"
        "sys.argv = ['partita', 'separate', 'song.wav', '--offline', '-q']\n"
        "run()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert np.any([p.suffix == ".wav" for p in (tmp_path / "separated").rglob("*")])
