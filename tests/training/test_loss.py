import math

import pytest

torch = pytest.importorskip("torch")

from partita.training.config import LossConfig, SpectrumConfig  # noqa: E402
from partita.training.loss import merged, separation_loss, spectral_l1  # noqa: E402
from partita.training.spectra import spectrum  # noqa: E402

FRAME = SpectrumConfig(rate=16000, n_fft=512, hop=256)
NONE = torch.zeros(2, dtype=torch.bool)


def loss(reference, waveforms, joined=NONE, **options):
    estimate = spectrum(waveforms, n_fft=FRAME.n_fft, hop=FRAME.hop, window=FRAME.window)
    config = LossConfig(**{"n_fft": (256, 1024)} | options)
    return float(separation_loss(reference, estimate, joined, loss=config, frame=FRAME))


@pytest.fixture
def stems():
    torch.manual_seed(0)
    return torch.randn(2, 4, 2, 4000) * 0.1


def test_a_perfect_estimate_costs_nothing(stems):
    assert loss(stems, stems) < 1e-6


def test_a_larger_error_costs_in_proportion(stems):
    errors = [loss(stems, (1 - share) * stems) for share in (0.1, 0.2, 0.4)]
    assert errors[1] / errors[0] == pytest.approx(2, rel=1e-3)
    assert errors[2] / errors[0] == pytest.approx(4, rel=1e-3)


def test_every_part_counts(stems):
    half = 0.5 * stems
    whole = loss(stems, half)
    assert loss(stems, half, waveform=0) < whole
    assert 0 < loss(stems, half, spectrum=0) < whole


def test_soft_examples_count_as_much_as_loud_ones(stems):
    half = 0.5 * stems
    assert loss(stems, half) == pytest.approx(loss(0.1 * stems, 0.1 * half), rel=1e-4)


def test_bass_and_other_may_be_confused_where_only_their_sum_is_known(stems):
    known = stems.clone()
    known[:, 2] += known[:, 3]
    known[:, 3] = 0
    swapped = stems[:, [0, 1, 3, 2]]
    both = torch.ones(2, dtype=torch.bool)
    assert loss(known, swapped, both) < 1e-6
    assert loss(known, swapped) > 0.01
    assert loss(known, swapped, torch.tensor([True, False])) > 0.01


def test_merging_leaves_the_other_stems_alone():
    stems = torch.arange(8.0).reshape(2, 4)
    assert merged(stems, torch.tensor([False, True])).tolist() == [[0, 1, 2, 3], [4, 5, 13, 0]]
    assert merged(stems, NONE) is stems


def test_the_energy_of_an_error_counts_in_decibels(stems):
    only = {"waveform": 0, "spectrum": 0, "energy": 1}
    errors = [loss(stems, (1 - share) * stems, **only) for share in (0.2, 0.4, 0.8)]
    # Four equal stems: each error is share²/4 of the mixture's energy, -20 dB and more
    assert errors[1] - errors[0] == pytest.approx(math.log(4), abs=0.1)
    assert errors[2] - errors[1] == pytest.approx(math.log(4), abs=0.03)
    assert loss(stems, stems, **only) == pytest.approx(math.log(1e-3), abs=0.01)


@pytest.mark.parametrize(("floor_db", "mean_is_better"), [(-30, False), (-10, True)])
def test_a_high_floor_prefers_the_mean_to_a_guess(stems, floor_db, mean_is_better):
    only = {"waveform": 0, "spectrum": 0, "energy": 1, "floor_db": floor_db}
    sound = stems[:, :1]
    rest, nothing = stems[:, 1:3], torch.zeros_like(sound)
    one, other = (torch.cat(x, dim=1) for x in ((sound, nothing, rest), (nothing, sound, rest)))
    guess = (loss(one, one, **only) + loss(one, other, **only)) / 2
    assert (loss(one, (one + other) / 2, **only) < guess) == mean_is_better


def test_the_ratio_is_noise_over_signal_whatever_the_level(stems):
    only = {"waveform": 0, "spectrum": 0, "ratio": 1, "floor_db": -60}
    soft = stems * torch.tensor([1.0, 0.1, 1.0, 1.0])[None, :, None, None]
    for given in (stems, soft):
        assert loss(given, 0.6 * given, **only) == pytest.approx(0.16, rel=0.01)
        assert loss(given, given, **only) == pytest.approx(0, abs=1e-6)


def test_the_ratio_of_a_silent_stem_is_over_the_floor(stems):
    only = {"waveform": 0, "spectrum": 0, "ratio": 1, "floor_db": -10}
    rest = stems.clone()
    rest[:, 0] = 0
    leaked = rest.clone()
    leaked[:, 0] = 0.1 * rest[:, 1]
    mixture = float(rest.sum(dim=1).square().mean())
    power = float(leaked[:, 0].square().mean())
    assert loss(rest, leaked, **only) == pytest.approx(power / (0.1 * mixture) / 4, rel=0.01)


def test_the_ratio_prefers_the_mean_to_a_guess(stems):
    only = {"waveform": 0, "spectrum": 0, "ratio": 1, "floor_db": -30}
    sound = stems[:, :1]
    rest, nothing = stems[:, 1:3], torch.zeros_like(sound)
    one, other = (torch.cat(x, dim=1) for x in ((sound, nothing, rest), (nothing, sound, rest)))
    guess = (loss(one, one, **only) + loss(one, other, **only)) / 2
    mean = (one + other) / 2
    assert (loss(one, mean, **only) + loss(other, mean, **only)) / 2 < guess


@pytest.mark.parametrize("time", [20, 32, 70])
def test_the_gradient_of_the_spectral_error_is_right(time):
    torch.manual_seed(0)
    x = torch.randn(2, 1, time, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: spectral_l1(x, 32), x)


def test_the_spectral_error_is_that_of_torch(stems):
    x = stems[0, 0, 0, :3840]
    theirs = torch.stft(
        x, 256, 128, window=torch.hann_window(256), center=False, return_complex=True
    )
    expected = torch.view_as_real(theirs).abs().mean() / 16
    assert float(spectral_l1(x, 256)) == pytest.approx(float(expected), rel=1e-5)
