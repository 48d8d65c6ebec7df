"""Numbers in few bits: what is stored once is stored the same again."""

import pytest

torch = pytest.importorskip("torch")

from partita.training.onnx_file import rounded  # noqa: E402

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
