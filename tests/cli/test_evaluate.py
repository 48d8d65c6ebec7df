import json
import os
import subprocess
import sys

import pytest

from partita.core import Audio
from partita.evaluate import read_systems
from partita.io import save


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
    """Two songs of two stems, and estimates 20 dB above their errors."""
    truth = rng.standard_normal((2, 2, 20_000)) * 0.1
    for song in ("one", "two"):
        for kind, noise in (("ref", 0.0), ("est", 0.01)):
            folder = tmp_path / kind / song
            folder.mkdir(parents=True)
            for name, samples in zip(("vocals", "drums"), truth, strict=True):
                wrong = noise * rng.standard_normal(samples.shape)
                save(folder / f"{name}.wav", Audio(samples + wrong, 10_000))


def test_stems_are_scored_and_what_is_missing_is_named(tmp_path, songs):
    done = partita("evaluate", "ref", "est", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)["summary"]["estimate"]
    assert len(summary) == 6
    for row in summary:
        assert row["values"]["sdr_global"] == pytest.approx(20, abs=0.2)
        assert row["values"]["si_sdr"] == pytest.approx(20, abs=0.2)
    assert "all (median)" in partita("evaluate", "ref", "est", cwd=tmp_path).stdout
    (tmp_path / "est/two/drums.wav").unlink()
    failed = partita("evaluate", "ref", "est", cwd=tmp_path)
    assert failed.returncode == 1
    assert "error: two: no estimate of drums (found vocals)" in failed.stderr
    assert "one" in failed.stdout


def test_every_frame_is_saved_beside_the_baselines(tmp_path, songs):
    flags = ["--baselines", "--save", "all.csv", "--museval", "json", "--metrics", "bss_eval"]
    done = partita("evaluate", "ref", "est", *flags, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    systems = read_systems(tmp_path / "all.csv")
    assert set(systems) == {"estimate", "mixture", "oracle"}
    assert len(systems["estimate"].where(metric="sar")) == 2 * 2 * 2
    assert {p.name for p in (tmp_path / "json").iterdir()} == {"one.json", "two.json"}
    assert "oracle's SDR" in done.stdout


def test_an_engine_is_scored_in_place_of_a_folder(tmp_path, songs):
    done = partita("evaluate", "ref", "-n", "classic", "-j", "2", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert sorted(done.stderr.splitlines()[:2]) == ["one: done", "two: done"]
    assert "all (median)" in done.stdout


def test_results_are_kept(tmp_path, songs):
    for _ in range(2):
        done = partita("evaluate", "ref", "est", "--results", "kept", "--json", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "kept").glob("*.npz"))) == 2


def test_mistakes_that_cost_are_told(tmp_path, songs, rng):
    path = tmp_path / "est/one/drums.wav"
    samples = rng.standard_normal((2, 20_000)) * 0.1
    save(tmp_path / "ref/one/drums.wav", Audio(samples, 10_000))
    save(path, Audio(-samples, 10_000))
    done = partita("evaluate", "ref", "est", cwd=tmp_path)
    assert "found: one: polarity of drums: the estimate is upside down" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ref"], 2, "give a folder of estimates, or an engine"),
        (["ref", "est", "-n", "classic"], 2, "one of the two"),
        (["ref", "est", "--metrics", "beauty"], 2, "no metric 'beauty'"),
        (["ref", "-n", "magic"], 2, "no engine 'magic'"),
        (["ref", "nowhere"], 1, "nowhere is not a folder"),
        (["ref", "est", "--save", "a.xls"], 2, "written as .csv or .parquet"),
    ],
)
def test_requests_that_make_no_sense(tmp_path, songs, arguments, code, message):
    done = partita("evaluate", *arguments, cwd=tmp_path)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
