"""Encoders at work at the same time: libsndfile and FFmpeg let other threads run meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Self, TypeVar

T = TypeVar("T")


class SideBySide:
    """Calls that are made at the same time; use it in a `with` statement.

    Parameters
    ----------
    threads : so many calls at once. With one, each is made by who asks for it.

    Examples
    --------
    >>> with SideBySide(2) as calls:
    ...     calls.each([lambda: "left", lambda: "right"])
    ['left', 'right']
    """

    def __init__(self, threads: int) -> None:
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def each(self, works: Sequence[Callable[[], T]]) -> list[T]:
        """What each work gives, once none is under way any more.

        Raises
        ------
        Exception : the first that a work raised, in the order of the works.
        """
        if self._pool is None:
            return [work() for work in works]
        futures = [self._pool.submit(work) for work in works]
        wait(futures)
        return [future.result() for future in futures]

    def close(self) -> None:
        """End the threads."""
        if self._pool is not None:
            self._pool.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()
