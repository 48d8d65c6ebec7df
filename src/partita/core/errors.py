"""Everything that Partita raises on purpose.

    PartitaError
    ├── InputError        a file or folder that cannot be used
    │   └── AudioError    samples that cannot be used (empty, NaN, wrong shape)
    ├── HintError         side information that is wrong, or that an engine does not use
    ├── OutputError       a result that cannot be written
    ├── UsageError        a request that makes no sense
    │   └── OptionError   an unknown option or a value out of its range
    ├── MissingExtra      an optional package is not installed
    └── Cancelled         the caller asked to stop

    PartitaWarning        the work went on, but the user should know something

A message is one line: what was expected, what came, what to do.
"""

from __future__ import annotations


class PartitaError(Exception):
    """Base of all errors that a user can cause or cure."""


class InputError(PartitaError):
    """A file or folder is missing, unreadable, or not what it claims to be."""


class AudioError(InputError, ValueError):
    """Audio has a shape, type, rate or values that cannot be used."""


class HintError(PartitaError, ValueError):
    """Side information is malformed, or given to an engine that does not use it."""


class OutputError(PartitaError):
    """A result could not be written."""


class UsageError(PartitaError, ValueError):
    """The request itself makes no sense: unknown engine, unknown stem, clashing options."""


class OptionError(UsageError):
    """An engine's option is unknown, or its value is of the wrong type or out of range."""


class MissingExtra(PartitaError, ImportError):  # noqa: N818
    """An optional package is needed; the message holds the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional package: pip install 'partita[{extra}]'")
        self.what = what
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        """From a process that works for another it arrives as it is."""
        return type(self), (self.what, self.extra)


class Cancelled(PartitaError):  # noqa: N818
    """The caller's progress callback asked to stop; nothing half-written is left."""


class PartitaWarning(UserWarning):
    """The work goes on, with something that the user should know."""
