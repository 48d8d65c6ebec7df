"""Laws that every block and every divergence keep."""

import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, fit

BETAS = (0, 0.5, 1, 1.5, 2)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("beta", BETAS)
def test_the_cost_never_rises(spectrogram, model, beta, channels):
    if channels == 2 and any(block.name == "a" and _has_prior(block) for block in model):
        pytest.skip("gains and priors share a scale, see test_gains…")
    found = fit(spectrogram(channels), model, beta=beta, iterations=40)
    # float64: rounding alone, about 1e-16 a term
    assert np.max(np.diff(found.cost)) <= 1e-12 * abs(found.cost[0])
    assert found.cost[-1] < 0.8 * found.cost[0] or found.cost[0] < 0


def _has_prior(block) -> bool:
    return hasattr(block, "dispersion") or getattr(block, "H", Factor()).prior is not None


@pytest.mark.parametrize("beta", BETAS)
def test_in_float32_it_rises_by_rounding_only(spectrogram, model, beta):
    found = fit(spectrogram().astype(np.float32), model, beta=beta, iterations=40)
    assert np.max(np.diff(found.cost)) <= 1e-5 * abs(found.cost[0])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("beta", BETAS)
def test_factors_are_finite_and_not_negative(spectrogram, model, beta, dtype):
    found = fit(spectrogram(2).astype(dtype), model, beta=beta, iterations=20)
    for block in found.factors.values():
        for name, X in block.items():
            assert X.dtype == dtype
            assert np.all(np.isfinite(X))
            assert name in ("a", "b") or np.all(X >= 0)  # coefficients of filters have signs
    assert np.all(found.shares >= 0)
    assert np.all(found.gains >= 0)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("beta", BETAS)
def test_numpy_and_torch_agree(spectrogram, model, beta, dtype):
    pytest.importorskip("torch")
    V = spectrogram(2).astype(dtype)
    ours, theirs = (
        fit(V, model, beta=beta, iterations=10, backend=name) for name in ("numpy", "torch")
    )
    # rounding grows along the iterations: ten of them keep all but a few digits
    tolerance = 1e-9 if dtype == np.float64 else 1e-3
    assert np.allclose(ours.cost, theirs.cost, rtol=tolerance)
    scale = ours.shares.max()
    assert np.max(np.abs(ours.shares - theirs.shares)) < 10 * tolerance * scale
    assert np.allclose(ours.gains, theirs.gains, atol=10 * tolerance)


def test_the_same_seed_gives_the_same_factors(spectrogram, model):
    V = spectrogram()
    one, same, other = (fit(V, model, iterations=3, seed=s).shares for s in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_the_input_is_not_changed(spectrogram, model):
    V = spectrogram()
    before = V.copy()
    fit(V, model, beta=0, iterations=3)
    assert np.array_equal(V, before)


def test_channels_that_differ_by_a_gain_are_told_by_the_gains(rng):
    """Two sources at two places: spectra, activations and places are all found."""
    W, H = rng.gamma(0.3, size=(40, 2)), rng.gamma(0.3, size=(2, 60))
    places = np.array([[0.8, 0.2], [0.35, 0.65]])
    truth = np.einsum("bc,fb,bt->bcft", places, W, H)
    found = fit(truth.sum(axis=0), [Free("a", 1), Free("b", 1)], iterations=300, seed=1)
    order = np.argsort(-found.gains[:, 0])
    assert np.allclose(found.gains[order], places, atol=1e-3)
    assert np.allclose(found.shares[order], truth, atol=1e-2 * truth.max())


def test_given_gains_can_be_kept(spectrogram):
    gains = {"a": (0.9, 0.1)}
    found = fit(
        spectrogram(2), [Free("a", 2), Free("b", 2)], gains=gains, free_gains=False, iterations=5
    )
    assert np.allclose(found.gains, [[0.9, 0.1], [0.5, 0.5]])


def test_mono_is_two_equal_channels(spectrogram):
    V, blocks = spectrogram(), [Free("a", 2), Free("b", 1)]
    mono = fit(V, blocks, iterations=20)
    both = fit(np.stack([V, V]) / 2, blocks, iterations=20)
    assert np.allclose(both.gains, 0.5)
    # the random starts scale with the mean of V, so only what they lead to is near
    assert mono.cost[-1] == pytest.approx(both.cost[-1], rel=0.1)


def test_shares_add_up_to_the_model_and_masks_to_the_mix(spectrogram):
    from partita.signal import ratio_masks

    V = spectrogram(2)
    found = fit(V, [Free("a", 2), Free("b", 3)], iterations=200)
    masks = ratio_masks(found.shares, power=1)
    assert np.allclose((masks * V).sum(axis=0), V)
    assert np.abs(found.shares.sum(axis=0) - V).sum() < 0.5 * V.sum()


def test_a_louder_recording_gives_larger_shares_and_nothing_else(spectrogram, model):
    if any(_has_prior(block) or getattr(block, "sparsity", 0) for block in model):
        pytest.skip("a prior has a unit")
    V = spectrogram()
    quiet, loud = (fit(gain * V, model, iterations=10).shares for gain in (2.0**-20, 1.0))
    assert np.allclose(quiet * 2.0**20, loud, rtol=1e-9, atol=1e-12)


def test_silence_is_no_trouble(model):
    found = fit(np.zeros((30, 50)), model, iterations=5)
    assert np.all(np.isfinite(found.shares))
    assert np.max(found.shares) < 1e-3


def test_a_listener_hears_of_every_iteration(spectrogram):
    heard = []
    found = fit(
        spectrogram(),
        [Free("a", 1)],
        iterations=4,
        listener=lambda i, cost: heard.append((i, cost)),
    )
    assert heard == list(enumerate(found.cost[1:].tolist(), start=1))


def test_what_cannot_be_is_refused(spectrogram):
    V, blocks = spectrogram(), [Free("a", 2)]
    with pytest.raises(UsageError, match="not negative"):
        fit(-V, blocks)
    with pytest.raises(UsageError, match="finite"):
        fit(np.where(V > 1, np.nan, V), blocks)
    with pytest.raises(UsageError, match="got \\(5,\\)"):
        fit(np.ones(5), blocks)
    with pytest.raises(UsageError, match="β must be from 0 to 2"):
        fit(V, blocks, beta=3)
    with pytest.raises(UsageError, match="name of its own"):
        fit(V, [Free("a", 2), Free("a", 1)])
    with pytest.raises(UsageError, match="at least one block"):
        fit(V, [])
    with pytest.raises(UsageError, match="unknown blocks: c"):
        fit(V, blocks, gains={"c": (1,)})
    with pytest.raises(UsageError, match="needs 1 gains"):
        fit(V, blocks, gains={"a": (1, 2)})
    with pytest.raises(UsageError, match="backend"):
        fit(V, blocks, backend="abacus")
    with pytest.raises(UsageError, match="torch backend"):
        fit(V, blocks, device="cuda")
