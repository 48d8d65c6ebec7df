"""An engine's options: dataclass fields that know their range and what they are for."""

from __future__ import annotations

import dataclasses
from typing import Any

from partita.core.errors import OptionError


def option(
    default: Any,
    help: str,
    *,
    low: float | None = None,
    high: float | None = None,
    unit: str = "",
    choices: tuple[str | int, ...] = (),
) -> Any:
    """A dataclass field for an option.

    Parameters
    ----------
    default : its value when nothing is set; its type is the option's type.
    help : what it does, in a few words.
    low, high : the smallest and largest value allowed.
    unit : "s", "Hz", "dB" …
    choices : the values allowed, where they are few.
    """
    metadata = {"help": help, "low": low, "high": high, "unit": unit, "choices": choices}
    return dataclasses.field(default=default, metadata=metadata)


def check_options(engine: Any) -> None:
    """Refuse values out of range; every engine's `__post_init__` calls it.

    Raises
    ------
    OptionError : naming the option, what is allowed and what came.
    """
    for field in dataclasses.fields(engine):
        value, meta = getattr(engine, field.name), field.metadata
        low, high, choices = meta.get("low"), meta.get("high"), meta.get("choices")
        if (low is not None and not value >= low) or (high is not None and not value <= high):
            bounds = f"{'…' if low is None else low} to {'…' if high is None else high}"
            unit = f" {meta['unit']}" if meta["unit"] else ""
            raise OptionError(f"{field.name} must be from {bounds}{unit}, got {value}")
        if choices and value not in choices:
            raise OptionError(
                f"{field.name} must be {' or '.join(map(str, choices))}, got {value!r}"
            )
