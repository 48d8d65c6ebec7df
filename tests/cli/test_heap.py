import os
import platform
import subprocess
import sys

import pytest

from partita.cli import heap

THREADS = """
import ctypes, threading
from partita.cli.heap import share_one_heap
{before}
together = threading.Barrier(4, timeout=20)
held = []
def take():
    together.wait()
    held.append([bytes(50_000 + n) for n in range(100)])
    together.wait()
threads = [threading.Thread(target=take) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


def heaps(before, **environment):
    """How many heaps four threads take from, in a process of their own."""
    known = {name: value for name, value in os.environ.items() if name != "MALLOC_ARENA_MAX"}
    told = subprocess.run(
        [sys.executable, "-c", THREADS.format(before=before)],
        env=known | environment,
        capture_output=True,
        text=True,
        check=True,
    ).stderr
    return told.count("Arena ")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library")
def test_threads_share_one_heap_once_that_is_said():
    assert heaps("") > 1
    assert heaps("share_one_heap()") == 1


def test_what_cannot_be_said_is_left(monkeypatch):
    def nowhere(name):
        raise OSError("no such library")

    monkeypatch.setattr(heap.ctypes, "CDLL", nowhere)
    monkeypatch.setenv("MALLOC_ARENA_MAX", "many")
    heap.share_one_heap()
    assert os.environ["MALLOC_ARENA_MAX"] == "many"


def test_processes_that_are_started_share_one_too(monkeypatch):
    monkeypatch.setenv("MALLOC_ARENA_MAX", "before")
    monkeypatch.delenv("MALLOC_ARENA_MAX")
    heap.share_one_heap()
    assert os.environ["MALLOC_ARENA_MAX"] == "1"
