"""What every dataset is: a frozen dataclass that is iterated for its tracks.

Its fields are `root` (where it lies), `subset` (some of it) and its own options. Making one does no
work, listing it decodes nothing: a track loads its mix, stems and hints when they are asked for.
Nothing is downloaded, and nothing in a dataset is trusted: no path is taken from its metadata.

Tracks come in the order of their ids, which are unique and the same on every machine. Within a
track all stems have the length of the mix; a stem that ends earlier ends in silence.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Protocol

from partita.core.errors import InputError, OptionError, UsageError
from partita.core.names import printable
from partita.core.track import Track


@dataclass(frozen=True)
class About:
    """A dataset, for people and programs.

    Attributes
    ----------
    title : as its makers call it.
    summary : what it holds, in one line.
    layout : where its files lie below ROOT; the words in capitals stand for names.
    stems : names of the stems; empty where the tracks decide.
    mix : how the mix relates to the stems.
    adds_up : whether the stems add up to the mix (to rounding, or as `mix` says).
    licence, citation, homepage : of the dataset, which is not part of Partita.
    subsets : names that `subset` may take; empty where there is only the whole.
    hints : the hints that its tracks have.
    extra : the extra without which it cannot be read ("" for none).
    """

    title: str
    summary: str
    layout: tuple[str, ...]
    stems: tuple[str, ...]
    mix: str
    adds_up: bool
    licence: str
    citation: str
    homepage: str
    subsets: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    extra: str = ""


class Dataset(Protocol):
    """A dataset on disk. `tests/contract/test_datasets.py` holds what each must pass."""

    name: ClassVar[str]
    """As users type it; the registry's key."""
    about: ClassVar[About]

    @property
    def root(self) -> Path:
        """The folder that holds it."""
        ...

    @property
    def subset(self) -> str:
        """Names out of `about.subsets`, comma-separated; empty for everything there is."""
        ...

    def __iter__(self) -> Iterator[Track]:
        """Its tracks.

        Raises
        ------
        InputError : the folder is not laid out as the dataset is, naming what is missing.
        """
        ...

    def __len__(self) -> int: ...


def choice(default: str, choices: tuple[str, ...], help: str) -> Any:
    """A dataclass field for an option of a dataset: one word out of several."""
    return dataclasses.field(default=default, metadata={"help": help, "choices": choices})


def check(dataset: Any) -> None:
    """Turn `root` into a path, refuse unknown subsets and options; every `__post_init__` calls it.

    Raises
    ------
    UsageError : an unknown subset. OptionError : a value that the option does not take.
    """
    object.__setattr__(dataset, "root", Path(dataset.root))
    subsets_of(dataset)
    for field in dataclasses.fields(dataset):
        value, choices = getattr(dataset, field.name), field.metadata.get("choices")
        if choices and value not in choices:
            raise OptionError(
                f"dataset {dataset.name}: {field.name} must be {' or '.join(choices)}, "
                f"got {value!r}"
            )


def subsets_of(dataset: Dataset) -> tuple[str, ...]:
    """The names of the subsets that are wanted, in the dataset's order; all by default."""
    known = dataset.about.subsets
    wanted = {name.strip() for name in dataset.subset.split(",") if name.strip()}
    for name in sorted(wanted.difference(known)):
        have = f"it has {', '.join(known)}" if known else "it has none"
        raise UsageError(f"dataset {dataset.name} has no subset {name!r}; {have}")
    return tuple(name for name in known if name in wanted or not wanted)


def wrong_tree(dataset: Dataset, found: str) -> InputError:
    """The error for a folder that is not what the dataset looks like.

    Parameters
    ----------
    found : what is wrong with it, after the folder's name: "has no folder train".
    """
    about = dataset.about
    where = f" (from {about.homepage})" if about.homepage else ""
    return InputError(
        f"{printable(dataset.root)} {found}; {about.title} is {', '.join(about.layout)}{where}"
    )


def subfolders(folder: Path) -> list[Path]:
    """The folders in a folder, by name, without hidden ones; none where there is no such folder."""
    if not folder.is_dir():
        return []
    return sorted(
        (path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")),
        key=lambda path: path.name,
    )


def check_root(dataset: Dataset) -> None:
    """Refuse a root that is no folder."""
    if not dataset.root.is_dir():
        raise wrong_tree(dataset, "is not a folder")


def in_order(dataset: Dataset, tracks: list[Track]) -> Iterator[Track]:
    """The tracks by id.

    Raises
    ------
    InputError : there are none, or two of one id.
    """
    if not tracks:
        raise wrong_tree(dataset, "holds no tracks")
    tracks = sorted(tracks, key=lambda track: track.id)
    for track, following in pairwise(tracks):
        if track.id == following.id:
            raise wrong_tree(dataset, f"holds two tracks called {printable(track.id)}")
    return iter(tracks)
