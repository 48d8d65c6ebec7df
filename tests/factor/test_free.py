import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, Sparse, fit


def test_planted_components_are_found(rng):
    """Disjoint enough for a unique answer: each component has bins and frames of its own."""
    W, H = rng.gamma(0.2, size=(60, 4)), rng.gamma(0.2, size=(4, 100))
    found = fit(W @ H, [Free("a", 4)], iterations=1000, seed=3)
    ours = found.factors["a"]["W"]
    W = W / W.sum(axis=0)
    likeness = W.T @ ours / np.outer(np.linalg.norm(W, axis=0), np.linalg.norm(ours, axis=0))
    assert np.all(likeness.max(axis=1) > 0.999)
    assert sorted(likeness.argmax(axis=1)) == [0, 1, 2, 3]


def test_what_is_fixed_stays_and_what_is_zero_stays_zero(rng, spectrogram):
    W = rng.random((30, 3))
    W[5:9] = 0
    columns, mask = np.array([True, False, False]), rng.random((3, 50)) < 0.5
    block = Free("a", 3, W=Factor(start=W, fixed=columns), H=Factor(mask=mask))
    found = fit(spectrogram(), [block], iterations=20).factors["a"]
    assert np.array_equal(found["W"][:, 0], W[:, 0])
    assert not np.allclose(found["W"][:, 1:], W[:, 1:])
    assert not found["W"][5:9].any()
    assert not found["H"][~mask].any()


def test_a_known_spectrum_finds_its_activation_beside_an_unknown_one(rng):
    W, H = rng.gamma(0.3, size=(80, 2)), rng.gamma(0.3, size=(2, 60))
    known = Free("known", 1, W=Factor(start=W[:, :1], fixed=True))
    found = fit(W @ H, [known, Free("rest", 1)], iterations=500)
    assert np.allclose(found.factors["known"]["H"][0], H[0], atol=0.01 * H.max())


def test_columns_add_up_to_one(spectrogram):
    W = fit(spectrogram(), [Free("a", 3)], iterations=5).factors["a"]["W"]
    assert np.allclose(W.sum(axis=0), 1)


def test_more_sparsity_means_fewer_components_at_a_time(rng):
    """Measured as Hoyer does: 1 where only one entry is not zero, 0 where all are equal."""
    V = rng.gamma(0.5, size=(40, 4)) @ rng.gamma(0.5, size=(4, 80)) + 0.1
    sparseness = []
    for weight in (0, 0.3, 1):
        H = fit(V, [Free("a", 6, sparsity=weight)], iterations=400).factors["a"]["H"]
        ratio = H.sum(axis=0) / np.linalg.norm(H, axis=0)
        sparseness.append(np.mean((6**0.5 - ratio) / (6**0.5 - 1)))
    assert sparseness[0] < sparseness[1] < sparseness[2]


def test_an_l1_prior_silences_what_little_is_there(rng):
    W = np.eye(10)
    V = W @ rng.uniform(0.1, 2, (10, 30))
    V[0] *= 0.1
    block = Free("a", 10, W=Factor(start=W, fixed=True), H=Factor(prior=Sparse(1.0)))
    H = fit(V, [block], beta=2, iterations=300).factors["a"]["H"]
    # for Euclid and W = I the answer is known: soft thresholding
    assert np.allclose(H, np.maximum(V - 1, 0), atol=1e-2)


def test_bad_starts_are_refused(spectrogram):
    for start, why in ((np.ones((30, 3)), "shape"), (np.full((30, 2), -1.0), "not negative")):
        with pytest.raises(UsageError, match=why):
            fit(spectrogram(), [Free("a", 2, W=Factor(start=start))])
    with pytest.raises(UsageError, match="rank"):
        Free("a", 0)
    with pytest.raises(UsageError, match="sparsity"):
        Free("a", 1, sparsity=-1)
