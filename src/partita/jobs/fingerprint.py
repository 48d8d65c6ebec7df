"""Checksums: of files, and of values in memory."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_of_values(value: Any) -> str:
    """The SHA-256 of plain values, in hexadecimal; what JSON cannot hold counts by its text."""
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode(errors="surrogateescape")).hexdigest()


def fingerprint(value: Any) -> Any:
    """Plain values that differ where the (nested) dataclass differs.

    Examples
    --------
    >>> one, other = (fingerprint({"a": np.arange(5000) == at}) for at in (2500, 2501))
    >>> one == other
    False
    """
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: fingerprint(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(name): fingerprint(each) for name, each in value.items()}
    if isinstance(value, tuple | list):
        return [fingerprint(each) for each in value]
    if isinstance(value, np.ndarray):
        digest = hashlib.sha256(np.ascontiguousarray(value)).hexdigest()
        return [str(value.dtype), value.shape, digest]
    return repr(value)
