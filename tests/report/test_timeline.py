import re

import numpy as np
import pytest

from partita.report.frames import StemFrames
from partita.report.timeline import LINE, scale_of, song_strips

STATES = ["active"] * 4 + ["target silent"] * 2 + ["estimate silent", "both silent", "undefined"]


def frames(score, states, estimate_dbfs=None):
    count = len(states)
    level = np.full(count, -20.0) if estimate_dbfs is None else np.array(estimate_dbfs)
    return StemFrames(
        track="song",
        stem="vocals",
        states=np.array(states),
        time_s=np.arange(count, dtype=float),
        duration_s=np.ones(count),
        score=np.array(score, float),
        target_dbfs=np.full(count, -20.0),
        estimate_dbfs=level,
        shares=None,
        causes=np.full(count, ""),
    )


def strip_of(*arguments):
    found = frames(*arguments)
    return song_strips(0, [found], scale_of("sdr", [found.score])).strips[0]


def drawn(path):
    """The frames that a path draws, from its boxes."""
    boxes = re.findall(r"M(\d+) \d+(?:h(\d+)v|v-?\d+h(\d+)v)", path)
    return [n for x, a, b in boxes for n in range(int(x), int(x) + int(a or b))]


def test_every_frame_is_drawn_once_and_in_its_state():
    strip = strip_of([-3, 1, 4, 12, 0, 0, 0, np.nan, np.nan], STATES)
    bars = [n for _, path in strip.bars for n in drawn(path)]
    every = [bars, *map(drawn, (strip.leaks, strip.lost, strip.silent, strip.unknown))]
    assert every == [[0, 1, 2, 3], [4, 5], [6], [7], [8]]
    assert sorted(n for _, path in strip.tints for n in drawn(path)) == bars


def test_better_scores_stand_higher_and_have_better_colours():
    scores = np.array([-20.0, -3, 0.5, 4, 7, 11, 40])
    scale = scale_of("sdr", [scores])
    assert (np.diff(scale.height(scores)) >= 0).all()
    assert scale.colour(scores).tolist() == [0, 0, 1, 2, 3, 4, 4]
    assert scale.height(np.array([-np.inf, np.inf])).tolist() == [3, LINE]


def test_where_less_is_better_less_stands_higher(rng):
    scores = rng.uniform(0.1, 3, 200)
    scale = scale_of("multi_resolution_stft", [scores])
    order = np.argsort(scores)
    assert (np.diff(scale.height(scores[order])) <= 0).all()
    assert (np.diff(scale.colour(scores[order])) <= 0).all()
    assert set(scale.colour(scores)) == {0, 1, 2, 3, 4}


def test_a_metric_that_never_changes_has_a_scale():
    for metric in ("stoi", "l1_frequency"):
        scale = scale_of(metric, [np.full(5, 0.5)])
        assert np.isfinite(scale.height(np.full(5, 0.5))).all()


def test_louder_leaks_hang_deeper():
    strip = strip_of([0] * 3, ["target silent"] * 3, [-55.0, -40.0, -10.0])
    depths = [int(depth) for depth in re.findall(r"v(\d+)h1", strip.leaks)]
    assert depths == sorted(depths)
    assert depths[0] < depths[-1]


@pytest.mark.parametrize("seconds", [1, 7, 59, 300, 5000])
def test_marks_are_few_and_begin_at_nothing(seconds):
    found = frames([5.0] * seconds, ["active"] * seconds)
    marks = song_strips(0, [found], scale_of("sdr", [])).marks
    assert marks[0] == (0.0, "0:00")
    assert 1 <= len(marks) <= 8
    assert all(place < 97 for place, _ in marks)
