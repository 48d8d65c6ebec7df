"""Numbers in few bits: what is stored once is stored the same again."""

import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

from partita.core import InputError  # noqa: E402
from partita.training.onnx_file import rounded, weights_in_onnx  # noqa: E402
from partita.weights import embedded  # noqa: E402

GRU = "recurrent.0.gru.weight_ih_l0"


@pytest.mark.parametrize(
    ("name", "bits", "worst"), [(GRU, 8, 1 / 250), ("join.weight", 11, 1 / 2048)]
)
def test_a_matrix_is_rounded_by_at_most_half_a_step(name, bits, worst):
    torch.manual_seed(0)
    matrix = torch.randn(16, 64) * torch.logspace(-2, 1, 16)[:, None]
    stored = rounded(name, matrix)
    largest = matrix.abs().amax(dim=1, keepdim=True)
    assert float(((stored - matrix).abs() / largest).max()) <= worst
    assert bool((stored != matrix).any())
    if name == GRU:
        assert max(len(row.unique()) for row in stored) <= 2**bits


@pytest.mark.parametrize("name", [GRU, "join.weight"])
def test_what_was_rounded_stays(name):
    torch.manual_seed(1)
    once = rounded(name, torch.randn(384, 144) * torch.logspace(-7, 1, 384)[:, None])
    assert torch.equal(rounded(name, once), once)


def test_a_row_of_nothing_stays_nothing():
    assert not rounded(GRU, torch.zeros(8, 16)).any()


def test_vectors_and_small_matrices_are_exact():
    for values in (torch.randn(384), torch.randn(4, 4)):
        assert rounded(GRU, values) is values


def test_integers_that_nothing_says_the_worth_of_are_refused(tmp_path):
    model = onnx.load(embedded("quartet-low"))
    kept = [t for t in model.graph.initializer if not t.name.endswith(".scale")]
    assert len(kept) < len(model.graph.initializer)
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, tmp_path / "x.onnx")
    with pytest.raises(InputError, match=r"cannot read weights from .*x\.onnx"):
        weights_in_onnx(tmp_path / "x.onnx")
