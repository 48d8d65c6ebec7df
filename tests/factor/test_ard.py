import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Relevant, fit, relevant


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("seed", range(3))
def test_the_four_true_components_of_twenty_are_found(norm, seed):
    rng = np.random.default_rng(seed)
    V = rng.gamma(1, size=(40, 4)) @ rng.gamma(1, size=(4, 200))
    V *= rng.gamma(100, 1 / 100, size=V.shape)
    found = fit(V, [Relevant("a", 20, norm=norm, shape=5)], iterations=1000, seed=seed)
    kept = relevant(found.factors["a"]["relevance"])
    assert len(kept) == 4
    W, H = found.factors["a"]["W"][:, kept], found.factors["a"]["H"][kept]
    assert np.allclose(W @ H, found.shares[0], atol=1e-4 * V.max())


def test_more_dispersion_keeps_fewer(rng):
    V = rng.gamma(1, size=(30, 6)) @ rng.gamma(1, size=(6, 80))
    kept = [
        len(
            relevant(
                fit(V, [Relevant("a", 10, dispersion=phi)], iterations=500).factors["a"][
                    "relevance"
                ]
            )
        )
        for phi in (0.01, 1, 20)
    ]
    assert kept[0] > kept[1] > kept[2]


def test_what_cannot_be_is_refused():
    for wrong in ({"rank": 0}, {"shape": 2}, {"dispersion": 0}, {"norm": "l3"}):
        with pytest.raises(UsageError):
            Relevant("a", **{"rank": 2, **wrong})
