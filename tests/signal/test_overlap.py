import weakref

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.core import OptionError
from partita.signal import crossfade, segments


def blocks_of(x, sizes):
    start = 0
    for size in sizes:
        yield x[..., start : start + size]
        start += size
    yield x[..., start:]


@settings(max_examples=200, deadline=None)
@given(
    total=st.integers(1, 400),
    length=st.integers(2, 80),
    share=st.floats(0, 0.5),
    sizes=st.lists(st.integers(1, 90), max_size=8),
)
def test_a_stream_cut_and_joined_is_itself(total, length, share, sizes):
    x = np.random.default_rng(total).standard_normal((2, total))
    overlap = int(share * length)
    pieces = list(segments(blocks_of(x, sizes), length=length, overlap=overlap))
    joined = np.concatenate(list(crossfade((p for _, p in pieces), overlap=overlap)), axis=-1)
    assert np.array_equal(joined, x)
    assert all(np.array_equal(p, x[:, s : s + p.shape[1]]) for s, p in pieces)
    assert all(p.shape[1] == length for _, p in pieces[:-2])
    assert all(p.shape[1] <= length for _, p in pieces)
    if len(pieces) > 1:
        assert all(2 * p.shape[1] >= length + overlap for _, p in pieces[-2:])


def test_a_crossfade_has_weights_that_add_up_to_one():
    joined = np.concatenate(list(crossfade([np.ones(50), np.ones(50)], overlap=20)))
    assert np.allclose(joined, 1)


def test_a_crossfade_moves_from_one_to_the_other():
    joined = np.concatenate(list(crossfade([np.zeros(50), np.ones(50)], overlap=20)))
    assert len(joined) == 80
    assert np.all(np.diff(joined) >= 0)
    assert joined[29] == 0
    assert joined[50] == 1


def test_one_piece_is_held_at_a_time():
    made = []

    def piece():
        x = np.ones(50)
        made.append(weakref.ref(x))
        return x

    joined = crossfade((piece() for _ in range(3)), overlap=20)
    assert {sum(end() is not None for end in made) for _ in joined} == {1}


def test_no_blocks_no_segments():
    assert list(segments([], length=10, overlap=2)) == []
    assert list(crossfade([], overlap=2)) == []


def test_memory_stays_flat():
    longest = max(
        len(piece)
        for _, piece in segments((np.zeros(10) for _ in range(1000)), length=100, overlap=10)
    )
    assert longest <= 100


@pytest.mark.parametrize("overlap", [-1, 6])
def test_overlap_is_at_most_half(overlap):
    with pytest.raises(OptionError, match="overlap"):
        list(segments([np.zeros(30)], length=10, overlap=overlap))
