"""`partita metrics` as a user runs it."""

import csv
import json
import sys
from dataclasses import dataclass

import pytest

from partita import metrics
from partita.cli.main import run
from partita.core import Audio
from partita.evaluate.ratings import PLAIN
from partita.io import save

RATE = 8000


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def partita(monkeypatch, capsys):
    """Runs the command in this process, for speed: its exit code, stdout and stderr."""

    def command(*arguments, cwd):
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "path", list(sys.path))
        monkeypatch.setattr(sys, "argv", ["partita", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            run()
        out, err = capsys.readouterr()
        return Done(end.value.code, out, err)

    return command


@pytest.fixture
def folder(tmp_path, rng):
    """Ratings of six estimates, the later the noisier and the worse rated, by four listeners."""
    truth = rng.uniform(-0.3, 0.3, (1, RATE))
    save(tmp_path / "true.wav", Audio(truth, RATE), encoding="float32")
    with (tmp_path / "ratings.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PLAIN)
        for n in range(6):
            noise = 0.05 * (n + 1) * rng.uniform(-0.3, 0.3, truth.shape)
            save(tmp_path / f"{n}.wav", Audio(truth + noise, RATE), encoding="float32")
            for listener in "abcd":
                rating = 80 - 10 * n + rng.integers(5)
                writer.writerow(
                    [n, f"song {n}", "s", "quality", listener, rating, "true.wav", f"{n}.wav"]
                )
    (tmp_path / "mine.py").write_text(
        "def error(reference, estimate, rate):\n    return abs(reference - estimate).mean()\n"
    )
    return tmp_path


def test_all_metrics_are_listed(partita, tmp_path):
    done = partita("metrics", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert all(f"{name}: " in done.stdout for name in metrics.names())
    listed = json.loads(partita("metrics", "--json", cwd=tmp_path).stdout)
    assert [row["name"] for row in listed] == list(metrics.names())


def test_metrics_are_held_against_ratings(partita, folder):
    done = partita("metrics", "validate", "--ratings", ".", "--metrics", "snr,sir", cwd=folder)
    assert done.returncode == 0
    assert "quality: 6 items of 6 songs, 4 listeners" in done.stdout
    assert "1.00" in next(line for line in done.stdout.splitlines() if line.startswith(" snr"))
    assert done.stderr == "note: sir needs the mixture\n"


def test_your_own_function_alone_is_quick_and_can_be_turned(partita, folder):
    ask = ("metrics", "validate", "--ratings", folder, "--metric", "mine:error", "--json")
    (plain,), (turned,) = (
        json.loads(partita(*ask, *more, cwd=folder).stdout)["agreements"]
        for more in ((), ("--lower-is-better", "mine:error"))
    )
    assert plain["spearman"] == pytest.approx(-1)
    assert turned["spearman"] == pytest.approx(1)
    assert turned["turned"]
    assert plain["metric"] == "mine:error"


def test_the_table_is_written(partita, folder):
    done = partita(
        *("metrics", "validate", "--ratings", ".", "--metrics", "snr,missing"),
        *("--save", "table.csv", "--results", "kept"),
        cwd=folder,
    )
    assert done.returncode == 0
    with (folder / "table.csv").open(newline="") as file:
        rows = {row["metric"]: row for row in csv.DictReader(file)}
    assert set(rows) == {"snr", "missing"}
    assert float(rows["snr"]["spearman"]) == pytest.approx(1)
    assert rows["missing"]["turned"] == "True"
    assert len(list((folder / "kept").iterdir())) == 6


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--ratings", "none"), 1, "none is not a folder"),
        (("--ratings", ".", "--metrics", "sdx"), 2, "there is no metric 'sdx'"),
        (("--ratings", ".", "--metric", "mine"), 2, "must look like module:function"),
        (("--ratings", ".", "--metric", "mine:no"), 2, "mine has no function no"),
        (("--ratings", ".", "--save", "table.txt"), 2, "written as .csv"),
        (
            ("--ratings", ".", "--metrics", "snr", "--lower-is-better", "x"),
            2,
            "--lower-is-better x: there is no such score; there are snr",
        ),
        ((), 2, "--ratings"),
    ],
)
def test_requests_that_make_no_sense_are_one_line(partita, folder, arguments, code, message):
    done = partita("metrics", "validate", *arguments, cwd=folder)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_function_that_fails_is_named_with_the_item(partita, folder):
    (folder / "bad.py").write_text("def f(reference, estimate, rate):\n    return 1 / 0\n")
    done = partita("metrics", "validate", "--ratings", ".", "--metric", "bad:f", cwd=folder)
    assert done.returncode == 1
    assert done.stderr == "partita: bad:f failed on 0: ZeroDivisionError: division by zero\n"


def test_the_table_fits_a_wide_terminal(partita, folder):
    out = partita("metrics", "validate", "--ratings", ".", "--metrics", "snr", cwd=folder).stdout
    assert max(map(len, out.splitlines())) <= 120
