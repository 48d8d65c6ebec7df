import numpy as np
import pytest

from partita.core import Audio, HintError, InputError, PartitaWarning
from partita.io import example, read_example, save


def test_an_example_is_a_clip_with_a_name(tmp_path, noise):
    save(tmp_path / "solo.wav", noise)
    clip = read_example("Guitar", tmp_path / "solo.wav")
    assert clip.source == "guitar"
    assert np.array_equal(clip.audio.samples, noise.samples)


def test_a_silent_example_is_refused(tmp_path):
    save(tmp_path / "solo.wav", Audio(np.zeros((1, 800)), 8000))
    with pytest.raises(HintError, match="the example of guitar is silent"):
        read_example("guitar", tmp_path / "solo.wav")


def test_of_a_long_clip_the_beginning_is_used(tmp_path, noise, monkeypatch):
    save(tmp_path / "solo.wav", noise)
    monkeypatch.setattr(example, "MAX_S", 0.5)
    with pytest.warns(PartitaWarning, match="only the first"):
        clip = read_example("guitar", tmp_path / "solo.wav")
    assert clip.audio.duration_s == 0.5


def test_a_clip_needs_a_name_and_a_file(tmp_path, noise):
    save(tmp_path / "solo.wav", noise)
    with pytest.raises(HintError, match="needs the name of its source"):
        read_example(" ", tmp_path / "solo.wav")
    with pytest.raises(InputError, match="does not exist"):
        read_example("guitar", tmp_path / "none.wav")
