"""What is drawn, whatever comes: odd names, silence, hours."""

import io
import os

import numpy as np
import pytest

from partita.core import Activity, Audio, Score
from partita.core.understood import Components, PitchTracks, PlacedScore, Strokes
from partita.jobs.pictures import picture
from partita.jobs.spectrogram import PitchSpectrogram, pitch_spectrogram
from partita.jobs.streaming import AudioReader

Image = pytest.importorskip("PIL.Image", reason="the extra 'eval' is not installed")
pytest.importorskip("matplotlib", reason="the extra 'eval' is not installed")

RATE = 16_000


def test_names_are_drawn_as_they_are():
    """Dollars are no formulas; letters that no font has, and undecodable bytes, no error."""
    silence = pitch_spectrogram(AudioReader(Audio(np.zeros((1, RATE), np.float32), RATE)))
    shown = Activity([0.0], [0.5], ("$x_{",))
    for title in ("$\\frac{", "詩\u0378", os.fsdecode(b"\xff.wav"), "x" * 300):
        name, data = picture(shown, title, silence)
        assert name == "activity"
        assert Image.open(io.BytesIO(data)).size[0] == 1200


def test_silence_and_nothing_at_all_can_be_drawn():
    silence = pitch_spectrogram(AudioReader(Audio(np.zeros((2, 3), np.float32), RATE)))
    none, t = np.zeros(4), np.arange(4) / 10
    empty_score = Score([], [], [], ())
    for shown in (
        Components(("a", "b"), np.zeros((9, 2)), np.arange(9.0), np.zeros((2, 4)), t, np.arange(2)),
        PitchTracks(t, {"a": none}, {"a": none}),
        PlacedScore(empty_score, np.array([0.0, 1]), np.array([0.0, 2]), True, None),
        Strokes(("a",), np.zeros((1, 9, 2)), np.arange(9.0), 0.1, np.zeros((1, 4)), t),
        Activity([], [], ()),
    ):
        _, data = picture(shown, "silence", silence)
        assert data.startswith(b"\x89PNG")


def test_a_long_recording_has_a_wide_picture_but_no_endless_one():
    def width(duration_s):
        hz, time_s = np.array([100.0, 200.0]), np.arange(2.0)
        sound = PitchSpectrogram(np.zeros((2, 2)), hz, time_s, duration_s)
        _, data = picture(Activity([0.0], [1.0], ("a",)), "song", sound)
        return Image.open(io.BytesIO(data)).size[0]

    assert [width(s) for s in (10, 200, 36_000)] == [1200, 2500, 4000]
