import pytest

torch = pytest.importorskip("torch")

from partita.core.errors import OptionError  # noqa: E402
from partita.nets import parameter_count  # noqa: E402
from partita.nets.features import MagnitudeFeatures  # noqa: E402
from partita.nets.tfc_tdf import Block, Double, Halve, Recurrent, TfcTdf  # noqa: E402
from partita.training.config import find_config  # noqa: E402
from partita.training.first import build_network  # noqa: E402


@pytest.mark.parametrize(
    ("preset", "parameters"),
    [
        ("quartet-s-cpu", 2_924_676),
        ("quartet-low-cpu", 1_957_964),
        ("quartet-m-gpu", 4_603_124),
    ],
)
def test_the_presets_have_the_sizes_they_claim(preset, parameters):
    assert parameter_count(build_network(find_config(preset))) == parameters


def test_stems_add_up_to_the_spectrum():
    torch.manual_seed(0)
    network = TfcTdf(4, n_fft=512, rate=16000, channels=8, levels=2, hidden=8).eval()
    spectrum = torch.randn(1, 2, 2, 11, 257)
    assert torch.allclose(network(spectrum).sum(dim=1), spectrum, atol=1e-5)


def test_masks_are_real_and_between_nothing_and_all():
    torch.manual_seed(0)
    network = TfcTdf(3, n_fft=512, rate=16000, channels=8, levels=1, hidden=0).eval()
    spectrum = torch.randn(1, 2, 2, 11, 257)
    ratio = network(spectrum) / spectrum.unsqueeze(1)
    assert torch.allclose(ratio[:, :, :, 0], ratio[:, :, :, 1], atol=1e-4)
    assert bool(((ratio >= 0) & (ratio <= 1 + 1e-5)).all())


