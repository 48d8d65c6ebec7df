import numpy as np
import pytest

from partita.core import Activity, Audio, Hints
from partita.engines.by_segment import by_segment
from partita.jobs.streaming import AudioReader

RATE, PERIOD_S = 1000, 0.01


def counting(seconds):
    """Whose samples are their own times: (1, time)."""
    return AudioReader(Audio(np.arange(round(seconds * RATE))[None] / RATE, RATE))


def every_hundredth(segment, hints):
    """Times in the segment, and what the samples there say: (2, frames)."""
    place = np.arange(0, segment.length, round(PERIOD_S * RATE))
    return place / RATE, np.stack([segment.samples[0, place]] * 2)


@pytest.mark.parametrize("seconds", [0.5, 2.0, 3.7, 25.0])
def test_frames_of_segments_join_to_those_of_the_recording(seconds):
    time_s, values = by_segment(
        counting(seconds), Hints(), every_hundredth, segment_s=2.0, overlap=0.1
    )
    gaps = np.diff(time_s)
    assert time_s[0] == 0
    assert time_s[-1] > seconds - 2 * PERIOD_S
    assert np.all((gaps > 0) & (gaps < 2 * PERIOD_S))  # where two are joined grids may differ
    assert np.allclose(values, time_s, atol=1e-5)  # float32 samples up to 25


def test_the_second_segment_counts_from_the_middle_of_the_overlap():
    numbers = iter(range(9))

    def number(segment, hints):
        at_s, _ = every_hundredth(segment, hints)
        return at_s, np.full(len(at_s), next(numbers))

    time_s, values = by_segment(counting(3.5), Hints(), number, segment_s=2.0, overlap=0.25)
    assert time_s[values == 0].max() < 1.75 <= time_s[values == 1].min()


def test_each_segment_is_given_its_own_hints():
    hints = Hints(activity=Activity([2.5], [3.0], ("kick",)))

    def starts(segment, given):
        at_s, _ = every_hundredth(segment, given)
        start_s = given.activity.start_s
        return at_s, np.full(len(at_s), start_s[0] if len(start_s) else -1.0)

    time_s, values = by_segment(counting(6.0), hints, starts, segment_s=2.0, overlap=0.0)
    assert np.all(values[(time_s >= 2) & (time_s < 4)] == pytest.approx(0.5))
    assert np.all(values[(time_s < 2) | (time_s >= 4)] == -1)
