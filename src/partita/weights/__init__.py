"""The weights that come with Partita, as package data."""

from __future__ import annotations

from importlib import resources
from pathlib import Path


def embedded(name: str) -> Path:
    """Where the network called `name` lies, in an installation that has it.

    Examples
    --------
    >>> embedded("quartet").name
    'quartet.onnx'
    """
    return Path(str(resources.files("partita.weights").joinpath(f"{name}.onnx")))


def named(name: str) -> Path:
    """The file or folder called `name`, or else the network of that name that comes with Partita.

    Where there is neither, the path that was asked for.

    Examples
    --------
    >>> named("quartet") == embedded("quartet")
    True
    """
    path = Path(name)
    if path.exists() or len(path.parts) != 1:
        return path
    comes_along = embedded(name)
    return comes_along if comes_along.is_file() else path
