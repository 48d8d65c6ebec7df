import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

import onnxruntime  # noqa: E402

import partita  # noqa: E402
from partita.core import InputError, OutputError  # noqa: E402
from partita.datasets import demo_track  # noqa: E402
from partita.engines.quartet import Quartet  # noqa: E402
from partita.nets.features import masks_but_last  # noqa: E402
from partita.training.checkpoint import load_checkpoint, load_weights  # noqa: E402
from partita.training.config import find_config  # noqa: E402
from partita.training.data import load_bank  # noqa: E402
from partita.training.export import (  # noqa: E402
    METADATA,
    check_agreement,
    export_run,
    to_onnx,
    trained_network,
)
from partita.training.first import build_network  # noqa: E402
from partita.training.loop import train  # noqa: E402
from partita.weights import embedded  # noqa: E402


@pytest.fixture(scope="module")
def run(tmp_path_factory, bank_folder, make_config):
    """A run of a few steps."""
    folder = tmp_path_factory.mktemp("run")
    train(make_config(), load_bank(bank_folder), folder)
    return folder


@pytest.fixture(scope="module")
def exported(tmp_path_factory, run):
    path = tmp_path_factory.mktemp("exported") / "tiny.onnx"
    export_run(run, path)
    return path


def answers(path, network, frames):
    """What the file and the network make of noise, and the noise."""
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    noise = np.random.default_rng(frames).standard_normal((1, 2, 2, frames, 257))
    noise = noise.astype(np.float32)
    (found,) = session.run(None, {"spectrum": noise})
    with torch.no_grad():
        expected = network(torch.from_numpy(noise)).numpy()
    assert expected.shape == (1, 4, 2, 2, frames, 257)
    return found, expected, noise


def difference(path, network, frames):
    """Between the stems, where the file gives masks of all but the last."""
    masks, expected, noise = answers(path, network, frames)
    assert masks.shape == (1, 3, 2, frames, 257)
    return np.max(np.abs(masks[:, :, :, np.newaxis] * noise[:, np.newaxis] - expected[:, :3]))


@pytest.mark.parametrize("frames", [1, 2, 13, 37, 101])
def test_onnx_and_torch_agree_at_odd_lengths(run, exported, frames):
    network = trained_network(load_checkpoint(run), half=True)
    # float32 either way; two libraries add up in different orders
    assert difference(exported, network, frames) < 1e-5


def test_training_leaves_small_numbers_as_it_found_them(run):
    """While it trains they are taken as zero."""
    assert np.nextafter(0.0, 1.0) > 0


def test_the_softmax_is_spelt_out(exported):
    """In onnxruntime one over an axis that is not the last took a quarter of the network's time."""
    graph = onnx.load(str(exported)).graph
    assert "Softmax" not in {node.op_type for node in graph.node}


def test_a_network_without_masks_is_exported_with_its_stems(tmp_path, make_config):
    """And the engine reads either."""
    network = {"name": "band_split_rnn", "options": {"width": 4, "hidden": 4, "layers": 1}}
    config = make_config(network=network)
    network = build_network(config).eval()
    path = tmp_path / "rnn.onnx"
    path.write_bytes(to_onnx(network, config, half=False))
    found, expected, _ = answers(path, network, 13)
    assert np.allclose(found, expected, atol=1e-5)
    stems = partita.separate(demo_track().mix(), engine=Quartet(weights=str(path)))
    assert np.abs(stems["drums"].samples).max() > 1e-3


def test_odds_beyond_all_measure_are_masks_still():
    logits = torch.tensor([1000.0, 999.0, -1000.0, 0.0]).reshape(1, 4, 1)
    masks = masks_but_last(logits)
    assert torch.isfinite(masks).all()
    assert torch.allclose(masks.sum(dim=1), torch.ones(1, 1))


def test_rounding_the_weights_changes_little(run, exported):
    network = trained_network(load_checkpoint(run))
    assert difference(exported, network, 37) < 1e-2


def test_the_averaged_weights_are_exported(run):
    checkpoint = load_checkpoint(run)
    name = "split.maps.0.weight"
    found = trained_network(checkpoint).state_dict()[name]
    assert torch.equal(found, checkpoint.part("ema")[name])
    assert not torch.equal(found, checkpoint.part("model")[name])


