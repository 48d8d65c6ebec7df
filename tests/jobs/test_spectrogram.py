import numpy as np

from partita.core import Audio
from partita.jobs.spectrogram import FRAMES, RANGE_DB, pitch_spectrogram
from partita.jobs.streaming import AudioReader

RATE = 16_000


def test_a_tone_lies_at_its_pitch_in_the_spectrogram():
    t = np.arange(4 * RATE) / RATE
    tone = Audio(np.sin(2 * np.pi * 440 * t)[None] * (t > 2), RATE)
    seen = pitch_spectrogram(AudioReader(tone))
    later = seen.level_db[:, seen.time_s > 2.5].mean(axis=1)
    assert abs(12 * np.log2(seen.freq_hz[np.argmax(later)] / 440)) < 0.34  # a third of a semitone
    assert seen.level_db[:, seen.time_s < 1.5].max() < -50
    assert seen.duration_s == 4


def test_levels_are_relative_to_the_loudest_cell(noise):
    for gain in (1.0, 1e-3):
        quiet = Audio(gain * noise.samples, noise.rate)
        level_db = pitch_spectrogram(AudioReader(quiet)).level_db
        assert level_db.max() == 0
        assert level_db.min() >= -RANGE_DB
    silent = pitch_spectrogram(AudioReader(Audio(np.zeros((1, RATE), np.float32), RATE)))
    assert np.all(silent.level_db == -RANGE_DB)


def test_a_long_recording_has_no_more_frames_than_a_picture_needs():
    rate = 8000
    seen = pitch_spectrogram(AudioReader(Audio(np.ones((1, 130 * rate), np.float32), rate)))
    assert FRAMES / 2 <= len(seen.time_s) <= FRAMES
    assert np.allclose(np.diff(seen.time_s), seen.time_s[1])
    assert seen.time_s[-1] > 129.9
