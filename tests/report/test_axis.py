import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partita.report.axis import axis_of

VALUES = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20)


@given(VALUES)
def test_every_value_lies_on_the_scale(values):
    axis = axis_of(values)
    slack = 1e-6 * max(abs(axis.low), abs(axis.high))
    assert axis.low - slack <= min(values)
    assert max(values) <= axis.high + slack
    assert all(0 <= axis.percent(value) <= 100 for value in values)


@given(VALUES)
def test_marks_are_even_and_few(values):
    axis = axis_of(values)
    steps = [b - a for a, b in zip(axis.ticks, axis.ticks[1:], strict=False)]
    assert 2 <= len(axis.ticks) <= 12
    assert max(steps) == pytest.approx(min(steps), rel=1e-3, abs=1e-9)
    assert (axis.ticks[0], axis.ticks[-1]) == (axis.low, axis.high)


@given(VALUES)
def test_larger_values_lie_further_right(values):
    axis = axis_of(values)
    places = [axis.percent(value) for value in sorted(values)]
    assert places == sorted(places)


def test_what_is_asked_for_is_on_the_scale_and_the_infinite_is_at_its_end():
    axis = axis_of([4.0, math.inf, math.nan], around=[0.0])
    assert (axis.low, axis.high) == (0.0, 4.0)
    assert axis.percent(math.inf) == 100
