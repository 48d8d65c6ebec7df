"""Separators: one a file, composed from methods, factor and nets."""

from partita.engines.registry import (
    DEFAULT,
    Description,
    create,
    describe,
    from_toml,
    names,
    to_toml,
)

__all__ = ["DEFAULT", "Description", "create", "describe", "from_toml", "names", "to_toml"]
