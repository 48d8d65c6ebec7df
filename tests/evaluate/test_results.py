import numpy as np
import pytest

from partita.core import Audio
from partita.core.errors import InputError
from partita.evaluate import read_results, score_songs, tasks_of
from partita.evaluate.results import LAST
from partita.io import save

RATE = 8000


@pytest.fixture
def folders(tmp_path, rng):
    """Two songs of two stems, and estimates with an error."""
    for song in ("one", "two"):
        truth = 0.1 * rng.standard_normal((2, 1, 3 * RATE))
        for kind, noise in (("ref", 0.0), ("est", 0.02)):
            (tmp_path / kind / song).mkdir(parents=True)
            for name, samples in zip(("vocals", "drums"), truth, strict=True):
                wrong = noise * rng.standard_normal(samples.shape)
                save(tmp_path / kind / song / f"{name}.flac", Audio(samples + wrong, RATE))
    return tmp_path / "ref", tmp_path / "est"


def test_evidence_is_gathered_where_it_is_wanted_only(folders, tmp_path):
    _, scored = score_songs(tasks_of(*folders), results=tmp_path / "kept")
    assert [song.evidence for song in scored] == [None, None]
    assert not list((tmp_path / "kept").glob("*.evidence.npz"))
    _, scored = score_songs(tasks_of(*folders, evidence=True))
    assert [song.evidence.track for song in scored] == ["one", "two"]


def test_scores_without_evidence_are_scored_anew_where_it_is_wanted(folders, tmp_path):
    before, _ = score_songs(tasks_of(*folders), results=tmp_path / "kept")
    after, scored = score_songs(tasks_of(*folders, evidence=True), results=tmp_path / "kept")
    assert np.array_equal(before["estimate"].value, after["estimate"].value)
    assert all(song.evidence for song in scored)


def test_the_last_run_is_found_again_with_its_evidence(folders, tmp_path, monkeypatch):
    tables, _ = score_songs(
        tasks_of(*folders, evidence=True), name="mine", results=tmp_path / "kept"
    )
    name, songs = read_results(tmp_path / "kept")
    assert name == "mine"
    assert [song.song for song in songs] == ["one", "two"]
    found = np.concatenate([song.systems["estimate"].value for song in songs])
    assert np.array_equal(found, tables["estimate"].value)
    assert all(song.evidence.moments for song in songs)
    monkeypatch.setattr("partita.evaluate.run.gather", None)
    score_songs(tasks_of(*folders, evidence=True), results=tmp_path / "kept")  # nothing is done


def test_songs_that_failed_are_listed_with_their_error(folders, tmp_path):
    for path in (folders[1] / "two").iterdir():
        path.unlink()
    score_songs(tasks_of(*folders), results=tmp_path / "kept")
    _, songs = read_results(tmp_path / "kept")
    assert [bool(song.error) for song in songs] == [False, True]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"name": "x", "songs": [{"song": 1}]}'])
def test_a_damaged_list_is_refused(tmp_path, damage):
    (tmp_path / LAST).write_bytes(damage)
    with pytest.raises(InputError, match="cannot be used"):
        read_results(tmp_path)


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"\x93NUMPY"])
def test_damaged_scores_are_refused(folders, tmp_path, damage):
    score_songs(tasks_of(*folders), results=tmp_path / "kept")
    next((tmp_path / "kept").glob("*.npz")).write_bytes(damage)
    with pytest.raises(InputError, match="cannot be used"):
        read_results(tmp_path / "kept")


def test_a_folder_of_something_else_is_refused(tmp_path):
    with pytest.raises(InputError, match="no folder that"):
        read_results(tmp_path)
