import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Placed, fit


def test_components_and_their_places_are_found(rng):
    """With three channels the factors of a three-way array are unique up to order and scale."""
    W, H, Q = (
        rng.gamma(0.4, size=(30, 3)),
        rng.gamma(0.4, size=(3, 50)),
        rng.gamma(0.4, size=(3, 3)),
    )
    V = np.einsum("ck,fk,kt->cft", Q, W, H)
    found = fit(V, [Placed("a", 3)], iterations=1500, seed=1)
    ours, truth = found.factors["a"]["Q"], Q / Q.sum(axis=0)
    distance = np.abs(ours[:, :, None] - truth[:, None]).max(axis=0)
    assert np.all(distance.min(axis=0) < 0.02)
    assert np.allclose(found.shares[0], V, atol=0.02 * V.max())


def test_its_gains_add_up_to_one(spectrogram):
    Q = fit(spectrogram(2), [Placed("a", 4)], iterations=5).factors["a"]["Q"]
    assert np.allclose(Q.sum(axis=0), 1)


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="rank"):
        Placed("a", 0)
