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
