import numpy as np
import pytest

from partita.metrics.bss_energies import Filters, frame_energies
from partita.metrics.bss_filters import correlations, projection_filters


def delayed(x, taps):
    """(channels·taps, time + taps - 1): every channel at every delay."""
    padded = np.pad(x, ((0, 0), (0, taps - 1)))
    return np.concatenate([np.stack([np.roll(c, k) for k in range(taps)]) for c in padded])


@pytest.mark.parametrize("length", [1, 5, 300, 9000])
def test_correlations_are_the_sums_they_say(rng, length):
    x, y = rng.standard_normal((2, length)), rng.standard_normal((3, length))
    xx, xy = correlations(x.astype(np.float32), y, 6)
    x = x.astype(np.float32).astype(float)
    for k in range(min(6, length)):
        ahead = slice(k, None)
        assert np.allclose(xx[..., k], x[:, : length - k] @ x[:, ahead].T)
        assert np.allclose(xy[..., k], x[:, : length - k] @ y[:, ahead].T)


def test_filters_are_the_least_squares_solution(rng):
    x, y = rng.standard_normal((2, 400)), rng.standard_normal((3, 400))
    filters = projection_filters(*correlations(x, y, 5))
    known = np.pad(y, ((0, 0), (0, 4)))
    solution = np.linalg.lstsq(delayed(x, 5).T, known.T)[0]
    assert np.allclose(filters.transpose(0, 2, 1).reshape(10, 3), solution)


@pytest.mark.parametrize("gain", [1.0, -1.0, 0.3, 0.0])
def test_a_repeated_channel_changes_nothing_that_can_be_made(rng, gain):
    x, y = rng.standard_normal((2, 400)), rng.standard_normal((1, 400))
    more = np.concatenate([x, gain * x[:1]])
    plain = projection_filters(*correlations(x, y, 5))
    repeated = projection_filters(*correlations(more, y, 5))
    made = [
        np.einsum("ak,akt->t", f[:, 0], delayed(z, 5).reshape(len(z), 5, -1))
        for f, z in ((plain, x), (repeated, more))
    ]
    assert np.allclose(*made)


def test_a_channel_that_is_another_delayed_is_solved_with_a_ridge(rng):
    x = np.zeros((2, 600))
    x[0, :590] = rng.standard_normal(590)
    x[1, 1:] = x[0, :-1]
    y = 0.7 * x[:1] + 0.2 * x[1:]
    filters = projection_filters(*correlations(x, y, 5))
    made = np.einsum("ak,akt->t", filters[:, 0], delayed(x, 5).reshape(2, 5, -1))
    assert np.isfinite(filters).all()
    assert np.allclose(made[:600], y[0], atol=1e-8)


def test_energies_are_those_of_the_signals(rng):
    s, s_hat = rng.standard_normal((2, 2, 2, 20_000))
    every, own = rng.standard_normal((4, 4, 5)), rng.standard_normal((2, 2, 5))
    found = frame_energies(s, s_hat, Filters.of(5, every, {(1, 0): own}), [(1, 0)])
    x = s.reshape(4, -1)
    p = np.stack([sum(np.convolve(s[1, a], own[a, c]) for a in range(2)) for c in range(2)])
    q = np.stack([sum(np.convolve(x[a], every[a, c]) for a in range(4)) for c in range(2)])
    target, estimate = (np.pad(z, ((0, 0), (0, 4))) for z in (s[1], s_hat[0]))
    expected = {
        "target": target,
        "error": estimate - target,
        "filtered": p,
        "spatial": p - target,
        "all_but_filtered": estimate - p,
        "projected": q,
        "artifact": estimate - q,
        "interference": q - p,
    }
    for name, signal in expected.items():
        assert found[name][0] == pytest.approx(np.sum(signal**2)), name
