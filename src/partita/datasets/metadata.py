"""Metadata that come with datasets: read safely, and never taken for a path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from partita.core.errors import HintError, InputError, MissingExtra
from partita.core.names import printable

MAX_BYTES = 1 << 20
"""What is known of a song takes a hundred kilobytes at most."""


def plain_name(text: Any, *, path: Path) -> str:
    """The text, if it can be the name of one file in one folder and nothing else.

    Parameters
    ----------
    path : of the metadata, for the message.

    Raises
    ------
    InputError : it is no text, empty, hidden, or leads elsewhere.

    Examples
    --------
    >>> plain_name("vocals", path=Path("data.json"))
    'vocals'
    """
    if (
        not isinstance(text, str)
        or not text
        or not text.isprintable()
        or text.startswith(".")
        or any(mark in text for mark in "/\\:")
    ):
        raise InputError(f"{printable(path)} names {text!r}, which is no plain file name")
    return text


def read_yaml(path: Path, *, what: str) -> Any:
    """The content of a small YAML file: plain values only.

    Parameters
    ----------
    what : the dataset that needs it, for the message.

    Raises
    ------
    MissingExtra : PyYAML is not installed. InputError : missing, too large, or not YAML.
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingExtra(f"reading {what}", "datasets") from error
    content = _content(path)
    try:
        return yaml.safe_load(content)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError(f"{printable(path)} is not YAML: {_one_line(error)}") from error


def read_json(path: Path) -> Any:
    """The content of a small JSON file.

    Raises
    ------
    InputError : missing, too large, or not JSON.
    """
    content = _content(path)
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{printable(path)} is not JSON: {_one_line(error)}") from error


def read_mat(path: Path, variable: str) -> Any:
    """One variable of a small MATLAB file (version 5).

    Raises
    ------
    InputError : missing, too large, not such a file, or without the variable.
    """
    from io import BytesIO

    from scipy.io import loadmat

    content = _content(path)
    try:
        return loadmat(BytesIO(content), variable_names=[variable])[variable]
    except Exception as error:  # a damaged file sends the parser anywhere
        raise InputError(
            f"{printable(path)} is no MATLAB file with {variable}: {_one_line(error)}"
        ) from error


def _content(path: Path) -> bytes:
    from partita.io.small_files import read_bytes

    try:
        return read_bytes(path, limit=MAX_BYTES)
    except HintError as error:  # too large or empty: here that is no matter of hints
        raise InputError(str(error)) from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
