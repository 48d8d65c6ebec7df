"""What reaches the terminal: our own lines, bars that go again, names that complete."""

import os
import re
import select
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from partita.core import Audio
from partita.io import save

ENV = {**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "200"}


def partita(*arguments, cwd, **options):
    return subprocess.run(
        [sys.executable, "-m", "partita", *map(str, arguments)], cwd=cwd, env=ENV, **options
    )


@pytest.fixture
def broken(tmp_path, rng):
    """mp3 files that decoders have much to say about."""
    save(tmp_path / "0.mp3", Audio(rng.uniform(-0.5, 0.5, (2, 60_000)), 44_100))
    good = (tmp_path / "0.mp3").read_bytes()
    for number in range(4):
        data = bytearray(good)
        for place in rng.integers(1000, len(data), 30):
            data[place] = rng.integers(256)
        del data[20_000 : 20_700 + number]
        (tmp_path / f"{number}.mp3").write_bytes(data)
    return [f"{number}.mp3" for number in range(4)]


def test_decoders_have_something_to_say(tmp_path, broken):
    """Otherwise the next test could not fail."""
    code = "import sys, partita\nfor path in sys.argv[1:]: partita.load(path)"
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *broken], cwd=tmp_path, capture_output=True
    )
    assert b"libmpg123" in done.stderr


@pytest.mark.parametrize("flags", [(), ("-j2",)])
def test_only_our_own_lines_reach_the_user(tmp_path, broken, flags):
    done = partita(
        *("separate", *broken, "-n", "hpss", *flags), cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    ours = re.compile(r"\[\d/4\] \d\.mp3|warning: \d\.mp3 is damaged .*")
    assert [line for line in done.stderr.splitlines() if not ours.fullmatch(line)] == []


def test_info_too_says_only_its_own(tmp_path, broken):
    done = partita("info", *broken, cwd=tmp_path, capture_output=True, text=True)
    assert all(line.startswith("warning: ") for line in done.stderr.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="closes descriptors as POSIX shells do")
@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&- <&-"])
def test_without_standard_streams_the_work_is_done(tmp_path, noise, closed):
    """A file of ours may not get the number of a closed stream, or prints would end up in it."""
    save(tmp_path / "a.mp3", noise)
    command = f"{sys.executable} -m partita separate a.mp3 -n hpss -o out {closed}"
    assert subprocess.run(command, shell=True, cwd=tmp_path, env=ENV).returncode == 0
    assert (tmp_path / "out/hpss/a/harmonic.wav").stat().st_size > 4 * 24_000


def test_a_reader_that_leaves_early_ends_nothing_with_a_traceback(tmp_path, noise):
    save(tmp_path / "a.wav", noise)
    command = f"{sys.executable} -m partita separate a.wav -n hpss | true"
    done = subprocess.run(
        command, shell=True, cwd=tmp_path, env=ENV, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr


def on_a_terminal(command, cwd):
    """Run a command as in a terminal; everything that it shows, and its exit code."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command, cwd=cwd, env={**ENV, "TERM": "xterm"}, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = b""
    while True:
        if select.select([ours], [], [], 60)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:  # Linux's way to say that the other end is closed
                break
    os.close(ours)
    return shown.decode(), process.wait()


def test_on_a_terminal_every_file_under_way_has_a_bar(tmp_path, rng):
    for name in ("one", "two", "three"):
        save(tmp_path / f"{name}.wav", Audio(rng.uniform(-0.5, 0.5, (1, 16_000 * 70)), 16_000))
    command = [sys.executable, "-m", "partita", "separate", "-n", "hpss", "-j2"]
    names = ["one.wav", "missing.wav", "two.wav", "three.wav"]
    shown, code = on_a_terminal([*command, *names], tmp_path)
    assert code == 1
    for number, name in ((1, "one"), (3, "two"), (4, "three")):
        assert re.search(rf"\[{number}/4\] {name}\.wav .*\d+ %", shown)
    assert "error: missing.wav does not exist" in shown
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1  # the cursor is back
    table = shown.rpartition("\x1b[?25h")[2]
    assert "%" not in table
    assert "separated/hpss/three/: harmonic, percussive" in table


COMPLETE = """
source completion.sh
COMP_WORDS=({words}); COMP_CWORD={last}
_partita_completion partita
echo "${{COMPREPLY[@]}}"
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("partita sepa", "separate"),
        ("partita separate --stem", "--stems --stem-mp4"),
        ("partita separate -n rep", "repet repet_sim"),
        ("partita remix --g", "--gain"),
    ],
)
def test_names_complete_in_bash(tmp_path, words, expected):
    command = Path(sys.executable).with_name("partita")
    if not shutil.which("bash") or not command.exists():
        pytest.skip("needs bash and the command beside the interpreter")
    path = f"{command.parent}:{os.environ['PATH']}"
    # it asks which shell it was started from: bash has to stay, and not be replaced by it
    script = subprocess.run(
        ["bash", "-c", '"$0" --show-completion; exit $?', command],
        capture_output=True,
        text=True,
        check=True,
    )
    (tmp_path / "completion.sh").write_text(script.stdout)
    last = len(words.split()) - 1
    done = subprocess.run(
        ["bash", "-c", COMPLETE.format(words=words, last=last)],
        cwd=tmp_path,
        env={**ENV, "PATH": path},
        capture_output=True,
        text=True,
    )
    assert set(done.stdout.split()) == set(expected.split()), done.stderr


def test_silence_is_not_taken_for_damage(tmp_path):
    save(tmp_path / "a.mp3", Audio(np.zeros((2, 50_000)), 44_100))
    done = partita("separate", "a.mp3", "-n", "hpss", cwd=tmp_path, capture_output=True, text=True)
    assert done.stderr == "[1/1] a.mp3\n"
