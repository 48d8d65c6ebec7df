import numpy as np
import pytest

from partita.core.hints import Pitch
from partita.datasets.annotations import joined_pitch, read_part


def test_tracks_on_one_grid_stay_as_they_are(rng):
    time_s = np.arange(50) * 0.01
    f0s = {name: rng.uniform(100, 200, 50) for name in "ab"}
    joined = joined_pitch({name: Pitch(time_s, {"x": f0}) for name, f0 in f0s.items()})
    for name, f0 in f0s.items():
        assert np.array_equal(joined.f0_hz[name], f0)


def test_a_track_on_another_grid_is_taken_at_its_nearest_frame():
    long = Pitch([0.0, 0.1, 0.2, 0.3, 0.4], {"x": [1.0, 1, 1, 1, 1]})
    short = Pitch([0.01, 0.11, 0.21], {"x": [5.0, 6, 7]})
    assert joined_pitch({"a": long, "b": short}).f0_hz["b"].tolist() == [5, 6, 7, 0, 0]


def test_all_notes_of_a_midi_file_are_one_part(trees, tmp_path):
    path = tmp_path / "a.mid"
    path.write_bytes(trees["midi"]([(0.5, 0.25, 60), (1.0, 1.0, 64)]))
    score = read_part(path, part="flute")
    assert score.parts == ("flute",)
    assert score.onset_s == pytest.approx([0.5, 1.0], abs=1e-3)
    assert score.offset_s == pytest.approx([0.75, 2.0], abs=1e-3)
    assert score.pitch_midi.tolist() == [60, 64]
