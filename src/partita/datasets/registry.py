"""Every dataset by name: the built-in ones, and those of other packages.

Another package adds datasets through the entry-point group `partita.datasets`:

    [project.entry-points."partita.datasets"]
    my_dataset = "my_package.my_dataset:MyDataset"
"""

from __future__ import annotations

import dataclasses
import importlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from types import MappingProxyType
from typing import Any

from partita.core.errors import OptionError, UsageError
from partita.datasets.dataset import About, Dataset

GROUP = "partita.datasets"

BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "folder": "partita.datasets.folder:SongFolder",
        "musdb18": "partita.datasets.musdb18:Musdb18",
        "musdb18hq": "partita.datasets.musdb18hq:Musdb18HQ",
        "dsd100": "partita.datasets.dsd100:DSD100",
        "moisesdb": "partita.datasets.moisesdb:MoisesDB",
        "medleydb": "partita.datasets.medleydb:MedleyDB",
        "slakh2100": "partita.datasets.slakh2100:Slakh2100",
        "urmp": "partita.datasets.urmp:URMP",
        "bach10": "partita.datasets.bach10:Bach10",
        "choral_singing": "partita.datasets.choral_singing:ChoralSinging",
    }
)
"""Name -> module:class."""


@dataclass(frozen=True)
class OptionDescription:
    """One option of a dataset, for people and programs."""

    name: str
    default: str
    help: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Description:
    """A dataset, for people and programs."""

    name: str
    about: About
    options: tuple[OptionDescription, ...]


def names() -> tuple[str, ...]:
    """The names of all datasets: built-in ones first, then those of other packages, sorted."""
    plugins = sorted(point.name for point in entry_points(group=GROUP))
    return tuple(dict.fromkeys([*BUILT_IN, *plugins]))


def find(name: str) -> type[Any]:
    """The class of the dataset called `name`.

    Raises
    ------
    UsageError : there is none, or a package that it needs is missing.
    """
    home = BUILT_IN.get(name) or _plugin(name)
    if home is None:
        raise UsageError(f"there is no dataset {name!r}; there are {', '.join(names())}")
    module, _, attribute = home.partition(":")
    try:
        found: type[Any] = getattr(importlib.import_module(module), attribute)
    except ModuleNotFoundError as error:
        raise UsageError(f"dataset {name} needs the package {error.name}") from error
    return found


def create(name: str, root: str | os.PathLike[str], *, subset: str = "", **options: str) -> Dataset:
    """The dataset called `name` at a place; making it reads nothing.

    Parameters
    ----------
    name : see `names`.
    root : the folder that holds it.
    subset : see `describe(name).about.subsets`; several comma-separated; empty for everything.
    options : the dataset's own.

    Raises
    ------
    UsageError : no such dataset or subset. OptionError : no such option or value.

    Examples
    --------
    >>> create("moisesdb", Path("/data/moisesdb"), stems="6").stems
    '6'
    """
    found = find(name)
    known = [option.name for option in describe(name).options]
    for option in options:
        if option not in known:
            have = f"it has {', '.join(known)}" if known else "it has none"
            raise OptionError(f"dataset {name} has no option {option!r}; {have}")
    dataset: Dataset = found(Path(root), subset, **options)
    return dataset


def describe(name: str) -> Description:
    """What a dataset is, where its files lie, and what it can be set to."""
    found = find(name)
    options = tuple(
        OptionDescription(
            name=field.name,
            default=str(field.default),
            help=field.metadata.get("help", ""),
            choices=tuple(field.metadata.get("choices", ())),
        )
        for field in dataclasses.fields(found)
        if field.name not in ("root", "subset")
    )
    return Description(name=name, about=found.about, options=options)


def _plugin(name: str) -> str | None:
    for point in entry_points(group=GROUP, name=name):
        return point.value
    return None
