import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partita.jobs.spool import INDEX, SEGMENTS, Spool, holds_segments

SHAPES = [(2, 1, 5), (2, 1, 7), (2, 1, 3)]


def filled(folder, rng, key="a"):
    segments = [rng.standard_normal(shape).astype(np.float32) for shape in SHAPES]
    with Spool(folder, key) as spool:
        for rows in segments:
            spool.append(rows)
    return segments


def same(got, expected):
    return len(got) == len(expected) and all(map(np.array_equal, got, expected))


def test_what_is_appended_is_read_back_by_the_next_run(tmp_path, rng):
    segments = filled(tmp_path, rng)
    with Spool(tmp_path, "a") as spool:
        assert same(list(spool), segments)
        assert np.array_equal(spool.read(1), segments[1])
        assert spool.size == (tmp_path / SEGMENTS).stat().st_size


def test_another_key_starts_anew(tmp_path, rng):
    filled(tmp_path, rng)
    with Spool(tmp_path, "b") as spool:
        assert len(spool) == 0
    assert not holds_segments(tmp_path)


def test_a_segment_that_is_expected_to_be_all_stays_in_memory(tmp_path, rng):
    rows = rng.standard_normal((2, 1, 5)).astype(np.float32)
    with Spool(tmp_path, "a", one=True) as spool:
        spool.append(rows)
        assert np.array_equal(spool.read(0), rows)
        assert same(list(spool), [rows])
        assert (tmp_path / SEGMENTS).stat().st_size == 0
    assert not holds_segments(tmp_path)


def test_if_another_comes_both_are_written(tmp_path, rng):
    segments = [rng.standard_normal(shape).astype(np.float32) for shape in SHAPES]
    with Spool(tmp_path, "a", one=True) as spool:
        for rows in segments:
            spool.append(rows)
        assert same(list(spool), segments)
    with Spool(tmp_path, "a", one=True) as spool:
        assert same(list(spool), segments)


def test_if_the_work_is_stopped_it_is_written(tmp_path, rng):
    rows = rng.standard_normal((2, 1, 5)).astype(np.float32)
    spool = Spool(tmp_path, "a", one=True)
    spool.append(rows)
    spool.__exit__(KeyboardInterrupt)
    with Spool(tmp_path, "a", one=True) as spool:
        assert same(list(spool), [rows])


@settings(max_examples=60, deadline=None)
@given(samples=st.integers(0, 120), index=st.integers(0, 150), flip=st.booleans())
def test_whatever_is_cut_off_whole_segments_are_left(tmp_path_factory, samples, index, flip):
    folder = tmp_path_factory.mktemp("spool")
    segments = filled(folder, np.random.default_rng(0))
    data = bytearray((folder / SEGMENTS).read_bytes())
    if flip and data:
        data[len(data) // 2] ^= 1
    (folder / SEGMENTS).write_bytes(data[:samples])
    (folder / INDEX).write_bytes((folder / INDEX).read_bytes()[:index])
    with Spool(folder, "a") as spool:
        kept = len(spool)
        assert same(list(spool), segments[:kept])
        for rows in segments[kept:]:
            spool.append(rows)
    with Spool(folder, "a") as spool:
        assert same(list(spool), segments)


@pytest.mark.parametrize("line", ["", "[]", '{"shape": 3}', '{"shape": [1, 1, 99], "crc32": 0}'])
def test_an_index_that_makes_no_sense_counts_up_to_there(tmp_path, rng, line):
    segments = filled(tmp_path, rng)
    lines = (tmp_path / INDEX).read_text().splitlines()
    (tmp_path / INDEX).write_text("\n".join([*lines[:2], line, *lines[3:]]) + "\n")
    with Spool(tmp_path, "a") as spool:
        assert same(list(spool), segments[:1])
