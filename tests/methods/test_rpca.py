import numpy as np
import pytest

from partita.methods import robust_pca


def problem(rng, rows, columns, rank, share, dtype):
    low_rank = rng.standard_normal((rows, rank)) @ rng.standard_normal((rank, columns))
    sparse = np.where(rng.random((rows, columns)) < share, 10.0, 0) * rng.standard_normal(columns)
    return low_rank.astype(dtype), sparse.astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(120, 200), (200, 120)])
def test_a_low_rank_and_a_sparse_matrix_are_told_apart(rng, dtype, shape):
    low_rank, sparse = problem(rng, *shape, rank=6, share=0.05, dtype=dtype)
    L, S = robust_pca(low_rank + sparse)
    assert L.dtype == S.dtype == dtype
    # the stopping tolerance is 1e-4 of the sum
    assert np.linalg.norm(L - low_rank) < 1e-3 * np.linalg.norm(low_rank)
    assert np.linalg.norm(S - sparse) < 1e-3 * np.linalg.norm(sparse)


def test_the_parts_are_those_of_exact_decompositions(rng):
    """The same iteration with NumPy's full SVD in each step."""
    X = rng.exponential(size=(60, 90)) ** 2
    weight, norm = 1 / np.sqrt(90), np.linalg.norm(X)
    largest = np.linalg.norm(X, 2)
    mu, S, Y = 1.25 / largest, np.zeros_like(X), X / max(largest, X.max() / weight)
    for _ in range(50):
        U, s, Vt = np.linalg.svd(X - S + Y / mu, full_matrices=False)
        L = (U * np.maximum(s - 1 / mu, 0)) @ Vt
        R = X - L + Y / mu
        S = np.sign(R) * np.maximum(np.abs(R) - weight / mu, 0)
        Y, mu = Y + mu * (X - L - S), mu * 1.5
        if np.linalg.norm(X - L - S) < 1e-4 * norm:
            break
    ours, _ = robust_pca(X)
    assert np.linalg.norm(ours - L) < 0.02 * norm  # singular vectors of one power step


def test_both_parts_scale_with_the_matrix(rng):
    X = rng.exponential(size=(50, 70))
    for one, eight in zip(robust_pca(X), robust_pca(8 * X), strict=True):
        assert np.allclose(8 * one, eight, atol=1e-9)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (30, 2)])
def test_thin_matrices(rng, shape):
    X = rng.exponential(size=shape)
    L, S = robust_pca(X)
    assert np.linalg.norm(X - L - S) < 1e-3 * np.linalg.norm(X)


def test_nothing_has_no_parts():
    L, S = robust_pca(np.zeros((5, 6)))
    assert not L.any()
    assert not S.any()


def test_more_weight_makes_the_sparse_part_smaller(rng):
    X = rng.exponential(size=(60, 60))
    held = [np.abs(robust_pca(X, sparsity=weight)[1]).sum() for weight in (0.5, 1, 2)]
    assert held[0] > held[1] > held[2]
