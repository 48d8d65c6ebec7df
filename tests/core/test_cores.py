import os

import pytest

from partita.core.cores import usable_cores


@pytest.mark.parametrize(("there", "expected"), [(6, 6), (None, 1)])
def test_where_the_system_does_not_tell_all_cores_are_usable(monkeypatch, there, expected):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: there)
    assert usable_cores() == expected


def test_only_those_that_this_process_may_use_are_counted(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 3, 5}, raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    assert usable_cores() == 3