@pytest.mark.parametrize("bands", [209, 53, 27])
def test_halving_and_doubling_come_back_to_the_same_bands(bands):
    x = torch.randn(1, 4, 3, bands)
    half = Halve(4, 6)(x)
    assert half.shape == (1, 6, 3, (bands + 1) // 2)
    assert Double(6, 4, bands)(half, 3).shape == x.shape


@pytest.mark.parametrize("frames", [1, 2, 7, 8])
def test_halving_and_doubling_come_back_to_the_same_frames(frames):
    x = torch.randn(1, 4, frames, 27)
    half = Halve(4, 6, time=True)(x)
    assert half.shape == (1, 6, (frames + 1) // 2, 14)
    assert Double(6, 4, 27, time=True)(half, frames).shape == x.shape


def test_frames_are_halved_by_their_mean():
    x = torch.tensor([1.0, 3.0, 5.0]).reshape(1, 1, 3, 1)
    layer = Halve(1, 1, time=True)
    seen = []
    layer.layers = torch.nn.Identity()
    layer.layers.register_forward_hook(lambda _module, given, _out: seen.append(given[0]))
    layer(x)
    assert seen[0].flatten().tolist() == [2.0, 5.0]


@pytest.mark.parametrize("halvings", [0, 1, 2])
def test_any_number_of_frames_goes_in_and_comes_out(halvings):
    network = TfcTdf(
        2, n_fft=512, rate=16000, channels=8, levels=2, time_halvings=halvings, hidden=8
    ).eval()
    for frames in (1, 2, 3, 9):
        assert network(torch.randn(1, 2, 2, frames, 257)).shape == (1, 2, 2, 2, frames, 257)


@pytest.mark.parametrize("bottleneck", [0, 8])
def test_a_block_keeps_the_shape(bottleneck):
    x = torch.randn(2, 4, 3, 27)
    assert Block(4, 27, bottleneck)(x).shape == x.shape


def test_the_recurrence_carries_over_time():
    torch.manual_seed(0)
    layer = Recurrent(4, 5, 2, 8).eval()
    x = torch.randn(1, 4, 30, 5)
    y = layer(x)
    x[:, :, 0] += 10
    assert y.shape == x.shape
    assert not torch.equal(layer(x)[:, :, -1], y[:, :, -1])


SMALL = {"n_fft": 512, "rate": 16000, "channels": 8, "levels": 2, "hidden": 8, "squeeze": 4}


def test_what_a_deeper_network_has_more_does_next_to_nothing_at_first():
    torch.manual_seed(0)
    shallow = TfcTdf(4, **SMALL).eval()
    deep = TfcTdf(4, **SMALL, blocks=[1, 2, 3], recurrences=2).eval()
    assert deep.load_state_dict(shallow.state_dict(), strict=False).unexpected_keys == []
    spectrum = torch.randn(1, 2, 2, 11, 257)
    with torch.no_grad():
        before, after = shallow(spectrum), deep(spectrum)
    assert 0 < float((after - before).square().sum() / before.square().sum()) < 1e-3


def test_a_layer_that_starts_idle_still_learns():
    torch.manual_seed(0)
    network = TfcTdf(4, **SMALL, blocks=2, recurrences=2)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    before = {name: value.clone() for name, value in network.named_parameters()}
    for _ in range(3):
        optimizer.zero_grad()
        network(torch.randn(2, 2, 2, 11, 257))[:, 0].square().mean().backward()
        optimizer.step()
    still = [n for n, value in network.named_parameters() if torch.equal(value, before[n])]
    assert still == []


@pytest.mark.parametrize("blocks", [0, [1, 1], [1, 0, 1], [1, 1, 1, 1]])
def test_blocks_must_be_one_number_or_one_for_each_level(blocks):
    with pytest.raises(OptionError, match="blocks must be one number or 3, each at least 1"):
        TfcTdf(4, **SMALL, blocks=blocks)


def test_there_is_at_least_one_middle():
    with pytest.raises(OptionError, match="recurrences must be at least 1, not 0"):
        TfcTdf(4, **SMALL, recurrences=0)


def test_features_learn_the_mean_and_deviation_of_each_bin():
    torch.manual_seed(0)
    features = MagnitudeFeatures(33)
    spectra = torch.randn(4, 2, 2, 200, 33) * torch.logspace(-1, 1, 33)
    for _ in range(400):  # 0.97^400: nothing is left of where it began
        features(spectra)
    seen = features.eval()(spectra)
    assert torch.allclose(seen.mean(dim=(0, 2)), torch.zeros(4, 33), atol=0.02)
    assert torch.allclose(seen.std(dim=(0, 2)), torch.ones(4, 33), atol=0.02)


def test_features_are_alike_while_learning_and_after():
    features = MagnitudeFeatures(33)
    spectra = torch.randn(4, 2, 2, 50, 33)
    for _ in range(300):
        learning = features(spectra)
    # 200 frames: the running variance is the unbiased one, 0.5 % above the batch's
    assert torch.allclose(learning, features.eval()(spectra), atol=0.05)


def test_untrained_it_shares_out_as_it_was_told():
    torch.manual_seed(0)
    options = {"n_fft": 512, "rate": 4410, "channels": 8, "levels": 1, "hidden": 0, "fine_hz": 700}
    network = TfcTdf(3, **options, guesses=True).eval()
    for layer in network.join.maps:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    mixture = torch.randn(1, 2, 2, 11, 257)
    shares = torch.softmax(torch.randn(3, 2, 11, 257), dim=0)
    guesses = shares[:, :, None] * mixture
    found = network(torch.cat([mixture, guesses.reshape(1, 6, 2, 11, 257)], dim=1))
    assert torch.allclose(found, guesses[None], atol=0.02)
    assert torch.allclose(found.sum(dim=1), mixture, atol=1e-5)


def test_silent_guesses_say_nothing():
    torch.manual_seed(0)
    options = {"n_fft": 512, "rate": 4410, "channels": 8, "levels": 1, "hidden": 0}
    network = TfcTdf(4, **options, guesses=True).eval()
    logits = network.guesses.logits(torch.zeros(1, 4, 2, 2, 11, 257))
    assert torch.equal(logits, logits[:, :1].expand_as(logits))
