import librosa
import numpy as np
import pytest

from partita.analysis.melody import FARTHEST, melody_path
from partita.core import OptionError

PER_SEMITONE = 4


def gliding(frames=80, pitches=160):
    """A voice that glides, with vibrato."""
    t = np.arange(frames)
    return np.round(40 + t + 5 * np.sin(t / 3)).astype(int).clip(0, pitches - 1)


def strengths(path, rng, pitches=160):
    """The path stands 20 dB above what else there is."""
    strength = rng.gamma(1, 0.01, (pitches, len(path)))
    strength[path, np.arange(len(path))] += 1
    return strength


def test_a_line_is_followed_through_noise(rng):
    path = gliding()
    assert np.array_equal(melody_path(strengths(path, rng), per_semitone=PER_SEMITONE), path)


def test_it_is_the_best_of_all_paths(rng):
    """librosa's Viterbi weighs every pair of states, this one only those that may win."""
    per_semitone, pitches, frames = 2, 50, 60
    strength = rng.gamma(0.3, 1, (pitches, frames)) + 1e-6
    strength[gliding(frames, pitches), np.arange(frames)] += 10
    strength[:, 25:33] *= 1e-4
    place = np.arange(pitches)
    steps = np.abs(place[:, None] - place) // per_semitone
    price = np.full((pitches + 1, pitches + 1), float(FARTHEST))
    price[:-1, :-1] = np.minimum(steps, FARTHEST)
    price[-1, -1] = 0
    loud = np.percentile(strength.max(axis=0), 95)
    silence = np.full((1, frames), loud / 10**0.5)  # 5 dB below
    evidence = np.concatenate([np.maximum(strength, 1e-12 * loud), silence])
    weights = np.exp(-price)
    # librosa wants distributions: rows that add up to one, and likelihoods up to one. One common
    # factor changes no path, and what is missing in a row goes to a state that is never seen.
    scale = weights.sum(axis=1).max()
    transition = np.zeros((pitches + 2, pitches + 2))
    transition[:-1, :-1] = weights / scale
    transition[:, -1] = 1 - transition.sum(axis=1)
    seen = np.concatenate([evidence / evidence.max(), np.zeros((1, frames))])
    start = np.append(np.full(pitches + 1, 1 / (pitches + 1)), 0)
    expected = librosa.sequence.viterbi(seen, transition, p_init=start).astype(int)
    expected = np.where(expected == pitches, -1, expected)
    found = melody_path(strength, per_semitone=per_semitone, silence_db=5)
    assert np.any(found == -1)
    assert np.any(found >= 0)
    assert np.array_equal(found, expected)


def test_a_stronger_click_elsewhere_does_not_divert_it(rng):
    path = np.full(30, 60)
    strength = strengths(path, rng)
    strength[120, 15] = 5
    assert melody_path(strength, per_semitone=PER_SEMITONE)[15] == 60


def test_a_leap_of_any_size_costs_the_same(rng):
    for farther in (11, 14, 20):
        path = np.repeat([20, 20 + PER_SEMITONE * farther], 20)
        found = melody_path(strengths(path, rng), per_semitone=PER_SEMITONE)
        assert np.array_equal(found, path)


def test_where_all_is_weak_it_is_silent(rng):
    path = np.full(60, 70)
    strength = strengths(path, rng)
    strength[:, 20:40] *= 1e-5
    found = melody_path(strength, per_semitone=PER_SEMITONE)
    assert np.all(found[20:40] == -1)
    assert np.all(found[:20] == 70)
    assert np.all(found[40:] == 70)


def test_a_louder_recording_has_the_same_melody(rng):
    strength = strengths(gliding(), rng)
    quiet, loud = (melody_path(k * strength, per_semitone=PER_SEMITONE) for k in (1e-9, 1e6))
    assert np.array_equal(quiet, loud)


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_silence_has_no_melody(frames):
    assert np.array_equal(melody_path(np.zeros((10, frames)), per_semitone=1), np.full(frames, -1))


def test_options_out_of_range_are_refused():
    for bad in ({"per_semitone": 0}, {"per_semitone": 1, "leap_cost": -1}):
        with pytest.raises(OptionError, match="melody"):
            melody_path(np.ones((3, 3)), **bad)
    with pytest.raises(OptionError, match="pitches, frames"):
        melody_path(np.ones(3), per_semitone=1)
