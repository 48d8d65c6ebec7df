import pytest

torch = pytest.importorskip("torch")

from partita.nets import parameter_count  # noqa: E402
from partita.nets.band_split_rnn import BandSplitRnn, band_sizes, complex_product  # noqa: E402


@pytest.mark.parametrize("rate", [16000, 44100])
@pytest.mark.parametrize("n_fft", [512, 2048])
def test_bands_cover_the_bins(n_fft, rate):
    sizes = band_sizes(n_fft, rate)
    assert sum(sizes) == n_fft // 2 + 1
    assert min(sizes) >= 1


def test_it_is_about_as_large_as_its_rival():
    assert 3.5e6 < parameter_count(BandSplitRnn(4)) < 4.7e6


def test_the_product_is_the_complex_one():
    a, b = torch.randn(2, 3, 2, 4, 5)
    product = complex_product(a, b)
    joined = [torch.complex(x[:, 0], x[:, 1]) for x in (a, b, product)]
    assert torch.allclose(joined[0] * joined[1], joined[2], atol=1e-6)


def test_stems_add_up_to_the_spectrum():
    network = BandSplitRnn(4, n_fft=512, rate=16000, width=8, hidden=8, layers=1)
    spectrum = torch.randn(1, 2, 2, 6, 257)
    assert torch.allclose(network(spectrum).sum(dim=1), spectrum, atol=1e-5)


def test_it_is_exported_for_any_number_of_frames():
    onnxruntime = pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from partita.training.config import Config
    from partita.training.export import to_onnx
    from partita.training.first import build_network

    torch.manual_seed(0)
    table = {
        "network": {"name": "band_split_rnn", "options": {"width": 4, "hidden": 4, "layers": 1}},
        "spectrum": {"rate": 16000, "n_fft": 512, "hop": 256},
        "schedule": {"steps": 1},
    }
    config = Config.model_validate(table)
    network = build_network(config).eval()
    session = onnxruntime.InferenceSession(to_onnx(network, config, half=False))
    for frames in (1, 7, 40):
        x = torch.randn(1, 2, 2, frames, 257)
        (found,) = session.run(None, {"spectrum": x.numpy()})
        with torch.no_grad():
            assert torch.allclose(torch.from_numpy(found), network(x), atol=1e-5)
