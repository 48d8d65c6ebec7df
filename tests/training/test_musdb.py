import numpy as np
import pytest
import soundfile

torch = pytest.importorskip("torch")

from partita.core import InputError  # noqa: E402
from partita.training.log import read_log  # noqa: E402
from partita.training.loop import train  # noqa: E402
from partita.training.musdb import STEMS, VALIDATION, load_musdb  # noqa: E402

RATE = 16000
HELD_OUT = "Leaf - Summerghost"


@pytest.fixture
def tree(tmp_path):
    """A miniature of MUSDB18-HQ: two songs to train on, one to validate on, one to leave alone."""
    rng = np.random.default_rng(0)
    for song in ("train/A - One", "train/B - Two", f"train/{HELD_OUT}", "test/C - Three"):
        folder = tmp_path / "musdb" / song
        folder.mkdir(parents=True)
        for stem in ("mixture", *STEMS):
            soundfile.write(folder / f"{stem}.wav", rng.uniform(-0.1, 0.1, (2 * RATE, 2)), RATE)
    return tmp_path / "musdb"


def test_songs_are_found_and_split_as_everybody_does(tree):
    bank = load_musdb(tree)
    assert {item.id: item.split for item in bank.items} == {
        "A - One": "train",
        "B - Two": "train",
        HELD_OUT: "valid",
    }
    assert bank.rate == RATE
    assert all(item.stems == STEMS and item.length == 2 * RATE for item in bank.items)


def test_fourteen_songs_are_kept_for_validation():
    assert len(VALIDATION) == 14


def test_stretches_are_those_of_the_files(tree):
    item = load_musdb(tree).items[0]
    whole, _ = soundfile.read(tree / "train" / item.id / "drums.wav", dtype="float32")
    assert np.array_equal(item.crop(1, 100, 50).numpy(), whole[100:150].T)


def test_the_loop_trains_on_it(tree, make_config, tmp_path):
    train(make_config(), load_musdb(tree), tmp_path / "run")
    events = read_log(tmp_path / "run")
    assert events[-1]["event"] == "end"
    validated = next(event for event in events if event["event"] == "validate")
    assert set(validated["stems"]) == set(STEMS)


def test_a_missing_stem_is_named(tree):
    (tree / "train" / "A - One" / "bass.wav").unlink()
    with pytest.raises(InputError, match=r"A - One has no bass\.wav"):
        load_musdb(tree)


def test_stems_of_different_lengths_are_refused(tree):
    soundfile.write(tree / "train" / "A - One" / "bass.wav", np.zeros((5, 2)), RATE)
    with pytest.raises(InputError, match="differ in rate or length"):
        load_musdb(tree)


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="is it MUSDB18-HQ"):
        load_musdb(tmp_path)
