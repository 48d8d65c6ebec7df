"""Side information that lies in files: which file for which recording, read when it is its turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from partita.core.digest import file_digest
from partita.core.errors import UsageError
from partita.core.hints import Example, Examples, Hints
from partita.core.names import printable
from partita.io.activity import read_activity
from partita.io.example import read_example
from partita.io.lyrics import read_lyrics
from partita.io.pitch import read_pitch
from partita.io.score import read_score

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "score": "--score",
        "pitch": "--pitch",
        "lyrics": "--lyrics",
        "activity": "--activity",
        "examples": "--example",
    }
)
"""Name of the hint -> the flag of `partita separate` that gives it."""

TRACK = "{track}"


@dataclass(frozen=True)
class HintFile:
    """A file with side information.

    Parameters
    ----------
    hint : a key of FLAGS.
    path : where it lies; {track} stands for the name of the recording.
    source : of an example, whose sound it is.
    """

    hint: str
    path: str
    source: str = ""

    def __post_init__(self) -> None:
        if self.hint not in FLAGS:
            raise UsageError(f"files hold {', '.join(FLAGS)} hints, not {self.hint!r}")

    @property
    def is_shared(self) -> bool:
        """Whether it is the same for every recording."""
        return TRACK not in self.path

    def of(self, track: str) -> Path:
        """The file for a recording."""
        return Path(self.path.replace(TRACK, track))


@dataclass(frozen=True)
class HintSource:
    """A file that was read, for the manifest."""

    hint: str
    name: str
    sha256: str
    source: str = ""

    def row(self) -> dict[str, Any]:
        """As plain JSON values."""
        kept = {"hint": self.hint, "name": printable(self.name), "sha256": self.sha256}
        return kept | ({"source": self.source} if self.source else {})


def check_hint_files(files: Sequence[HintFile], hints: Hints) -> None:
    """Refuse a hint that is given twice.

    Raises
    ------
    UsageError : naming the flag.
    """
    given = [*hints.given, *(file.hint for file in files)]
    for hint, flag in FLAGS.items():
        if given.count(hint) > 1 and (hint != "examples" or hints.examples is not None):
            raise UsageError(f"{flag} is given twice: one {hint} belongs to a recording")


def read_hint_files(files: Sequence[HintFile], track: str) -> tuple[Hints, tuple[HintSource, ...]]:
    """The hints in the files for a recording, and what was read.

    Raises
    ------
    InputError, HintError, MissingExtra : a file cannot be read, or holds nothing of the kind.
    """
    found: dict[str, Any] = {}
    clips: list[Example] = []
    sources = []
    for file in files:
        path = file.of(track)
        if file.hint == "examples":
            clips.append(read_example(file.source, path))
        else:
            found[file.hint] = _READERS[file.hint](path)
        sources.append(HintSource(file.hint, path.name, file_digest(path), file.source))
    if clips:
        found["examples"] = Examples(tuple(clips))
    return Hints(**found), tuple(sources)


_READERS: Mapping[str, Any] = MappingProxyType(
    {
        "score": read_score,
        "pitch": read_pitch,
        "lyrics": read_lyrics,
        "activity": read_activity,
    }
)
