import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from partita.core import Audio, PartitaWarning
from partita.core.scores import COLUMNS
from partita.engines import create
from partita.evaluate import evaluate_folders, score_songs, tasks_of
from partita.io import save

RATE = 8000


def same(first, second):
    return all(
        np.array_equal(getattr(first, c), getattr(second, c), equal_nan=c == "value")
        for c in COLUMNS
    )


@pytest.fixture
def folders(tmp_path, rng):
    """Three songs of two stems, and estimates of them."""
    for song in ("one", "two", "three"):
        for name in ("vocals", "drums"):
            truth = rng.uniform(-0.3, 0.3, (2, 12_000))
            for kind, noise in (("ref", 0.0), ("est", 0.03)):
                (tmp_path / kind / song).mkdir(parents=True, exist_ok=True)
                samples = truth + noise * rng.standard_normal(truth.shape)
                save(tmp_path / kind / song / f"{name}.wav", Audio(samples, RATE))
    return tmp_path / "ref", tmp_path / "est"


def test_songs_are_scored_in_order_whatever_is_done_first(folders):
    alone, _ = score_songs(tasks_of(*folders))
    together, scored = score_songs(tasks_of(*folders), workers=2)
    assert [s.song for s in scored] == ["one", "three", "two"]
    assert same(alone["estimate"], together["estimate"])


def test_baselines_are_systems_of_their_own(folders):
    tables, _ = score_songs(tasks_of(*folders, baselines=("mixture", "oracle")))
    medians = {n: np.median(t.where(metric="sdr_global").value) for n, t in tables.items()}
    assert medians["mixture"] < medians["oracle"] < medians["estimate"]


def test_an_engine_is_scored_as_its_estimates_would_be(folders):
    tables, scored = score_songs(tasks_of(folders[0], create("classic")))
    assert not any(s.error for s in scored)
    assert set(tables["estimate"].target) == {"vocals", "drums"}


def test_an_engine_with_other_stems_is_an_error(folders):
    _, scored = score_songs(tasks_of(folders[0], create("hpss")))
    assert "gives harmonic, percussive, the song has drums, vocals" in scored[0].error


def test_finished_songs_are_kept_and_found_again(folders, tmp_path, monkeypatch):
    results = tmp_path / "results"
    first, _ = score_songs(tasks_of(*folders), results=results)
    assert len(list(results.glob("*.npz"))) == 3
    monkeypatch.setattr("partita.evaluate.run.score_stems", None)
    again, _ = score_songs(tasks_of(*folders), results=results)
    assert same(first["estimate"], again["estimate"])


def test_a_damaged_result_is_made_anew(folders, tmp_path):
    results = tmp_path / "results"
    first, _ = score_songs(tasks_of(*folders), results=results)
    kept = sorted(results.glob("*.npz"))
    kept[0].write_bytes(kept[0].read_bytes()[:100])
    kept[1].write_bytes(b"")
    again, songs = score_songs(tasks_of(*folders), results=results)
    assert all(not song.error for song in songs)
    assert same(first["estimate"], again["estimate"])


def test_a_changed_file_is_scored_anew(folders, tmp_path, rng):
    results = tmp_path / "results"
    first, _ = score_songs(tasks_of(*folders), results=results)
    save(folders[1] / "two/drums.wav", Audio(rng.uniform(-0.3, 0.3, (2, 12_000)), RATE))
    second, _ = score_songs(tasks_of(*folders), results=results)
    changed = first["estimate"].value != second["estimate"].value
    assert set(first["estimate"].track[changed]) == {"two"}
    assert set(first["estimate"].target[changed]) == {"drums"}


def test_other_metrics_are_not_mistaken_for_these(folders, tmp_path):
    for metrics in (["sdr"], ["si_sdr"]):
        tables, _ = score_songs(tasks_of(*folders, metrics=metrics), results=tmp_path / "results")
        assert metrics[0] in tables["estimate"].metric


def test_a_killed_run_goes_on_and_ends_in_the_same_table(folders, tmp_path):
    """Killed as soon as the first song is kept."""
    results = tmp_path / "results"
    command = [sys.executable, "-m", "partita", "evaluate", *folders, "--results", results]
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    )
    deadline = time.monotonic() + 60
    while not list(results.glob("*.npz")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(results.glob("*.npz"))
    resumed, _ = score_songs(tasks_of(*folders), results=results)
    undisturbed, _ = score_songs(tasks_of(*folders))
    assert same(resumed["estimate"], undisturbed["estimate"])


def test_one_song_is_paired_whatever_the_folders_are_called(tmp_path, rng):
    for folder in ("truth", "guess"):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "vocals.wav", Audio(rng.standard_normal((1, 900)), RATE))
    scores, errors = evaluate_folders(tmp_path / "truth", tmp_path / "guess")
    assert not errors
    assert set(scores.track) == {"truth"}


def test_other_lengths_are_scored_on_the_common_part_with_a_warning(tmp_path):
    for folder, length in (("truth", 1000), ("guess", 990)):
        (tmp_path / folder).mkdir()
        save(tmp_path / folder / "vocals.wav", Audio(np.full((1, length), 0.5), RATE))
    with pytest.warns(PartitaWarning, match="1000 samples, the estimate 990"):
        scores, _ = evaluate_folders(tmp_path / "truth", tmp_path / "guess")
    assert scores.where(metric="sdr_global").value.tolist() == [np.inf]


def test_a_song_without_estimate_is_an_error_and_the_others_are_scored(folders):
    for path in (folders[1] / "two").iterdir():
        path.unlink()
    (folders[1] / "three/drums.wav").unlink()
    scores, errors = evaluate_folders(*folders)
    assert set(scores.track) == {"one"}
    texts = sorted(map(str, errors))
    assert texts[0] == "three: no estimate of drums (found vocals)"
    assert texts[1].startswith("two: there is no estimate in")


def test_a_file_that_is_no_audio_is_an_error_of_its_song(folders):
    (folders[1] / "two/drums.wav").write_text("la la")
    scores, errors = evaluate_folders(*folders)
    assert set(scores.track) == {"one", "three"}
    assert "is not audio" in str(errors[0])
