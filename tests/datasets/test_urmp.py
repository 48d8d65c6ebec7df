import numpy as np
import pytest

from partita.core import HintError, InputError
from partita.datasets import create


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("urmp", tmp_path)


def track(root, number, **options):
    return list(create("urmp", root, **options))[number]


def test_parts_are_called_by_their_instruments_in_the_order_of_the_score(root):
    assert track(root, 0).stems().names == ("violin", "violin (2)")
    assert track(root, 1).stems().names == ("oboe", "cello")


def test_notes_are_those_of_the_performance(root):
    score = track(root, 1).hints().score
    first = [score.part.index("oboe"), score.part.index("cello")]
    assert score.onset_s[first].tolist() == [0.05, 0.05]
    assert score.offset_s[first] == pytest.approx([0.15, 0.15])
    assert score.pitch_midi[first].tolist() == [69, 81]


def test_pitch_is_zero_where_nothing_sounds(root):
    pitch = track(root, 1).hints().pitch
    assert pitch.f0_hz["cello"][:4].tolist() == [0, 880, 880, 0]
    assert np.allclose(np.diff(pitch.time_s), 0.01)


def test_the_sum_can_stand_for_the_published_mix(root):
    dry = track(root, 0, mix="sum")
    assert np.allclose(dry.mix().samples, dry.stems().samples.sum(axis=0), atol=1e-7)
    assert np.allclose(track(root, 0).mix().samples, 0.7 * dry.mix().samples, atol=1e-4)


def test_the_pieces_may_lie_in_a_folder_called_dataset(make_tree, tmp_path):
    make_tree("urmp", tmp_path / "Dataset")
    assert len(create("urmp", tmp_path)) == 2


def test_a_part_that_is_missing_is_named(root):
    (root / "11_Maria_ob_vc/AuSep_2_vc_11_Maria.wav").unlink()
    with pytest.raises(InputError, match=r"11_Maria_ob_vc: there is no AuSep_2_vc_11_Maria.wav"):
        track(root, 1).stems()
    (root / "11_Maria_ob_vc/F0s_2_vc_11_Maria.txt").unlink()
    with pytest.raises(InputError, match=r"F0s_2_vc_11_Maria.txt does not exist"):
        track(root, 1).hints()


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("Notes_1_ob_11_Maria.txt", "0.1 440\n", "line 1: expected onset, frequency, duration"),
        ("Notes_1_ob_11_Maria.txt", "0.1 -440 1\n", "a frequency and a duration above 0"),
        ("Notes_1_ob_11_Maria.txt", "# nothing\n", "holds no lines"),
        ("F0s_1_ob_11_Maria.txt", "0.1 nan\n", "line 1: expected time, frequency"),
        ("F0s_1_ob_11_Maria.txt", "0.2 440\n0.1 440\n", "times must increase"),
    ],
)
def test_annotations_that_are_none_are_refused(root, file, text, message):
    (root / "11_Maria_ob_vc" / file).write_text(text)
    with pytest.raises(HintError, match=message) as caught:
        track(root, 1).hints()
    assert file in str(caught.value)
