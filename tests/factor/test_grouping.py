import numpy as np
import pytest

from partita.core import UsageError
from partita.factor.grouping import group, timbre

FREQ_HZ = np.arange(1025) * 44100 / 2048


def tones(envelope, f0s_hz):
    """(freq, tones): harmonic spectra under one envelope."""
    columns = []
    for f0 in f0s_hz:
        partials = np.exp(-(((FREQ_HZ % f0) / 20) ** 2)) + np.exp(
            -(((f0 - FREQ_HZ % f0) / 20) ** 2)
        )
        columns.append(partials * envelope)
    return np.stack(columns, axis=1)


def test_spectra_of_one_colour_and_many_pitches_are_grouped():
    dark, bright = np.exp(-FREQ_HZ / 400), np.exp(-(((FREQ_HZ - 3000) / 1500) ** 2)) + 1e-3
    pitches = (110, 131, 165, 196, 220, 262)
    W = np.concatenate([tones(dark, pitches), tones(bright, pitches)], axis=1)
    labels = group(timbre(W, FREQ_HZ), 2)
    assert len(set(labels[:6])) == len(set(labels[6:])) == 1
    assert labels[0] != labels[6]


def test_loudness_is_no_colour(rng):
    W = rng.gamma(1, size=(1025, 4))
    assert np.allclose(timbre(W, FREQ_HZ), timbre(1000 * W, FREQ_HZ))


def test_groups_are_those_of_scikit_learn(rng):
    cluster = pytest.importorskip("sklearn.cluster")
    centres = 6 * rng.standard_normal((4, 5))
    points = np.repeat(centres, 25, axis=0) + rng.standard_normal((100, 5))
    theirs = cluster.KMeans(4, n_init=10, random_state=0).fit(points).labels_
    ours = group(points, 4)
    pairs = set(zip(ours, theirs, strict=True))
    assert len(pairs) == 4


def test_what_counts_more_decides_the_centre():
    points = np.array([[0.0], [1.0], [5.0], [6.0], [20.0]])
    light = group(points, 2, weights=np.array([1, 1, 1, 1, 1e-9]))
    heavy = group(points, 2, weights=np.array([1, 1, 1, 1, 1e9]))
    assert light[1] != light[2]
    assert heavy[1] == heavy[2] != heavy[4]


def test_fewer_items_than_groups():
    assert len(set(group(np.arange(3.0)[:, None], 5))) == 3
    assert group(np.zeros((4, 2)), 3).shape == (4,)


def test_silent_spectra_are_no_trouble():
    assert np.all(np.isfinite(timbre(np.zeros((1025, 2)), FREQ_HZ)))


def test_no_group_is_refused():
    with pytest.raises(UsageError, match="at least 1"):
        group(np.zeros((4, 2)), 0)
