import pytest

from partita.core import InputError
from partita.datasets import create


def test_a_missing_stem_is_named_with_its_song_when_it_is_loaded(make_tree, tmp_path):
    root = make_tree("musdb18hq", tmp_path)
    (root / "test/Song - B/bass.wav").unlink()
    (track,) = create("musdb18hq", root, subset="test")
    with pytest.raises(InputError, match=r"Song - B: there is no bass.wav in .*test/Song - B"):
        track.stems()


def test_the_songs_for_validation_are_those_of_musdb18(make_tree, tmp_path):
    root = make_tree("musdb18hq", tmp_path)
    for subset, song in (("train", "Song - A"), ("valid", "ANiMAL - Rockshow")):
        assert [track.id for track in create("musdb18hq", root, subset=subset)] == [song]
