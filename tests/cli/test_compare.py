"""`partita compare` as a user runs it."""

import json
import sys
from dataclasses import dataclass

import numpy as np
import pytest

from partita.cli.main import run
from partita.core import Audio, Scores
from partita.evaluate.table import write_systems
from partita.io import save

RATE = 8000
STEMS = ("vocals", "drums")


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
        monkeypatch.setattr(sys, "argv", ["partita", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            run()
        out, err = capsys.readouterr()
        return Done(end.value.code, out, err)

    return command


@pytest.fixture
def tables(tmp_path, rng):
    """a.csv and b.csv: twelve tracks of five frames; B is 1 dB better, and lacks a frame."""
    base = rng.normal(5, 3, (12, 5))
    for name, values in (("a", base), ("b", base + 1)):
        rows = [
            (f"t{track}", "vocals", "sdr", n, float(n), 1.0, value)
            for track, frames in enumerate(values)
            for n, value in enumerate(frames)
        ]
        if name == "b":
            rows[3] = (*rows[3][:-1], np.nan)
        write_systems(tmp_path / f"{name}.csv", {"estimate": Scores.from_rows(rows)})
    return tmp_path


@pytest.fixture
def folders(tmp_path, rng):
    """REFERENCE and two folders of estimates of three songs, the second one worse."""
    for song in ("one", "two", "three"):
        for stem in STEMS:
            sound = rng.uniform(-0.3, 0.3, (1, 2 * RATE)).astype(np.float32)
            error = rng.uniform(-0.3, 0.3, (1, 2 * RATE)).astype(np.float32)
            for folder, amount in (("reference", 0.0), ("good", 0.1), ("bad", 0.5)):
                path = tmp_path / folder / song
                path.mkdir(parents=True, exist_ok=True)
                save(path / f"{stem}.wav", Audio(sound + amount * error, RATE), encoding="float32")
    return tmp_path


def test_two_tables_are_compared_on_the_same_frames(partita, tables):
    done = partita("compare", "a.csv", "b.csv", cwd=tables)
    assert (done.returncode, done.stderr) == (0, "")
    assert "median over common frames: 59 of 60 (1 undefined" in " ".join(done.stdout.split())
    assert "b is better than a on vocals by 1.00 dB" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_json_holds_every_figure(partita, tables):
    done = partita("compare", "a.csv", "b.csv", "--json", "--jnd", "0.8", cwd=tables)
    (found,) = json.loads(done.stdout)["comparisons"]
    assert (found["first"], found["second"], found["target"]) == ("a", "b", "vocals")
    assert found["median_difference"] == pytest.approx(-1)
    assert (found["chance_second_audible"], found["chance_audible"], found["jnd"]) == (1, 1, 0.8)
    assert found["win_rate"] == 0
    assert found["verdict"].startswith("b is better than a")


def test_the_mean_can_be_asked_for(partita, tables):
    scores = [
        json.loads(partita("compare", "a.csv", "b.csv", "--json", "--by", by, cwd=tables).stdout)[
            "comparisons"
        ][0]["first_score"]
        for by in ("median", "mean")
    ]
    assert scores[0] != scores[1]


def test_a_table_of_several_systems_names_one(partita, tables):
    rows = [("t0", "vocals", "sdr", 0, 0.0, 1.0, 4.0)]
    both = {name: Scores.from_rows(rows) for name in ("estimate", "oracle")}
    write_systems(tables / "c.csv", both)
    done = partita("compare", "c.csv:estimate", "c.csv:oracle", "--json", cwd=tables)
    (found,) = json.loads(done.stdout)["comparisons"]
    assert (found["first"], found["second"]) == ("estimate", "oracle")


def test_folders_of_estimates_are_scored_first(partita, folders):
    done = partita(
        "compare", "good", "bad", "--reference", "reference", "--target", "drums", cwd=folders
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "drums: sdr, 3 tracks, median over common frames: 6 of 6" in done.stdout
    assert "6 are the fewest that can show" in done.stdout
    assert "vocals" not in done.stdout


def test_a_song_that_fails_is_an_error_and_the_rest_is_compared(partita, folders):
    (folders / "bad/two/drums.wav").unlink()
    done = partita("compare", "good", "bad", "--reference", "reference", cwd=folders)
    assert done.returncode == 1
    assert "error: two: no estimate of drums" in done.stderr
    assert "drums: sdr, 2 tracks (1 not common, or without a score)" in done.stdout


def test_the_leaderboard_shows_coverage_and_moves(partita, tmp_path):
    done = partita("compare", "sisec18", cwd=tmp_path)
    assert done.returncode == 0
    (tak2,) = [line.split() for line in done.stdout.splitlines() if line.startswith(" TAK2")]
    assert tak2[:5] == ["TAK2", "7.16", "6", "4.06", "8"]
    text = " ".join(done.stdout.split())
    assert "moves WK by 6 of 31 ranks" in text
    assert "68.0 to 77.5 % of the frames" in text
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_the_leaderboard_as_json(partita, tmp_path):
    done = partita(
        "compare", "sisec18", "--json", "--target", "drums,bass", "--metric", "sir", cwd=tmp_path
    )
    boards = json.loads(done.stdout)["leaderboards"]
    assert [(b["metric"], b["target"], len(b["systems"])) for b in boards] == [
        ("sir", "drums", 21),
        ("sir", "bass", 21),
    ]


def test_systems_of_the_campaign_say_that_their_frames_differ(partita, tmp_path):
    done = partita("compare", "sisec18:tak1", "sisec18:UHL3", "--target", "vocals", cwd=tmp_path)
    assert "NOT the same frames" in done.stdout
    assert "UHL3 is ahead on 66 % of 50 tracks" in " ".join(done.stdout.split())


def test_ones_own_system_is_compared_with_all_of_the_campaign(partita, tmp_path):
    from partita.evaluate.sisec18 import load_sisec18

    mine = load_sisec18()["TAK2"].where(target="vocals")
    write_systems(tmp_path / "mine.csv", {"estimate": mine})
    done = partita("compare", "mine.csv", "sisec18", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)["comparisons"]
    assert len(found) == 31
    assert {each["first"] for each in found} == {"mine"}


@pytest.mark.parametrize("arguments", [("sisec18:TAK1", "sisec18"), ("sisec18", "sisec18:TAK1")])
def test_one_of_the_campaign_is_compared_with_all_others(partita, tmp_path, arguments):
    done = partita("compare", *arguments, "--json", "--target", "vocals", cwd=tmp_path)
    found = json.loads(done.stdout)["comparisons"]
    assert len(found) == 30
    assert all("TAK1" in (each["first"], each["second"]) for each in found)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["a.csv"], 2, "two systems or more, got 1"),
        (["a.csv", "nothing.csv"], 1, "nothing.csv: no such file or folder, and not sisec18"),
        (["sisec18:XYZ", "a.csv"], 2, "no system 'XYZ'; it has 2DFT"),
        (["a.csv", "b.csv", "--metric", "sir"], 2, "no two of these systems have sir"),
        (["a.csv", "b.csv", "--target", "drums"], 2, "two systems with sdr of drums, got 0"),
        (["a.csv", "b.csv", "--by", "mode"], 2, "--by must be median or mean"),
        (["a.csv", "b.csv", "--jnd", "-1"], 2, "must be 0 or more"),
        (["a.csv", "sisec18:TAK1"], 2, "share no track; tracks are matched by name"),
        (["a.csv", "folder"], 2, "to score estimates, give --reference"),
        (["a.csv", "a.csv"], 2, "a.csv is named twice"),
        (["sisec18", "--target", "piano"], 2, "not sdr of piano"),
        (["a.csv:nobody", "b.csv"], 1, "has no system 'nobody'"),
    ],
)
def test_errors_are_one_line(partita, tables, arguments, code, message):
    (tables / "folder").mkdir()
    done = partita("compare", *arguments, cwd=tables)
    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_folder_of_musevals_results_is_a_system(partita, tmp_path):
    for system, better in (("first", 0.0), ("second", 3.0)):
        (tmp_path / system).mkdir()
        for song in range(8):
            values = [{"SDR": song + n + better, "SIR": 1.0} for n in range(3)]
            frames = [
                {"time": float(n), "duration": 1.0, "metrics": v} for n, v in enumerate(values)
            ]
            content = {"targets": [{"name": "vocals", "frames": frames}]}
            (tmp_path / system / f"song {song}.json").write_text(json.dumps(content))
    done = partita("compare", "first", "second", cwd=tmp_path)
    assert "second is better than first on vocals by 3.00 dB" in done.stdout


def test_without_a_jnd_nothing_is_called_audible(partita, tables):
    rows = [(f"t{n}", "vocals", "stoi", -1, 0.0, 1.0, n / 10) for n in range(9)]
    for name in "ab":
        write_systems(tables / f"{name}.csv", {"estimate": Scores.from_rows(rows)})
    done = partita("compare", "a.csv", "b.csv", "--metric", "stoi", cwd=tables)
    assert "vocals: stoi, 9 tracks, measured whole" in done.stdout
    assert "heard" not in done.stdout
    found = partita("compare", "a.csv", "b.csv", "--metric", "stoi", "--json", cwd=tables)
    assert json.loads(found.stdout)["comparisons"][0]["chance_audible"] is None
