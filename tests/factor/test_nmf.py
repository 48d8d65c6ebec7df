import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, fit, nmf

BETAS = (0, 0.5, 1, 1.5, 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("beta", BETAS)
def test_the_cost_never_rises(spectrogram, beta, dtype):
    V = spectrogram().astype(dtype)
    _, _, cost = nmf(V, 4, beta=beta, iterations=60, cost_every=1)
    assert len(cost) == 61
    assert np.max(np.diff(cost)) <= (1e-12 if dtype == np.float64 else 1e-5) * cost[0]


@pytest.mark.parametrize("beta", [0, 1])
def test_it_costs_what_scikit_learn_s_costs_from_the_same_start(rng, beta):
    decomposition = pytest.importorskip("sklearn.decomposition")
    V = rng.gamma(1, size=(80, 8)) @ rng.gamma(1, size=(8, 120)) * rng.gamma(4, size=(80, 120))
    W, H = rng.uniform(0.5, 1.5, (80, 10)), rng.uniform(0.5, 1.5, (10, 120))
    _, _, cost = nmf(V, 10, beta=beta, iterations=100, W=W, H=H)
    theirs = decomposition.non_negative_factorization(
        V,
        W=W.copy(),
        H=H.copy(),
        n_components=10,
        init="custom",
        solver="mu",
        beta_loss=beta,
        max_iter=100,
        tol=0,
    )
    ratio = V / (theirs[0] @ theirs[1])
    each = ratio - np.log(ratio) - 1 if beta == 0 else V * np.log(ratio) - V + V / ratio
    assert cost[-1] == pytest.approx(each.sum(), rel=0.01)


@pytest.mark.parametrize("beta", BETAS)
def test_it_updates_as_the_solver_does(spectrogram, rng, beta):
    """One iteration here is W, then H; there each is updated alone, the other being fixed."""
    V = spectrogram() + 0.01
    W, H = rng.uniform(0.5, 1.5, (30, 3)), rng.uniform(0.5, 1.5, (3, 50))
    first_W, first_H, _ = nmf(V, 3, beta=beta, iterations=1, W=W, H=H)
    for fixed in ("H", "W"):
        block = Free("a", 3, W=Factor(W, fixed=fixed == "W"), H=Factor(H, fixed=fixed == "H"))
        factors = fit(V, [block], beta=beta, iterations=1).factors["a"]
        W, H = factors["W"], factors["H"]
    assert np.allclose(W / W.sum(axis=0), first_W)
    assert np.allclose(W @ H, first_W @ first_H)


def test_zeros_of_a_start_stay_zero(rng, spectrogram):
    H = rng.random((3, 50)) * (rng.random((3, 50)) < 0.5)
    W = rng.random((30, 3))
    W[3] = 0
    found_W, found_H, _ = nmf(spectrogram(), 3, iterations=20, W=W, H=H)
    assert not found_H[H == 0].any()
    assert not found_W[3].any()


def test_what_starts_at_random_is_not_stuck_at_zero(rng):
    """Entries at their least value come back as zeros, others do not."""
    V = np.zeros((20, 30))
    V[:10, :15], V[10:, 15:] = rng.random((10, 15)) + 0.1, rng.random((10, 15)) + 0.1
    W, H, _ = nmf(V, 2, iterations=200)
    assert np.mean(W == 0) == pytest.approx(0.5)
    assert np.mean(H == 0) == pytest.approx(0.5)


def test_the_memory_order_of_the_input_does_not_matter(spectrogram):
    V = spectrogram()
    for one, other in zip(nmf(V, 3), nmf(np.asfortranarray(V), 3), strict=True):
        assert np.array_equal(one, other)


def test_the_input_and_the_start_are_not_changed(spectrogram, rng):
    V, W, H = spectrogram(), rng.random((30, 3)), rng.random((3, 50))
    before = [x.copy() for x in (V, W, H)]
    nmf(V, 3, W=W, H=H, beta=0, iterations=5)
    assert all(np.array_equal(*pair) for pair in zip((V, W, H), before, strict=True))


def test_many_rows_are_worked_on_in_slices_and_give_the_same(rng, monkeypatch):
    from partita.factor import nmf as call

    module = __import__("sys").modules[call.__module__]
    V = rng.random((300, 20))
    whole = nmf(V, 3, iterations=20)
    monkeypatch.setattr(module, "SLICE_BYTES", 1)
    monkeypatch.setattr(module, "LEAST_ROWS", 7)
    for one, other in zip(whole, nmf(V, 3, iterations=20), strict=True):
        assert np.allclose(one, other, rtol=1e-9, atol=1e-12)


def test_silence_has_no_components():
    W, H, cost = nmf(np.zeros((5, 6)), 2)
    assert np.all(np.isfinite(W))
    assert H.max() < 1e-6
    assert np.all(np.isfinite(cost))


def test_integers_are_taken_as_float64():
    W, H, _ = nmf(np.arange(12).reshape(3, 4), 2, iterations=500)
    assert W.dtype == H.dtype == np.float64
    assert np.allclose(W @ H, np.arange(12).reshape(3, 4), atol=0.05)


def test_what_cannot_be_is_refused():
    V = np.ones((4, 5))
    for wrong, why in (
        (lambda: nmf(V[0], 2), "freq, frames"),
        (lambda: nmf(V, 0), "rank"),
        (lambda: nmf(-V, 2), "not negative"),
        (lambda: nmf(V, 2, beta=2.5), "β"),
        (lambda: nmf(V, 2, W=np.ones((4, 3))), "shape"),
        (lambda: nmf(V, 2, cost_every=0), "cost_every"),
    ):
        with pytest.raises(UsageError, match=why):
            wrong()
