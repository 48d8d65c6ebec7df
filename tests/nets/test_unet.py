from itertools import pairwise

import pytest

torch = pytest.importorskip("torch")

from partita.nets import parameter_count  # noqa: E402
from partita.nets.unet import MonoUNet, UNet  # noqa: E402


def test_it_has_the_published_size():
    # Counted by hand from the paper: 5×5 kernels, 16 … 512 channels, norms of 2 numbers a channel.
    widths = [1, 16, 32, 64, 128, 256, 512]
    down = sum(25 * a * b + b + 2 * b for a, b in pairwise(widths))
    up = [(512, 256), (512, 128), (256, 64), (128, 32), (64, 16)]
    total = down + sum(25 * a * b + b + 2 * b for a, b in up) + 25 * 32 + 1
    assert parameter_count(MonoUNet()) == total
    assert parameter_count(UNet(2)) == 2 * total


def test_masks_lie_between_nothing_and_all():
    masks = MonoUNet(2).eval()(torch.rand(2, 1, 64, 128)).detach()
    assert masks.shape == (2, 1, 64, 128)
    assert 0 <= float(masks.min()) <= float(masks.max()) <= 1


def test_the_channels_are_treated_alike():
    torch.manual_seed(0)
    network = UNet(2, width=2).eval()
    spectrum = torch.randn(1, 2, 2, 20, 513)
    swapped = network(spectrum.flip(1)).flip(2)
    assert torch.allclose(network(spectrum), swapped, atol=1e-6)


def test_a_louder_spectrum_gets_the_same_masks():
    torch.manual_seed(0)
    network = UNet(2, width=2).eval()
    spectrum = torch.randn(1, 2, 2, 20, 513)
    assert torch.allclose(100 * network(spectrum), network(100 * spectrum), atol=1e-3)
