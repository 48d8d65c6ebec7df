"""What every network keeps to."""

import pytest

torch = pytest.importorskip("torch")

from partita.core import OptionError  # noqa: E402
from partita.nets import NETWORKS, build, parameter_count  # noqa: E402

SMALL = {
    "tfc_tdf": {"channels": 8, "levels": 2, "hidden": 8, "squeeze": 4},
    "band_split_rnn": {"width": 8, "hidden": 8, "layers": 1},
    "unet": {"width": 2},
}


def small(name, stems=4, n_fft=512, rate=16000):
    torch.manual_seed(0)
    return build(name, stems=stems, n_fft=n_fft, rate=rate, **SMALL[name])


@pytest.fixture(params=list(NETWORKS))
def name(request):
    return request.param


@pytest.mark.parametrize("frames", [1, 7, 20])
@pytest.mark.parametrize("stems", [2, 4])
def test_a_spectrum_becomes_a_spectrum_for_each_stem(name, stems, frames):
    spectrum = torch.randn(2, 2, 2, frames, 257)
    estimates = small(name, stems).eval()(spectrum)
    assert estimates.shape == (2, stems, 2, 2, frames, 257)
    assert bool(torch.isfinite(estimates).all())


def test_silence_gives_silence(name):
    assert not small(name).eval()(torch.zeros(1, 2, 2, 9, 257)).any()


def test_examples_of_a_batch_do_not_touch_each_other(name):
    network = small(name).eval()
    both = torch.randn(2, 2, 2, 9, 257)
    alone = torch.cat([network(both[:1]), network(both[1:])])
    assert torch.allclose(network(both), alone, atol=1e-5)


def test_every_weight_learns(name):
    network = small(name)
    network(torch.randn(2, 2, 2, 70, 257)).square().sum().backward()
    still = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.any()]
    # A bias before a batch norm has no effect: the published U-Net has them.
    assert [n for n in still if not (name == "unet" and n.endswith("bias"))] == []


def test_an_unknown_network_is_refused():
    with pytest.raises(OptionError, match="there is no network 'abacus'; there are tfc_tdf"):
        build("abacus", stems=4, n_fft=512, rate=16000)


def test_an_unknown_option_is_refused(name):
    with pytest.raises(OptionError, match=f"network {name} has no option 'colour'"):
        build(name, stems=4, n_fft=512, rate=16000, colour=3)


def test_parameters_are_counted():
    assert parameter_count(torch.nn.Linear(3, 2)) == 8


@pytest.mark.parametrize("options", [{"blocks": 2.5}, {"channels": [3]}, {"channels": -1}])
def test_a_value_that_no_network_can_have_is_refused(options):
    with pytest.raises(OptionError, match="cannot be built with|must be"):
        build("tfc_tdf", stems=4, n_fft=512, rate=16000, **options)
