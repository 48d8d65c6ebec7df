import json

import numpy as np
import pytest

from partita.core import InputError
from partita.datasets import create
from partita.io import load


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("moisesdb", tmp_path)


def stems_of(root, **options):
    return next(iter(create("moisesdb", root, **options))).stems()


def added(root, *files):
    folder = root / "moisesdb_v0.1/0a-uuid"
    return sum(load(folder / f"{file}.wav").samples for file in files)


def test_single_tracks_are_added_up_to_the_taxonomy(root):
    stems = stems_of(root, stems="4")
    assert stems.names == ("vocals", "drums", "bass", "other")
    voices = added(root, "vocals/vocals-0", "vocals/vocals-1")
    assert np.allclose(stems["vocals"].samples, voices, atol=1e-7)
    rest = added(root, "guitar/guitar-0", "guitar/guitar-1", "bowed_strings/bowed_strings-0")
    assert np.allclose(stems["other"].samples, rest, atol=1e-7)


def test_a_stem_that_a_song_has_not_is_silent(root):
    for number in ("4", "5", "6"):
        assert not stems_of(root, stems=number)["drums"].samples.any()
    assert not stems_of(root, stems="6")["piano"].samples.any()


def test_all_are_those_that_the_song_has(root):
    assert stems_of(root, stems="all").names == ("vocals", "bass", "guitar", "bowed_strings")


def test_the_folder_with_the_version_will_do(root):
    inner = create("moisesdb", root / "moisesdb_v0.1")
    assert [t.id for t in inner] == [t.id for t in create("moisesdb", root)]


@pytest.mark.parametrize("name", ["../../secret", "..", "", "a/b", "a\\b", "C:x", "x\0y", 7, None])
@pytest.mark.parametrize("place", ["stemName", "id"])
def test_metadata_cannot_lead_out_of_the_song(root, name, place):
    path = root / "moisesdb_v0.1/0a-uuid/data.json"
    content = json.loads(path.read_text())
    target = content["stems"][0] if place == "stemName" else content["stems"][0]["tracks"][0]
    if place == "id" and name in ("", 7, None):
        pytest.skip("a file may be called so")
    target[place] = name
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match="which is no plain file name"):
        stems_of(root)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "{}", '{"stems": 3}', '{"stems": [{}]}'])
def test_metadata_that_are_none_are_refused(root, text):
    path = root / "moisesdb_v0.1/0a-uuid/data.json"
    path.write_text(text)
    with pytest.raises(InputError, match="data.json is"):
        stems_of(root)
