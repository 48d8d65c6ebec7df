import numpy as np
import pytest

from partita.core import OptionError
from partita.metrics.frames import frame_bounds
from partita.metrics.sdr import sdr_framewise, sdr_global


def test_orthogonal_noise_of_known_energy_gives_the_known_answer(rng):
    reference = rng.standard_normal((2, 5000))
    noise = rng.standard_normal((2, 5000))
    noise *= np.sqrt(np.sum(reference**2) / np.sum(noise**2)) * 10 ** (-17.5 / 20)
    assert sdr_global(reference, reference + noise) == pytest.approx(17.5, abs=1e-9)


def test_the_level_of_both_does_not_matter(rng):
    reference, estimate = rng.standard_normal((2, 2, 3000))
    assert sdr_global(1e-6 * reference, 1e-6 * estimate) == pytest.approx(
        sdr_global(reference, estimate), abs=1e-9
    )


def test_silence_and_perfection_follow_one_rule(rng):
    s = rng.standard_normal((2, 100))
    nothing = np.zeros_like(s)
    assert sdr_global(s, s) == np.inf
    assert sdr_global(nothing, s) == -np.inf
    assert np.isnan(sdr_global(nothing, nothing))
    assert sdr_global(s, nothing) == 0


def test_each_frame_is_the_sdr_of_its_samples(rng):
    reference, estimate = rng.standard_normal((2, 2, 2500))
    framewise = sdr_framewise(reference, estimate, 1000)
    whole = [
        sdr_global(reference[:, a : a + 1000], estimate[:, a : a + 1000]) for a in (0, 1000, 2000)
    ]
    assert np.allclose(framewise, whole, rtol=0, atol=1e-12)


def test_a_silent_frame_leaves_the_others_alone(rng):
    reference, estimate = rng.standard_normal((2, 1, 3000))
    quiet = reference.copy()
    quiet[:, 1000:2000] = 0
    values, before = sdr_framewise(quiet, estimate, 1000), sdr_framewise(reference, estimate, 1000)
    assert values[1] == -np.inf
    assert np.array_equal(values[[0, 2]], before[[0, 2]])


def test_channels_that_cancel_are_not_silence(rng):
    left = rng.standard_normal(100)
    wide = np.stack([left, -left])
    assert sdr_global(wide, 0.9 * wide) == pytest.approx(20)


@pytest.mark.parametrize("length", [1, 9, 10, 11, 19, 20, 21, 35])
@pytest.mark.parametrize("hop_s", [0.5, 1.0])
def test_frames_cover_every_sample(length, hop_s):
    bounds = frame_bounds(length, 10, hop_s=hop_s)
    covered = np.zeros(length, int)
    for a, b in bounds:
        covered[a:b] += 1
    assert covered.min() >= 1
    assert (
        bounds[: len(frame_bounds(length, 10, hop_s=hop_s, tail=False)) - 1]
        == (frame_bounds(length, 10, hop_s=hop_s, tail=False)[:-1])
    )


@pytest.mark.parametrize("window_s", [0, -1, 0.001])
def test_a_window_shorter_than_a_sample_is_refused(window_s):
    with pytest.raises(OptionError, match="at least a sample"):
        sdr_framewise(np.ones((1, 10)), np.ones((1, 10)), 100, window_s=window_s)


def test_torch_agrees_and_has_a_gradient(rng):
    torch = pytest.importorskip("torch")
    reference, estimate = rng.standard_normal((2, 2, 2500))
    s, s_hat = torch.tensor(reference), torch.tensor(estimate, requires_grad=True)
    value = sdr_global(s, s_hat)
    value.backward()
    assert float(value.detach()) == pytest.approx(sdr_global(reference, estimate))
    assert torch.isfinite(s_hat.grad).all()
    framewise = sdr_framewise(s, s_hat, 1000).detach().numpy()
    assert np.allclose(framewise, sdr_framewise(reference, estimate, 1000))
