import numpy as np
import pytest

from partita.core import InputError
from partita.datasets import create
from partita.datasets.musdb18 import VALIDATION
from partita.io import load_stem_mp4


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("musdb18", tmp_path)


def ids(root, subset=""):
    return [track.id for track in create("musdb18", root, subset=subset)]


def test_the_songs_for_validation_are_no_training_songs(root):
    assert len(VALIDATION) == 14
    assert ids(root, "train") == ["Song - A"]
    assert ids(root, "valid") == ["ANiMAL - Rockshow"]
    assert ids(root, "train,valid") == ["ANiMAL - Rockshow", "Song - A"]
    assert ids(root, "test") == ["Song - B"]


def test_streams_one_to_four_are_drums_bass_other_vocals(root):
    (track,) = create("musdb18", root, subset="test")
    mix, stems = load_stem_mp4(root / "test/Song - B.stem.mp4")
    assert track.stems().names == stems.names == ("drums", "bass", "other", "vocals")
    assert np.array_equal(track.stems().samples, stems.samples)
    assert np.array_equal(track.mix().samples, mix.samples)


def test_what_is_there_is_enough_unless_more_is_asked_for(root):
    (root / "test/Song - B.stem.mp4").unlink()
    (root / "test").rmdir()
    assert len(ids(root)) == 2
    with pytest.raises(InputError, match="has no folder test; MUSDB18 is ROOT/train"):
        ids(root, "test")


def test_a_song_in_train_and_in_test_is_refused(root):
    (root / "test/Song - A.stem.mp4").write_bytes(b"")
    with pytest.raises(InputError, match="has Song - A in train and in test"):
        ids(root)


def test_a_file_that_is_none_is_an_error_of_its_track(root):
    path = root / "test/Song - B.stem.mp4"
    path.write_bytes(b"la la la")
    (track,) = create("musdb18", root, subset="test")
    with pytest.raises(InputError, match="is not audio"):
        track.stems()


def test_a_real_song_adds_up_to_what_aac_leaves(recordings, tmp_path):
    (tmp_path / "test").mkdir()
    song = "music-delta-80s-rock.stem.mp4"
    (tmp_path / "test" / song).symlink_to(recordings / "musdb-excerpts" / song)
    (track,) = create("musdb18", tmp_path)
    mix, stems = track.mix(), track.stems()
    left = mix.samples - stems.samples.sum(axis=0)
    assert stems.length == mix.length
    assert 10 * np.log10(np.sum(left**2) / np.sum(mix.samples**2)) < -30
