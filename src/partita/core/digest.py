"""One number for nested values, by which changes are found."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np


class _Hash(Protocol):
    def update(self, data: bytes | memoryview, /) -> None: ...


def digest(*values: Any) -> str:
    """The SHA-256, in hexadecimal, of values and all that they hold.

    Parameters
    ----------
    values : text, numbers, None, arrays, and dataclasses, mappings and sequences of these. The
        order of a mapping does not count; that of a sequence does.

    Raises
    ------
    TypeError : something else.

    Examples
    --------
    >>> digest({"a": 1, "b": [2.0]}) == digest({"b": [2.0], "a": 1})
    True
    >>> digest(np.zeros(3)) == digest(np.zeros((1, 3)))
    False
    """
    found = hashlib.sha256()
    for value in values:
        _feed(found, value)
    return found.hexdigest()


def file_digest(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _feed(found: _Hash, value: Any) -> None:
    """Every value begins with its kind and its size, so that no two read alike."""
    if value is None or isinstance(value, str | bytes | bool | int | float | np.generic):
        text = f"{type(value).__name__} {value!r}".encode(errors="surrogatepass")
        found.update(b"%d %s;" % (len(text), text))
    elif isinstance(value, np.ndarray):
        _feed(found, ("array", str(value.dtype), *value.shape))
        found.update(np.ascontiguousarray(value).data)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        _feed(found, type(value).__qualname__)
        _feed(found, fields)
    elif isinstance(value, Mapping):
        found.update(b"mapping %d;" % len(value))
        for key in sorted(value, key=repr):
            _feed(found, key)
            _feed(found, value[key])
    elif isinstance(value, Sequence | frozenset | set):
        items = value if isinstance(value, Sequence) else sorted(value, key=repr)
        found.update(b"sequence %d;" % len(items))
        for item in items:
            _feed(found, item)
    else:
        raise TypeError(f"cannot take the digest of a {type(value).__name__}")
