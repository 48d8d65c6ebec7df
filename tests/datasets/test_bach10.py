import numpy as np
import pytest

from partita.core import InputError
from partita.datasets import create


@pytest.fixture
def root(make_tree, tmp_path):
    return make_tree("bach10", tmp_path)


def first(root):
    return next(iter(create("bach10", root)))


def test_pitch_is_in_hz_and_its_first_frame_is_centred_at_23_ms(root):
    pitch = first(root).hints().pitch
    assert pitch.time_s[:2] == pytest.approx([0.023, 0.033])
    assert pitch.f0_hz["violin"][:4] == pytest.approx([0, 0, 0, 440])
    assert pitch.f0_hz["saxophone"][3] == pytest.approx(261.63, abs=0.01)


def test_a_note_lasts_from_the_edge_of_its_first_frame_to_that_of_its_last(root):
    score = first(root).hints().score
    assert set(score.parts) == {"violin", "clarinet", "saxophone", "bassoon"}
    # Frames 4 to 18, counted from 1: centres at 53 and 193 ms.
    assert score.onset_s == pytest.approx([0.048] * 4)
    assert score.offset_s == pytest.approx([0.198] * 4)
    assert sorted(score.pitch_midi) == [48, 60, 64, 69]


def test_both_spellings_of_the_saxophone_are_read(root):
    before = first(root).stems().samples
    folder = root / "01-AchGott"
    (folder / "01-AchGott-saxphone.wav").rename(folder / "01-AchGott-saxophone.wav")
    assert np.array_equal(first(root).stems().samples, before)


def test_the_version_may_have_a_folder_of_its_own(make_tree, tmp_path):
    make_tree("bach10", tmp_path / "Bach10_v1.1")
    assert len(create("bach10", tmp_path)) == 2


@pytest.mark.parametrize("variable", ["GTF0s", "GTNotes"])
@pytest.mark.parametrize(
    "content",
    [b"", b"la la la", b"MATLAB 5.0 MAT-file" + bytes(200), np.zeros((3, 7)), np.zeros(0), "text"],
)
def test_annotations_that_are_none_are_refused(root, variable, content):
    from scipy.io import savemat

    path = root / f"01-AchGott/01-AchGott-{variable}.mat"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        savemat(path, {variable: content})
    with pytest.raises(InputError, match=path.name) as caught:
        first(root).hints()
    assert "\n" not in str(caught.value)
