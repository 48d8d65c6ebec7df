import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, fit
from partita.factor.activations import activations


@pytest.mark.parametrize("beta", [0, 1, 2])
def test_it_is_the_solver_with_known_spectra(rng, spectrogram, beta):
    V, W = spectrogram() + 0.01, rng.random((30, 4))
    H = np.repeat(V.sum(axis=0, keepdims=True) / W.sum(), 4, axis=0)
    block = Free("a", 4, W=Factor(start=W, fixed=True), H=Factor(start=H))
    theirs = fit(V, [block], beta=beta, iterations=30).factors["a"]["H"]
    assert np.allclose(activations(V, W, beta=beta, iterations=30), theirs)


def test_planted_activations_are_found(rng):
    W, H = rng.gamma(0.3, size=(50, 4)), rng.gamma(0.3, size=(4, 20))
    assert np.allclose(activations(W @ H, W, iterations=2000), H, atol=1e-3 * H.max())


def test_a_frame_depends_on_no_other(rng):
    V, W = rng.random((20, 600)), rng.random((20, 3))
    whole = activations(V, W, iterations=10)
    assert np.allclose(whole[:, 100:300], activations(V[:, 100:300], W, iterations=10), rtol=1e-6)


def test_silence_has_none(rng):
    assert not activations(np.zeros((5, 4)), rng.random((5, 2))).any()
    assert not activations(rng.random((5, 4)), np.zeros((5, 2))).any()


def test_bins_must_agree(rng):
    with pytest.raises(UsageError, match="same bins"):
        activations(rng.random((5, 4)), rng.random((6, 2)))
