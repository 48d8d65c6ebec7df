import threading
import time

import pytest

from partita.io.side_by_side import SideBySide

WAIT_S = 20


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_answers_are_in_the_order_of_the_works(threads):
    def work(number):
        time.sleep(0.01 * (3 - number))
        return number

    with SideBySide(threads) as calls:
        assert calls.each([lambda n=n: work(n) for n in range(4)]) == [0, 1, 2, 3]


def test_two_are_under_way_at_the_same_time():
    both = threading.Barrier(2, timeout=WAIT_S)
    with SideBySide(2) as calls:
        assert sorted(calls.each([both.wait, both.wait])) == [0, 1]


def test_one_thread_is_that_of_the_caller():
    with SideBySide(1) as calls:
        assert calls.each([threading.current_thread]) == [threading.current_thread()]


def test_the_first_error_is_raised_when_none_is_under_way():
    ended = threading.Event()

    def slow():
        time.sleep(0.05)
        ended.set()

    def failing(text):
        raise ValueError(text)

    with (
        SideBySide(3) as calls,
        pytest.raises(ValueError, match="first"),
    ):
        calls.each([slow, lambda: failing("first"), lambda: failing("second")])
    assert ended.is_set()


def test_no_thread_is_left():
    before = threading.active_count()
    with SideBySide(3) as calls:
        calls.each([lambda: None] * 3)
    assert threading.active_count() == before
