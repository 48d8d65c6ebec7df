import numpy as np
import pytest

from partita.core import UsageError
from partita.factor import Factor, Free, TimeFrequency, fit, minimum_phase


def moving_resonance(freq=65, frames=60):
    """A template, and a pole that moves through it: (template, gains, coefficients, V)."""
    rng = np.random.default_rng(0)
    angles = np.pi * np.arange(freq) / (freq - 1)
    place = np.linspace(0.5, 2.5, frames)
    a = np.stack([np.ones(frames), -1.7 * np.cos(place), np.full(frames, 0.85**2)], axis=1)
    W, gains = rng.uniform(0.5, 1.5, freq), rng.uniform(0.5, 1, frames)
    power = np.abs(np.exp(-1j * np.outer(angles, np.arange(3))) @ a.T) ** 2
    return W, gains, a, W[:, None] * gains / power


@pytest.mark.parametrize("beta", [0, 1])
def test_a_moving_resonance_is_found(beta):
    W, _, a, V = moving_resonance()
    found = fit(V, [TimeFrequency("a", 1)], beta=beta, iterations=300)
    assert np.allclose(minimum_phase(found.factors["a"]["a"][0]), a, atol=1e-3)
    assert np.allclose(found.factors["a"]["W"][:, 0], W / W.sum(), rtol=1e-3)


def test_one_template_does_what_plain_factorization_needs_many_for():
    *_, V = moving_resonance()
    ours = fit(V, [TimeFrequency("a", 1)], beta=0, iterations=100).cost[-1]
    assert ours < 0.1 * fit(V, [Free("a", 5)], beta=0, iterations=100).cost[-1]


def test_a_moving_dip_is_found():
    W, gains, a, V = moving_resonance()
    V = W[:, None] ** 2 * gains**2 / V
    found = fit(V, [TimeFrequency("a", 1, poles=0, zeros=2)], beta=0, iterations=300)
    assert np.allclose(minimum_phase(found.factors["a"]["b"][0]), a, atol=1e-3)


def test_without_poles_and_zeros_it_is_plain_factorization(rng, spectrogram):
    V, W, H = spectrogram(), rng.random((30, 3)), rng.random((3, 50))
    plain = Free("a", 3, W=Factor(start=W), H=Factor(start=H))
    block = TimeFrequency("a", 3, poles=0, W=Factor(start=W), gain=Factor(start=H))
    one, other = (fit(V, [b], beta=0.5, iterations=20).shares for b in (plain, block))
    assert np.allclose(one, other)


def test_minimum_phase_keeps_the_power_response_and_moves_the_roots(rng):
    filters = rng.standard_normal((4, 5, 4))
    stable = minimum_phase(filters)
    turns = np.exp(-1j * np.outer(np.arange(4), np.linspace(0, np.pi, 9)))
    ratio = np.abs(filters @ turns) / np.abs(stable @ turns)
    assert np.allclose(ratio, ratio[..., :1])
    assert np.allclose(stable[..., 0], 1)
    for row in stable.reshape(-1, 4):
        assert np.all(np.abs(np.roots(row)) <= 1 + 1e-9)


def test_what_cannot_be_is_refused():
    with pytest.raises(UsageError, match="poles"):
        TimeFrequency("a", 1, poles=-1)
