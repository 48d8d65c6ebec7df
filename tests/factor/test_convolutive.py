import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Convolutive, Factor, Free, fit


def test_a_length_of_one_is_plain_factorization(rng, spectrogram):
    V, W, H = spectrogram(), rng.random((30, 3)), rng.random((3, 50))
    plain = Free("a", 3, W=Factor(start=W), H=Factor(start=H))
    block = Convolutive("a", 3, 1, W=Factor(start=W[..., None]), H=Factor(start=H))
    one, other = (fit(V, [b], iterations=20) for b in (plain, block))
    assert np.allclose(one.cost, other.cost)
    assert np.allclose(one.shares, other.shares)


def test_the_share_is_the_convolution(rng):
    W, H = rng.random((7, 2, 3)), rng.random((2, 9))
    block = Convolutive("a", 2, 3, W=Factor(W, fixed=True), H=Factor(H, fixed=True))
    share = fit(np.ones((7, 9)), [block], iterations=1).shares[0]
    direct = sum(
        np.convolve(W[f, r], H[r])[:9] * np.eye(7)[f][:, None] for f in range(7) for r in (0, 1)
    )
    assert np.allclose(share, direct)


def convolved(W, H):
    """(freq, frames) for W (freq, length) and H (frames,)."""
    return sum(np.outer(w, np.r_[np.zeros(k), H[: len(H) - k]]) for k, w in enumerate(W.T))


def test_two_planted_hits_are_told_apart(rng):
    """Hits that overlap in time: the short spectrograms and the places of the hits are found."""
    W = rng.gamma(0.3, size=(2, 40, 5)) * np.exp(-0.5 * np.arange(5))
    H = np.zeros((2, 120))
    H[0, ::11], H[1, 4::7] = 1, rng.uniform(0.5, 1, len(H[1, 4::7]))
    V = sum(convolved(w, h) for w, h in zip(W, H, strict=True))
    runs = [fit(V, [Convolutive("a", 2, 5)], iterations=400, seed=s) for s in range(4)]
    found = min(runs, key=lambda run: run.cost[-1])  # a start may end in a poor minimum
    likeness = np.corrcoef(np.vstack([H, found.factors["a"]["H"]]))[:2, 2:]
    assert np.all(likeness.max(axis=1) > 0.98)
    assert sorted(likeness.argmax(axis=1)) == [0, 1]


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="length"):
        Convolutive("a", 2, 0)
