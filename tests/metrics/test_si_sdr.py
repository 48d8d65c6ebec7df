import numpy as np
import pytest

from partita.metrics.si_sdr import sa_sdr, sd_sdr, si_sar, si_sdr, si_sir, snr


@pytest.fixture
def pair(rng):
    reference = rng.standard_normal((3, 2, 4000))
    bleed = 0.1 * np.roll(reference, 1, axis=0)
    return reference, reference + bleed + 0.05 * rng.standard_normal(reference.shape)


@pytest.mark.parametrize("gain", [1e-4, 0.5, -1.0, 300.0])
def test_the_level_of_the_estimate_does_not_matter(pair, gain):
    reference, estimate = pair
    assert si_sdr(reference[0], gain * estimate[0]) == pytest.approx(
        si_sdr(reference[0], estimate[0]), abs=1e-9
    )
    for metric in (si_sir, si_sar):
        assert np.allclose(metric(reference, gain * estimate), metric(reference, estimate))


def test_si_sdr_is_a_matter_of_correlation(pair):
    s, s_hat = pair[0][0], pair[1][0]
    shared = np.sum(s * s_hat) ** 2 / (np.sum(s**2) * np.sum(s_hat**2))
    assert si_sdr(s, s_hat) == pytest.approx(10 * np.log10(shared / (1 - shared)), abs=1e-9)


def test_interference_and_artifacts_make_up_the_error(pair):
    reference, estimate = pair
    errors = 10 ** (-si_sir(reference, estimate) / 10) + 10 ** (-si_sar(reference, estimate) / 10)
    ours = [si_sdr(s, s_hat) for s, s_hat in zip(reference, estimate, strict=True)]
    assert np.allclose(-10 * np.log10(errors), ours, rtol=0, atol=1e-9)


def test_bleed_and_noise_of_known_energy_are_told_apart():
    a, b, noise = np.eye(3)[:, None]
    estimate = np.stack([a + 0.1 * b + 0.01 * noise, 3 * b])
    reference = np.stack([a, b])
    assert si_sir(reference, estimate)[0] == pytest.approx(20)
    assert si_sar(reference, estimate)[0] == pytest.approx(40)


def test_a_repeated_or_silent_reference_does_no_harm(pair):
    reference, estimate = pair
    more = np.concatenate([reference, reference[1:2], 0 * reference[:1]])
    extra = np.concatenate([estimate, estimate[1:2], estimate[:1]])
    for metric in (si_sir, si_sar):
        # the pseudo-inverse halves the share of what is there twice
        assert np.allclose(metric(more, extra)[:3], metric(reference, estimate), atol=1e-6)


def test_the_order_of_targets_does_not_matter(pair):
    reference, estimate = pair
    order = [2, 0, 1]
    for metric in (si_sir, si_sar):
        permuted = metric(reference[order], estimate[order])
        assert np.allclose(permuted, metric(reference, estimate)[order])
    assert sa_sdr(reference[order], estimate[order]) == pytest.approx(sa_sdr(reference, estimate))


@pytest.mark.parametrize("gain", [0.5, 2.0])
def test_sd_sdr_is_snr_plus_the_gain(pair, gain):
    s, s_hat = pair[0][0], gain * pair[1][0]
    alpha = np.sum(s * s_hat) / np.sum(s * s)
    assert sd_sdr(s, s_hat) == pytest.approx(snr(s, s_hat) + 20 * np.log10(alpha))


def test_silence_and_perfection_are_defined(rng):
    s = rng.standard_normal((2, 100))
    nothing = np.zeros_like(s)
    assert si_sdr(s, s) == np.inf
    assert si_sdr(s, 0.3 * s) > 250
    for metric in (si_sdr, sd_sdr):
        assert metric(s, nothing) == -np.inf
        assert metric(nothing, s) == -np.inf
        assert np.isnan(metric(nothing, nothing))
    both = np.stack([s, nothing])
    assert np.array_equal(si_sir(both, both), [np.inf, np.nan], equal_nan=True)
    assert np.array_equal(si_sir(both, both[::-1]), [-np.inf, -np.inf])


def test_sa_sdr_counts_a_silent_target(rng):
    reference = rng.standard_normal((2, 1, 1000))
    reference[1] = 0
    estimate = reference.copy()
    estimate[1] = 0.1 * reference[0]
    assert sa_sdr(reference, estimate) == pytest.approx(20)


def test_torch_agrees_and_has_a_gradient(pair):
    torch = pytest.importorskip("torch")
    for metric in (si_sdr, sd_sdr, si_sir, si_sar, sa_sdr):
        whole = metric in (si_sir, si_sar, sa_sdr)
        reference, estimate = pair if whole else (pair[0][0], pair[1][0])
        s_hat = torch.tensor(estimate, requires_grad=True)
        value = metric(torch.tensor(reference), s_hat)
        value.sum().backward()
        assert np.allclose(value.detach().numpy(), metric(reference, estimate))
        assert torch.isfinite(s_hat.grad).all()
