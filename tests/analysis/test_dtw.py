from itertools import pairwise

import librosa
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.analysis.dtw import band_around, dtw, full_band
from partita.core import UsageError


def matrix_cost(matrix):
    return lambda i, j: matrix[i, j]


def along(matrix, path, weights):
    """What a path costs, step by step."""
    total = matrix[0, 0]
    for before, cell in pairwise(path):
        step = tuple(cell - before)
        total += weights[[(1, 1), (1, 0), (0, 1)].index(step)] * matrix[tuple(cell)]
    return total


@pytest.mark.parametrize("weights", [(1, 1, 1), (2, 1.5, 1.5), (2, 1, 1)])
@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (9, 1), (12, 12), (20, 33), (41, 17)])
def test_the_cost_is_librosas(rng, shape, weights):
    matrix = rng.uniform(0.01, 1, shape)
    path, total = dtw(matrix_cost(matrix), *shape, weights=weights)
    steps = np.array([[1, 1], [1, 0], [0, 1]])
    theirs, _ = librosa.sequence.dtw(
        C=matrix, step_sizes_sigma=steps, weights_mul=np.array(weights, float)
    )
    first = matrix[0, 0]
    assert total == pytest.approx(theirs[-1, -1] - theirs[0, 0] + first)
    assert along(matrix, path, weights) == pytest.approx(total)
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [shape[0] - 1, shape[1] - 1]


@given(st.integers(2, 30), st.integers(2, 30), st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_a_band_that_holds_the_best_path_changes_nothing(rows, columns, seed):
    matrix = np.random.default_rng(seed).uniform(0, 1, (rows, columns))
    path, total = dtw(matrix_cost(matrix), rows, columns)
    band = band_around(path, rows=rows, columns=columns, scale=1, radius=0)
    narrow, same = dtw(matrix_cost(matrix), rows, columns, band=band)
    assert same == pytest.approx(total)
    assert np.array_equal(narrow, path)


def test_only_the_band_is_looked_at(rng):
    matrix = rng.uniform(0, 1, (50, 50))
    band = np.stack([np.arange(50) - 3, np.arange(50) + 4], axis=1).clip(0, 50)
    seen = np.zeros((50, 50), bool)

    def cost(i, j):
        seen[i, j] = True
        return matrix[i, j]

    path, _ = dtw(cost, 50, 50, band=band)
    inside = np.abs(np.subtract.outer(np.arange(50), np.arange(50))) <= 3
    assert np.array_equal(seen, inside)
    assert np.all(np.abs(path[:, 0] - path[:, 1]) <= 3)


def test_a_coarse_path_becomes_a_band_around_the_fine_one():
    coarse = np.array([[0, 0], [1, 1], [2, 2], [2, 3], [3, 4]])
    band = band_around(coarse, rows=15, columns=20, scale=4, radius=1)
    assert band.shape == (15, 2)
    for i, j in coarse * 4:
        row = min(i, 14)
        assert band[row, 0] <= j < band[row, 1] + 1
    assert band[0, 0] == 0
    assert band[-1, 1] == 20


def test_sequences_with_themselves_go_along_the_diagonal(rng):
    x = rng.standard_normal(30)
    path, total = dtw(lambda i, j: np.abs(x[i] - x[j]), 30, 30)
    assert total == 0
    assert np.array_equal(path, np.stack([np.arange(30)] * 2, axis=1))


def test_a_band_that_breaks_off_is_refused():
    band = full_band(4, 8)
    band[2:, 0] = 6
    band[:2, 1] = 4
    with pytest.raises(UsageError, match="without a gap"):
        dtw(lambda i, j: np.zeros(len(i)), 4, 8, band=band)
