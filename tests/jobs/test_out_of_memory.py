import numpy as np
import pytest

from partita.core import PartitaWarning
from partita.jobs.out_of_memory import WithinMemory, is_out_of_memory

RATE = 100


def short_of(limit, error=MemoryError):
    """An engine that holds `limit` samples; its one stem is the recording times its time."""

    def separate(start, samples):
        if samples.shape[-1] > limit:
            raise error("Failed to allocate 3 GB")
        return (samples * (start + np.arange(samples.shape[-1])))[None].astype(np.float32)

    return separate


@pytest.mark.parametrize("error", [MemoryError, RuntimeError])
def test_shorter_pieces_give_the_same_stems(rng, error):
    segment = rng.uniform(-1, 1, (2, 3001)).astype(np.float32)
    within = WithinMemory(short_of(1000, error), RATE, overlap=0.1)
    with pytest.warns(PartitaWarning, match=r"separating 15.0 s at a time|7.5 s at a time"):
        rows = within(50, segment)
    assert within.piece == 750
    assert np.allclose(rows, short_of(9999)(50, segment), rtol=1e-5)


def test_the_length_that_worked_is_kept(rng):
    within = WithinMemory(short_of(1600), RATE, overlap=0.1)
    with pytest.warns(PartitaWarning, match="15.0 s"):
        within(0, np.ones((1, 3000), np.float32))
    assert within(0, np.ones((1, 3000), np.float32)).shape == (1, 1, 3000)  # and no warning


@pytest.mark.filterwarnings("ignore::partita.core.PartitaWarning")
def test_below_the_floor_it_is_an_error():
    with pytest.raises(MemoryError):
        WithinMemory(short_of(10), RATE, overlap=0.1)(0, np.ones((1, 3000), np.float32))


def test_other_errors_are_left_alone():
    assert not is_out_of_memory(ValueError("negative"))
    with pytest.raises(ZeroDivisionError):
        WithinMemory(lambda start, samples: 1 / 0, RATE, overlap=0)(0, np.ones((1, 3000)))
