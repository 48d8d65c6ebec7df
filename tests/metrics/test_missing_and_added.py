"""Laws of the two perceptual axes, on sounds made here and on real recordings."""

import numpy as np
import pytest

from partita.core import AudioError
from partita.evaluate.ratings import read_ratings
from partita.evaluate.validate_metrics import validate
from partita.io import load
from partita.metrics.added import added
from partita.metrics.heard import fitted_gain, heard_pair
from partita.metrics.missing import lost_share, missing

RATE = 22050
SECONDS = 2


def harmonics(pitch_hz, seed, partials=15, seconds=SECONDS):
    """A voice of sorts: a gliding pitch, notes with pauses, falling partials: (1, time)."""
    rng = np.random.default_rng(seed)
    t = np.arange(seconds * RATE) / RATE
    glide = pitch_hz * (1 + 0.03 * np.sin(2 * np.pi * 5 * t + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(glide) / RATE
    notes = np.clip(np.sin(2 * np.pi * (1 + 0.3 * seed) * t + seed) + 0.6, 0, 1)
    sound = sum(np.sin(n * phase + rng.uniform(0, 6)) / n for n in range(1, partials + 1))
    return (0.1 * sound * notes)[None]


def power(sound):
    return float(np.mean(sound**2))


def at_db(sound, reference, level_db):
    """`sound` so many dB above (or below) the reference."""
    return sound * np.sqrt(power(reference) / power(sound)) * 10 ** (level_db / 20)


def filtered(sound, keep):
    """Only the frequencies at which `keep` (Hz -> bool) holds."""
    spectrum = np.fft.rfft(sound)
    frequency_hz = np.fft.rfftfreq(sound.shape[1], 1 / RATE)
    return np.fft.irfft(spectrum * keep(frequency_hz), sound.shape[1])


@pytest.fixture
def voice():
    return harmonics(180, seed=1)


@pytest.fixture
def other():
    return harmonics(310, seed=2)


def both(reference, estimate, rate=RATE):
    return missing(reference, estimate, rate), added(reference, estimate, rate)


def test_nothing_is_missing_from_or_added_to_itself(voice):
    assert both(voice, voice) == (0, 0)


def test_a_silent_estimate_misses_everything_and_adds_nothing(voice):
    assert both(voice, 0 * voice) == (100, 0)


@pytest.mark.parametrize("gain", [1e-6, 0.03, -1.0, 400.0])
def test_the_level_of_either_signal_does_not_matter(voice, other, gain):
    estimate = filtered(voice, lambda f: f < 1500) + 0.1 * other
    before = both(voice, estimate)
    assert both(voice, gain * estimate) == pytest.approx(before, rel=1e-6)
    assert both(gain * voice, estimate) == pytest.approx(before, rel=1e-6)
    against = [added(voice, estimate, RATE, mix=g * (voice + other)) for g in (1.0, gain)]
    assert against[0] == pytest.approx(against[1], rel=1e-6)


def test_losing_partials_makes_them_missing_and_adds_nothing(voice):
    lost = [both(voice, harmonics(180, seed=1, partials=left)) for left in (12, 7, 4, 2, 1)]
    gone, come = zip(*lost, strict=True)
    assert np.all(np.diff(gone) > 0)
    assert gone[0] > 0
    assert gone[-1] < 100
    assert max(come) < 0.5


def test_another_voice_below_is_added_and_nothing_is_missing(voice, other):
    gone, come = both(voice, voice + at_db(other, voice, -20))
    assert gone < 0.5
    assert come > 5


def test_the_louder_the_other_voice_the_more_is_added(voice, other):
    levels_db = range(-60, 11, 5)
    come = [added(voice, voice + at_db(other, voice, level), RATE) for level in levels_db]
    assert np.all(np.diff(come) > 0)
    assert come[0] < 1


def test_masked_noise_changes_hardly_anything(rng):
    loud = filtered(rng.standard_normal((1, SECONDS * RATE)), lambda f: (f > 200) & (f < 6000))
    noise = filtered(rng.standard_normal(loud.shape), lambda f: (f > 200) & (f < 6000))
    assert max(both(loud, loud + at_db(noise, loud, -25))) < 1


def test_the_same_noise_is_heard_where_nothing_masks_it(rng, voice):
    noise = filtered(rng.standard_normal(voice.shape), lambda f: f > 6000)
    assert added(voice, voice + at_db(noise, voice, -25), RATE) > 10


def test_what_lies_below_the_threshold_of_hearing_is_not_heard(voice):
    t = np.arange(voice.shape[1]) / RATE
    rumble = np.sin(2 * np.pi * 20 * t)[None]  # its threshold lies near 70 dB SPL
    assert max(both(voice, voice + at_db(rumble, voice, -20))) < 0.2
    audible = np.sin(2 * np.pi * 3300 * t)[None]
    assert added(voice, voice + at_db(audible, voice, -20), RATE) > 5


@pytest.mark.parametrize("samples", [1, -7, 20])
def test_a_few_samples_late_is_as_good(voice, samples):
    assert max(both(voice, np.roll(voice, samples, axis=1))) < 1


def test_holes_cost_more_than_a_steady_loss_of_as_much_loudness():
    truth = np.full((1, 400, 10), 1e4)
    holes, thinner = truth.copy(), truth.copy()
    holes[:, 20:-20:10] = 0
    thinner[:, :, :1] = 0  # a tenth of the bands instead of a tenth of the frames
    costs = [lost_share(truth, guess, RATE) for guess in (holes, thinner)]
    assert costs[1] == pytest.approx(0.1, abs=0.02)
    assert costs[0] > 2 * costs[1]


def test_more_than_everything_is_never_missing(voice, rng):
    """Loss lies between 0 and 100 for whatever estimate."""
    t = np.arange(voice.shape[1]) / RATE
    held = np.sin(2 * np.pi * 440 * t)[None]
    for reference in (voice, held):
        for estimate in (held * (np.sin(2 * np.pi * 5 * t) > 0), rng.standard_normal(voice.shape)):
            assert 0 <= missing(reference, estimate, RATE) <= 100
            assert 0 <= added(reference, estimate, RATE) < 100


def test_the_recording_itself_is_half_of_the_scale(voice, other):
    mix = voice + other
    assert added(voice, mix, RATE, mix=mix) == 50
    assert added(voice, voice + 0.1 * other, RATE, mix=mix) < 50


def test_a_recording_that_adds_nothing_is_passed_over(voice, other):
    estimate = voice + 0.1 * other
    assert added(voice, estimate, RATE, mix=voice) == added(voice, estimate, RATE)


def test_a_silent_reference_has_no_answer(voice):
    assert np.isnan(both(0 * voice, voice)).all()


def test_one_channel_counts_as_much_as_two_that_are_equal(voice, other):
    estimate = filtered(voice, lambda f: f < 1500) + 0.1 * other
    twice = both(np.repeat(voice, 2, axis=0), np.repeat(estimate, 2, axis=0))
    assert twice == pytest.approx(both(voice, estimate))


def test_the_gain_is_found_in_spite_of_holes_and_bleed(voice, other):
    estimate = 0.1 * (filtered(voice, lambda f: f < 900) + at_db(other, voice, 0))
    truth, guess = heard_pair(voice, estimate, RATE)
    sounding = truth > 0.1 * truth.max()
    assert np.median(10 * np.log10(guess[sounding] / truth[sounding])) == pytest.approx(0, abs=2)


def test_signals_that_share_nothing_keep_their_level():
    truth = np.zeros((1, 4, 4))
    truth[0, 0] = 10
    assert fitted_gain(truth, np.flip(truth, axis=1)) == 1


def test_tensors_are_refused(voice):
    torch = pytest.importorskip("torch")
    with pytest.raises(AudioError, match="numpy"):
        missing(torch.tensor(voice), torch.tensor(voice), RATE)


def test_listeners_ratings_are_followed(recordings):
    """Every other song of Ward's, for time; docs/metrics-validation.md has all sixteen."""
    every = read_ratings(recordings / "ratings" / "ward2018")
    songs = sorted({item.song for item in every})[::2]
    items = [item for item in every if item.song in songs]
    scores = {}
    for item in items:
        if item.item not in scores:
            sounds = [load(file) for file in (item.reference, item.estimate)]
            scores[item.item] = dict(
                zip(("missing", "added"), both(*(x.samples for x in sounds), 44100), strict=True)
            )
    found = {(row.question, row.metric): row for row in validate(items, scores, resamples=10)}
    # one half of the listeners follows the other half with .94, plain SDR the quality with .03
    assert found["quality", "missing"].spearman > 0.8
    assert found["interference", "added"].spearman > 0.8
    assert found["quality", "missing"].items == 40
