import numpy as np
import pytest

from partita.core import InputError
from partita.datasets import create
from partita.io import load


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("medleydb", tmp_path)


def first(root, **options):
    return next(iter(create("medleydb", root, **options)))


def added(root, *numbers):
    folder = root / "Audio/Artist_Title/Artist_Title_STEMS"
    return sum(load(folder / f"Artist_Title_STEM_{n:02}.wav").samples for n in numbers)


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("4", {"vocals": [1], "drums": [2, 8], "bass": [3, 5], "other": [4, 6, 7]}),
        ("6", {"vocals": [1], "bass": [3, 5], "guitar": [4], "piano": [7], "other": [6]}),
    ],
)
def test_stems_are_added_up_by_their_instruments(root, number, groups):
    stems = first(root, stems=number).stems()
    for group, numbers in groups.items():
        assert np.allclose(stems[group].samples, added(root, *numbers), atol=1e-7), group


def test_all_stems_are_called_by_their_instruments(root):
    names = first(root, stems="all").stems().names
    assert names[:3] == ("female singer", "drum set", "electric bass")
    assert names[-1] == "drum set (2)"


def test_several_instruments_are_theirs_only_if_all_agree(trees, tmp_path, rng):
    instruments = (("[violin, female singer]", ""), ("[male singer, choir]", ""))
    trees["medley_track"](tmp_path / "A_B", rng, instruments=instruments)
    stems = first(tmp_path).stems()
    one, two = (load(tmp_path / f"A_B/A_B_STEMS/A_B_STEM_0{n}.wav").samples for n in (1, 2))
    assert np.array_equal(stems["other"].samples, one)
    assert np.array_equal(stems["vocals"].samples, two)


def test_the_sum_can_stand_for_the_mastered_mix(root):
    track = first(root, mix="sum")
    assert np.allclose(track.mix().samples, track.stems().samples.sum(axis=0), atol=1e-7)
    published = first(root).mix().samples
    assert np.max(np.abs(published - track.mix().samples)) > 0.01


def test_tracks_with_bleed_can_be_left_out(root):
    assert [track.id for track in create("medleydb", root, bleed="leave out")] == ["Artist_Title"]


def test_metadata_may_lie_in_a_folder_of_their_own(root):
    (root / "Metadata").mkdir()
    name = "Artist_Title_METADATA.yaml"
    (root / "Audio/Artist_Title" / name).rename(root / "Metadata" / name)
    assert first(root).stems()["bass"].samples.any()
    (root / "Metadata" / name).unlink()
    with pytest.raises(InputError, match=f"Artist_Title: there is no {name} in"):
        first(root).stems()


@pytest.mark.parametrize(
    "text",
    ["3", "stems:", "stems: {X: 1}", "stems: {S01: {component: a}}", "stems: {../S1: {}}", "{"],
)
def test_metadata_that_are_none_are_refused(root, text):
    (root / "Audio/Artist_Title/Artist_Title_METADATA.yaml").write_text(text)
    with pytest.raises(InputError, match=r"_METADATA.yaml is no"):
        first(root).stems()
