"""Doing half of the work while another thread does the other half."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

T = TypeVar("T")


class Beside:
    """One helping thread, for work that spends its time outside Python: networks, transforms.

    Parameters
    ----------
    helped : without help, all is done by who asks for it.
    """

    def __init__(self, helped: bool) -> None:
        self.helper = ThreadPoolExecutor(max_workers=1) if helped else None

    def begin(self, work: Callable[[], T]) -> Callable[[], T]:
        """Begin work; what is returned waits for its result.

        Without help the work is done when its result is asked for.
        """
        return self.helper.submit(work).result if self.helper else work

    def halves(self, count: int, work: Callable[[slice], None]) -> None:
        """Do work on 0 to count, on the second half beside the first.

        Examples
        --------
        >>> Beside(helped=False).halves(5, print)
        slice(0, 2, None)
        slice(2, 5, None)
        """
        later = self.begin(partial(work, slice(count // 2, count)))
        if count > 1:
            work(slice(0, count // 2))
        later()

    def close(self) -> None:
        """Let the helper go."""
        if self.helper:
            self.helper.shutdown()
