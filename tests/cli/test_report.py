import os
import subprocess
import sys

import numpy as np
import pytest

from partita.core import Audio
from partita.io import save

RATE = 8000


def partita(*arguments, cwd):
    return subprocess.run(
        [sys.executable, "-m", "partita", *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )


@pytest.fixture
def songs(tmp_path, rng):
    """A song of two stems, three seconds long, and its estimates."""
    truth = 0.1 * rng.standard_normal((2, 1, 3 * RATE))
    for kind, noise in (("ref", 0.0), ("est", 0.02)):
        folder = tmp_path / kind / "song"
        folder.mkdir(parents=True)
        for name, samples in zip(("vocals", "drums"), truth, strict=True):
            wrong = noise * rng.standard_normal(samples.shape)
            save(folder / f"{name}.flac", Audio((samples + wrong).astype(np.float32), RATE))


def sounds_in(path):
    return path.read_text(encoding="utf-8").count('type="text/plain"')


def test_an_evaluation_writes_its_report_and_it_can_be_made_again(tmp_path, songs):
    flags = ["--results", "kept", "--save", "table.csv", "--html", "first.html"]
    done = partita("evaluate", "ref", "est", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "report: first.html" in done.stderr
    again = partita("report", "kept", "-o", "again.html", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    first = (tmp_path / "first.html").read_bytes()
    assert (tmp_path / "again.html").read_bytes() == first
    assert sounds_in(tmp_path / "first.html") > 0
    done = partita("report", "table.csv", "-o", "table.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sounds_in(tmp_path / "table.html") == 0
    folders = ["--reference", "ref", "--estimates", "est"]
    done = partita("report", "table.csv", *folders, "-o", "sound.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sounds_in(tmp_path / "sound.html") == sounds_in(tmp_path / "first.html")


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["evaluate", "ref", "est", "--html", "a.pdf"], 2, "written as .html"),
        (["report", "nowhere"], 1, "nowhere does not exist"),
        (["report", "ref"], 1, "holds no .json files"),
        (["report", "a.csv", "-o", "a.pdf"], 2, "written as .html"),
        (["report", "a.csv", "--reference", "ref"], 2, "give both folders"),
        (["report", "a", "b", "--reference", "ref", "--estimates", "est"], 2, "belong to one"),
        (["report"], 2, "Missing argument"),
    ],
)
def test_requests_that_make_no_sense(tmp_path, songs, arguments, code, message):
    done = partita(*arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
