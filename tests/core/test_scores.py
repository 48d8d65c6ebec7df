import numpy as np
import pytest

from partita.core import Scores, UsageError

ROWS = [
    ("song", "vocals", "sdr", 0, 0.0, 1.0, 5.0),
    ("song", "vocals", "sdr", 1, 1.0, 1.0, np.nan),
    ("song", "drums", "sdr", 0, 0.0, 1.0, -np.inf),
]


def test_nothing_is_dropped():
    scores = Scores.from_rows(ROWS)
    assert len(scores) == 3
    assert np.isnan(scores.value[1])
    assert scores.value[2] == -np.inf


def test_rows_are_found_by_several_columns():
    assert Scores.from_rows(ROWS).where(target="vocals", frame=0).value.tolist() == [5.0]


def test_an_unknown_column_is_refused():
    with pytest.raises(UsageError, match="no column 'stem'"):
        Scores.from_rows(ROWS).where(stem="vocals")


def test_parts_are_joined_in_order():
    scores = Scores.concatenate([Scores.from_rows(ROWS[:1]), Scores.from_rows(ROWS[1:])])
    assert scores.target.tolist() == ["vocals", "vocals", "drums"]


def test_no_rows_are_a_table_too():
    empty = Scores.from_rows([])
    assert len(empty) == 0
    assert len(Scores.concatenate([])) == 0
    assert len(Scores.concatenate([empty, Scores.from_rows(ROWS)])) == 3


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(UsageError, match="equally long"):
        Scores(["a"], ["b"], ["c"], [0, 1], [0.0], [1.0], [2.0])