def test_fewer_bits_make_the_file_smaller(run, tmp_path, exported):
    size = export_run(run, tmp_path / "full.onnx", half=False)
    assert (tmp_path / "full.onnx").stat().st_size == size > exported.stat().st_size
    model = onnx.load(exported)
    kinds = [t.data_type for t in model.graph.initializer if len(t.dims) > 1]
    assert {onnx.TensorProto.FLOAT16, onnx.TensorProto.INT8} <= set(kinds)


def test_exporting_twice_gives_the_same_bytes(run, tmp_path, exported):
    export_run(run, tmp_path / exported.name)
    assert (tmp_path / exported.name).read_bytes() == exported.read_bytes()


def test_the_file_says_what_an_engine_must_know(exported):
    model = onnx.load(exported)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    assert tuple(metadata) == METADATA
    assert json.loads(metadata["stems"]) == ["vocals", "drums", "bass", "other"]
    assert (metadata["rate"], metadata["n_fft"], metadata["hop"]) == ("16000", "512", "256")
    assert [entry.version for entry in model.opset_import] == [17]
    assert model.graph.input[0].type.tensor_type.shape.dim[3].dim_param == "frames"


def test_the_card_names_sources_settings_and_results(exported):
    card = exported.with_suffix(".md").read_text()
    assert "| made_up | CC0-1.0 | tests |" in card
    assert "6 steps of 2 examples of 1 s" in card
    assert "| band/2 | vocals |" in card
    assert "`tiny.onnx`" in card


def test_weights_are_read_back_under_their_names(run, exported):
    """Training goes on from an exported file: nothing but the count of batches is lost."""
    expected = trained_network(load_checkpoint(run), half=True).state_dict()
    found = load_weights(exported)
    read = {name for name in expected if not name.endswith("num_batches_tracked")}
    assert read <= found.keys()
    assert all(torch.equal(found[name], expected[name]) for name in read)


def test_a_run_can_begin_with_an_exported_network(exported, tmp_path, bank_folder, make_config):
    barely = make_config(schedule={"steps": 1, "learning_rate": 1e-12, "ema": 0.0})
    train(barely, load_bank(bank_folder), tmp_path, init=exported)
    first, second = load_weights(exported), load_checkpoint(tmp_path).part("model")
    for name in second:
        if name.endswith("weight"):
            assert torch.allclose(first[name], second[name], atol=1e-6)


@pytest.mark.parametrize("content", [None, b"", b"not a graph"])
def test_a_file_that_is_no_graph_is_no_start(tmp_path, bank_folder, make_config, content):
    path = tmp_path / "x.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"cannot read weights from .*x\.onnx"):
        train(make_config(), load_bank(bank_folder), tmp_path / "run", init=path)


def test_numbers_that_lie_in_another_file_are_not_fetched(exported, tmp_path):
    model = onnx.load(exported)
    path = tmp_path / "x.onnx"
    onnx.save(model, path, save_as_external_data=True, size_threshold=0)
    with pytest.raises(InputError, match="in another file"):
        load_weights(path)


def test_a_graph_that_disagrees_is_not_written(run, exported):
    network = trained_network(load_checkpoint(run))
    with torch.no_grad():
        network.join.maps[0].bias += torch.arange(8.0)
    with pytest.raises(OutputError, match="onnxruntime differs from torch"):
        check_agreement(network, exported.read_bytes())


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(InputError, match="nothing was trained there"):
        export_run(tmp_path, tmp_path / "x.onnx")


@pytest.mark.parametrize(
    ("name", "preset"), [("quartet", "quartet-s-cpu"), ("quartet-low", "quartet-low-cpu")]
)
def test_the_networks_that_ship_can_be_trained_on(name, preset):
    """`--init quartet`: its file holds every weight of its preset's network."""
    weights = load_weights(embedded(name))
    expected = build_network(find_config(preset)).state_dict()
    assert all(
        weights[name].shape == value.shape
        for name, value in expected.items()
        if not name.endswith("num_batches_tracked")
    )
