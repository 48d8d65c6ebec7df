"""The separator contract, in two halves: configuration and work.

*Configuration*: an engine is a frozen dataclass whose fields are its options. Its class is its
configuration (repr, TOML, `--set key=value` all come from the fields); making one does no work.
*Work*: `engine.open()` gives a Session, a context manager that holds what is costly.

    file ─ Reader ─► session.prepare (optional, the whole file in blocks) ─► state
                └──► session.separate (one segment, wanted stems) ─► crossfade ─► stems on disk

tests/contract holds what every engine must pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.core.understood import Understood


class Reader(Protocol):
    """A recording, read in blocks from its start as often as wanted."""

    @property
    def rate(self) -> int:
        """Samples per second, Hz."""
        ...

    @property
    def channels(self) -> int:
        """1 or 2."""
        ...

    @property
    def declared_length(self) -> int | None:
        """Samples a channel that are expected; a claim, for progress and plans only."""
        ...

    def blocks(self, size: int) -> Iterator[Audio]:
        """The whole recording in pieces of `size` samples; the last may be shorter."""
        ...


class Session(Protocol):
    """An engine at work. Close it, or use it in a `with` statement."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...

    def prepare(self, reader: Reader, hints: Hints) -> Any:
        """What the whole file tells (a melody path, a global mean); None for most engines."""
        ...

    def separate(
        self, segment: Audio, hints: Hints, *, state: Any, stems: tuple[str, ...]
    ) -> Stems:
        """The wanted stems of one segment, in the order asked, as long as the segment.

        Parameters
        ----------
        segment : never changed; mono or stereo, any rate, any length from one sample up.
        hints : side information already cut to the segment.
        state : what `prepare` gave for this file.
        stems : names out of the engine's stems; only these are worth computing.
        """
        ...


class Separator(Protocol):
    """An engine's configuration: a frozen dataclass; its fields are its options."""

    name: ClassVar[str]
    """As users type it; the registry's key."""
    uses: ClassVar[frozenset[str]]
    """Hints it needs or can use, by name; any other hint given to it is an error."""
    requires: ClassVar[frozenset[str]]
    """Hints without which it cannot work."""
    segment_s: ClassVar[float | None]
    """Length of a segment, seconds; None: it needs the whole signal at once."""
    overlap: ClassVar[float]
    """Share of a segment that is crossfaded with the next, 0 … 0.5."""
    max_duration_s: ClassVar[float | None]
    """With segment_s None: longer files are refused."""
    adds_up: ClassVar[bool]
    """Whether its stems add up to the recording."""

    @property
    def stems(self) -> tuple[str, ...]:
        """Names of its stems; empty where the input (a score, the references) decides."""
        ...

    def open(self, device: str = "auto", threads: int | None = None) -> Session:
        """A session on `device`, with at most `threads` threads (None: as many as there are)."""
        ...


@runtime_checkable
class StemsFromHints(Protocol):
    """An engine whose stems are decided by side information: a score's parts, true stems."""

    def stems_from(self, hints: Hints) -> tuple[str, ...]:
        """Names of the stems that it will give with these hints."""
        ...


@runtime_checkable
class SeveralAtOnce(Protocol):
    """A session whose `separate` may be called from several threads at the same time."""

    @property
    def at_once(self) -> int:
        """How many segments to work on at a time: each takes memory."""
        ...


@runtime_checkable
class Explains(Protocol):
    """A session that can show what it understood of a recording."""

    def explain(self, reader: Reader, hints: Hints, *, state: Any) -> tuple[Understood, ...]:
        """What it goes by when it separates this recording; nothing where there is nothing to see.

        Parameters
        ----------
        hints : for the whole recording, as they were given.
        state : what `prepare` gave for this file.
        """
        ...


@runtime_checkable
class RefinesHints(Protocol):
    """A state of `prepare` that knows better than the hints that were given.

    Its hints are cut to the segments in place of those: a score that was brought to the times of
    the recording.
    """

    @property
    def hints(self) -> Hints:
        """The hints for the whole recording."""
        ...
