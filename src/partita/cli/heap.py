"""One heap for all threads: segments are made by one thread and let go by another.

glibc gives each thread a heap of its own. What lies in one until another thread is done with it
leaves gaps there: ten minutes by `quartet` took 4 to 11 % more memory, and no less time.
"""

from __future__ import annotations

import ctypes
import os

M_ARENA_MAX = -8


def share_one_heap() -> None:
    """Have this process, and those that it starts, use one heap; where that can be said."""
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")
    try:
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, int(os.environ["MALLOC_ARENA_MAX"]))
    except (AttributeError, OSError, TypeError, ValueError):  # another C library, or no number
        return
