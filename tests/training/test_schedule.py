import pytest

from partita.training.config import ScheduleConfig
from partita.training.schedule import learning_rate, progress_of


@pytest.mark.parametrize("shape", ["cosine", "hold"])
def test_the_rate_never_rises_after_the_warm_up(shape):
    schedule = ScheduleConfig(steps=100, warmup_steps=10, shape=shape)
    rates = [learning_rate(step, step / 100, schedule) for step in range(10, 120)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == pytest.approx(schedule.learning_rate * schedule.final_rate)


def test_the_warm_up_is_a_line():
    schedule = ScheduleConfig(steps=10**9, warmup_steps=4, learning_rate=4.0)
    assert [learning_rate(s, 0, schedule) for s in range(5)] == pytest.approx([1, 2, 3, 4, 4])


def test_hold_keeps_the_rate_until_the_decay():
    schedule = ScheduleConfig(steps=100, warmup_steps=0, shape="hold", decay=0.3)
    assert learning_rate(60, 0.6, schedule) == schedule.learning_rate
    assert learning_rate(85, 0.85, schedule) < 0.6 * schedule.learning_rate


def test_progress_follows_steps_or_the_clock():
    assert progress_of(25, 1e9, ScheduleConfig(steps=100)) == 0.25
    assert progress_of(25, 30, ScheduleConfig(minutes=2)) == 0.25
