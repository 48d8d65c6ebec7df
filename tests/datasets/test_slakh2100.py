import sys

import numpy as np
import pytest

from partita.core import InputError, MissingExtra
from partita.datasets import create
from partita.io import load


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("slakh2100", tmp_path)


def first(root, **options):
    return next(iter(create("slakh2100", root, **options)))


def added(root, *keys):
    return sum(load(root / f"train/Track00001/stems/{key}.flac").samples for key in keys)


@pytest.mark.parametrize(
    ("number", "groups"),
    [
        ("3", {"drums": ["S01"], "bass": ["S02"], "other": ["S00", "S03", "S04", "S05"]}),
        ("5", {"guitar": ["S00", "S05"], "piano": ["S03"], "other": ["S04"]}),
    ],
)
def test_sources_are_added_up_by_their_class(root, number, groups):
    stems = first(root, stems=number).stems()
    for group, keys in groups.items():
        assert np.allclose(stems[group].samples, added(root, *keys), atol=1e-7), group


def test_all_sources_are_called_by_their_program(root):
    names = first(root, stems="all").stems().names
    assert names[:2] == ("acoustic guitar (nylon)", "drums")
    assert names[-1] == "acoustic guitar (nylon) (2)"


def test_every_note_is_in_the_score_but_those_of_the_drums(root):
    score = first(root, stems="5").hints().score
    assert score.parts == ("guitar", "bass", "piano", "other")
    assert score.pitch_midi.tolist() == [60, 62, 63, 64, 65]
    assert np.allclose(score.onset_s, [0, 0.2, 0.3, 0.4, 0.5], atol=1e-3)
    assert np.allclose(score.offset_s - score.onset_s, 0.1, atol=2e-3)


def test_duplicates_are_read_only_when_they_are_asked_for(root):
    assert "Track00003" not in [track.id for track in create("slakh2100", root)]
    assert [track.id for track in create("slakh2100", root, subset="omitted")] == ["Track00003"]


def test_babyslakh_has_no_subsets_and_says_that_nothing_was_rendered(trees, tmp_path, rng):
    trees["slakh_track"](tmp_path / "Track00001", rng, ending="wav", rendered="false")
    track = first(tmp_path)
    assert np.allclose(track.mix().samples, track.stems().samples.sum(axis=0), atol=1e-3)
    with pytest.raises(InputError, match="has no folder train"):
        list(create("slakh2100", tmp_path, subset="train"))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stems: {}}",
        "stems:\n  ../../S00: {audio_rendered: true, inst_class: Bass, is_drum: false}",
        "stems:\n  S00: {audio_rendered: true}",
        "stems: !!python/object/apply:os.system ['true']",
    ],
)
def test_metadata_that_are_none_are_refused(root, text):
    (root / "train/Track00001/metadata.yaml").write_text(text)
    with pytest.raises(InputError, match="metadata.yaml is") as caught:
        first(root).stems()
    assert "\n" not in str(caught.value)


def test_without_a_reader_of_yaml_the_command_that_installs_it_is_told(root, monkeypatch):
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra, match=r"pip install 'partita\[datasets\]'"):
        first(root).stems()
