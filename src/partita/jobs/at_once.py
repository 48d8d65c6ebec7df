"""Several segments at the same time, what becomes of them in order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from partita.core.separator import Session, SeveralAtOnce

T = TypeVar("T")


def segments_at_once(session: Session) -> int:
    """How many segments a session wants to work on at a time."""
    return session.at_once if isinstance(session, SeveralAtOnce) else 1


def in_order(works: Iterable[Callable[[], T]], *, at_once: int) -> Generator[T]:
    """The results of works, one after the other, while the next are under way.

    Parameters
    ----------
    works : taken from where they come as there is room: `at_once` are under way, and one waits.
    at_once : threads that work. With one, each work is done by who asks for its result.

    Raises
    ------
    Exception : what a work raises, in its turn; what has not begun by then is never done. The same
        holds where the caller asks for no more.

    Examples
    --------
    >>> list(in_order([lambda: "one", lambda: "two"], at_once=2))
    ['one', 'two']
    """
    if at_once == 1:
        yield from (work() for work in works)
        return
    pending: deque[Future[T]] = deque()
    pool = ThreadPoolExecutor(at_once)
    try:
        for work in works:
            pending.append(pool.submit(work))
            if len(pending) > at_once:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
