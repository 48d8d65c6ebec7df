import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from partita.cli.main import app
from partita.core import PartitaError
from partita.datasets import create, describe, names


def run(*arguments):
    """A command in this process; errors are raised as they are."""
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_every_dataset_is_listed_with_its_licence():
    listed = run("datasets")
    for name in names():
        assert f"{name}: {describe(name).about.title}\n" in listed
        assert f"licence: {describe(name).about.licence}\n" in listed


def test_one_dataset_is_shown_with_all_about_it():
    shown = run("datasets", "slakh2100")
    for part in ("ROOT/train/TrackNNNNN/metadata.yaml", "WASPAA 2019", "subsets: train, valid"):
        assert part in shown
    assert "--with stems=3  " in shown
    assert "pip install 'partita[datasets]'" in shown


def test_programs_get_all_of_them():
    table = json.loads(run("datasets", "--json"))
    assert [row["name"] for row in table] == list(names())
    for row in table:
        assert {"layout", "licence", "citation", "homepage", "subsets", "options"} <= set(row)


def test_an_engine_is_scored_on_a_subset_of_a_dataset(make_tree, tmp_path):
    root = make_tree("musdb18hq", tmp_path)
    command = [
        *(sys.executable, "-m", "partita", "evaluate", "-n", "classic", "--set", "n_fft=1024"),
        *("--dataset", "musdb18hq", "--root", root, "--subset", "train,valid"),
    ]
    done = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[:2] == ["ANiMAL - Rockshow: done", "Song - A: done"]
    assert "Song - B" not in done.stdout


def test_options_of_the_dataset_and_the_first_songs_only(make_tree, tmp_path):
    root = make_tree("moisesdb", tmp_path)
    flags = ("--dataset", "moisesdb", "--root", root, "--with", "stems=6", "--first", 1)
    content = json.loads(run("evaluate", "-n", "classic", "--json", *flags))
    rows = content["summary"]["estimate"]
    assert {row["track"] for row in rows if row["track"]} == {"0a-uuid"}
    # classic has no guitar and no piano: with the rest they are what it calls other.
    assert {row["target"] for row in rows} == {"vocals", "drums", "bass", "other"}


def test_estimates_are_scored_on_a_dataset(make_tree, tmp_path):
    from partita.io import save

    root = make_tree("dsd100", tmp_path / "data")
    for track in create("dsd100", root, subset="test"):
        for name, audio in track.stems().items():
            (tmp_path / "estimates" / track.id).mkdir(parents=True, exist_ok=True)
            save(tmp_path / "estimates" / track.id / f"{name}.flac", audio)
    flags = ("--dataset", "dsd100", "--root", root, "--subset", "test", "--json")
    rows = json.loads(run("evaluate", tmp_path / "estimates", *flags))["summary"]["estimate"]
    assert all(row["values"]["sdr_global"] == "inf" for row in rows)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-n", "classic"], "give a folder of true stems, or --dataset NAME --root DIR"),
        (["-n", "classic", "--dataset", "dsd100"], "say where the dataset dsd100 lies: --root DIR"),
        (["ref", "-n", "classic", "--root", "."], "--root, --subset and --with belong to"),
        (["ref", "est", "--dataset", "dsd100", "--root", "."], "give one folder at most"),
        (["ref", "est", "--set", "n_fft=512"], "--set belongs to an engine"),
        (["-n", "classic", "--dataset", "x", "--root", "."], "there is no dataset 'x'"),
        (
            ["-n", "classic", "--dataset", "moisesdb", "--root", ".", "--with", "stems"],
            "--with wants KEY=VALUE, got 'stems'",
        ),
        (
            ["-n", "classic", "--dataset", "bach10", "--root", ".", "--subset", "test"],
            "dataset bach10 has no subset 'test'; it has none",
        ),
        (
            ["-n", "classic", "--dataset", "urmp", "--root", "nowhere"],
            "nowhere is not a folder; URMP is ROOT/NN_PIECE_INSTRUMENTS/AuMix",
        ),
    ],
)
def test_requests_that_make_no_sense(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ref").mkdir()
    with pytest.raises(PartitaError) as caught:
        run("evaluate", *arguments)
    assert message in str(caught.value)
