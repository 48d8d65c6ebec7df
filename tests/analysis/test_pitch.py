import csv

import librosa
import mir_eval
import numpy as np
import pytest
from scipy import stats

from partita.analysis.pitch import PRIOR, difference, dip_probabilities, normalised, pyin
from partita.core import OptionError
from partita.io import load

RATE = 16000


def buzz(f0_hz: np.ndarray) -> np.ndarray:
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    return sum(np.sin(k * phase + k) / k**1.5 for k in range(1, 7))


def cents(found_hz, f0_hz):
    return np.abs(1200 * np.log2(found_hz / f0_hz))


@pytest.mark.parametrize("f0_hz", [70, 110, 261.6, 440, 987])
def test_the_pitch_of_a_steady_tone_is_found(f0_hz):
    track = pyin(buzz(np.full(RATE, float(f0_hz))), rate=RATE)
    assert np.max(cents(track.f0_hz[8:-8], f0_hz)) < 3
    assert np.all(track.voiced[8:-8] > 0.9)


def test_a_vibrato_is_followed():
    t = np.arange(2 * RATE) / RATE
    f0_hz = 300 * 2 ** (0.5 * np.sin(2 * np.pi * 5 * t) / 12)
    track = pyin(buzz(f0_hz), rate=RATE)
    true = np.interp(track.time_s, t, f0_hz)
    assert np.percentile(cents(track.f0_hz, true)[4:-4], 95) < 4


def test_noise_and_silence_have_no_pitch(rng):
    sound = np.concatenate([rng.standard_normal(RATE), np.zeros(RATE), buzz(np.full(RATE, 220.0))])
    track = pyin(sound, rate=RATE)
    assert np.mean(track.f0_hz[:95] == 0) > 0.9
    assert np.all(track.f0_hz[110:190] == 0)
    assert np.all(track.f0_hz[210:290] > 0)


def test_the_level_changes_nothing():
    x = buzz(np.linspace(150, 300, RATE))
    quiet, loud = pyin(1e-3 * x, rate=RATE), pyin(30 * x, rate=RATE)
    assert np.allclose(quiet.f0_hz, loud.f0_hz)


def test_the_difference_is_that_of_the_definition(rng):
    frame = rng.standard_normal((1, 90))
    width = 60
    d = [np.sum((frame[0, :width] - frame[0, tau : tau + width]) ** 2) for tau in range(31)]
    expected = [1.0, *(d[tau] * tau / np.sum(d[1 : tau + 1]) for tau in range(1, 31))]
    assert np.allclose(difference(frame, width)[0], d)
    assert np.allclose(normalised(difference(frame, width))[0], expected)


def test_a_dip_is_as_probable_as_the_thresholds_that_pick_it(rng):
    """Thresholds drawn at random, the first dip below each, as in the definition."""
    d = np.array([1, 0.6, 0.9, 0.3, 0.8, 0.35, 0.7, 0.05, 0.9])
    picked = np.zeros(len(d))
    for threshold in stats.beta(*PRIOR).rvs(20_000, random_state=rng):
        below = [i for i in (1, 3, 5, 7) if d[i] < threshold]
        if below:
            picked[below[0]] += 1 / 20_000
    chance = dip_probabilities(d[None])[0]
    # four standard deviations of the draw, and the last resort
    assert np.allclose(chance, picked, atol=0.015)
    assert chance[5] == 0


def test_no_samples_give_one_frame_without_pitch():
    track = pyin(np.zeros(0), rate=RATE)
    assert track.f0_hz.tolist() == [0]


def test_a_range_out_of_the_spectrum_is_refused():
    for low_hz, high_hz in ((0, 100), (200, 100), (100, 9000)):
        with pytest.raises(OptionError, match="pitches"):
            pyin(np.zeros(100), rate=RATE, low_hz=low_hz, high_hz=high_hz)


@pytest.mark.parametrize(
    ("singer", "column", "low_hz", "high_hz"),
    [("Soprano_405", 1, 150, 1100), ("Bajos_404", 4, 60, 420)],
)
def test_choir_singers_are_followed_as_well_as_by_librosa(
    recordings, singer, column, low_hz, high_hz
):
    """20 s of a singer, against the pitch that comes with the recordings."""
    folder = recordings / "choral-singing"
    audio = load(folder / f"nino_{singer}.flac", start_s=8, duration_s=20)
    with (folder / "f0" / "satb_singer4.csv").open(newline="") as file:
        rows = [[float(x or 0) for x in row] for row in list(csv.reader(file))[1:] if row[0]]
    table = np.array(rows)[500:1750]
    time_s, f0_hz = table[:, 0] / 1000 - 8, table[:, column]
    x = audio.samples[0]
    ours = pyin(x, rate=RATE, low_hz=low_hz, high_hz=high_hz, hop_s=0.016)
    options = {"fmin": low_hz, "fmax": high_hz, "frame_length": 1024, "hop_length": 256}
    theirs, voiced, _ = librosa.pyin(x, sr=RATE, **options)
    tracks = {
        "ours": (ours.time_s, ours.f0_hz),
        "theirs": (np.arange(len(theirs)) * 0.016, np.where(voiced, theirs, 0)),
    }
    accuracy = {}
    for name, (at_s, found_hz) in tracks.items():
        series = mir_eval.melody.to_cent_voicing(time_s, f0_hz, at_s, np.nan_to_num(found_hz))
        accuracy[name] = mir_eval.melody.raw_pitch_accuracy(*series, cent_tolerance=25)
    assert accuracy["ours"] > 0.93
    assert accuracy["ours"] > accuracy["theirs"] - 0.02
