"""Rows of values in text files: CSV of any make, tabs, or values with blanks between them.

A line without any value, or that begins with #, % or ;;, is passed over. The delimiter is found
line by line: a tab, else blanks where the line begins with two numbers, else a semicolon, else a
comma. With any but the comma, 1,5 is one and a half.
"""

from __future__ import annotations

import csv
import math
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass

from partita.core.errors import HintError
from partita.io.small_files import at_line, read_lines

MAX_ROWS = 2_000_000
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_LOOSE = r"[+-]?([0-9]*[.,])?[0-9]+([eE][+-]?[0-9]+)?"
_TWO_NUMBERS = re.compile(rf"{_LOOSE}[ ]+{_LOOSE}")


@dataclass(frozen=True)
class Row:
    """The cells of one line of a file, stripped, and where it lies."""

    path: str
    line: int
    cells: tuple[str, ...]
    decimal_comma: bool = False

    def number(self, place: int) -> float | None:
        """The number in a cell; None where there is no such cell or it holds none."""
        if place >= len(self.cells):
            return None
        cell = self.cells[place]
        return number(cell.replace(",", ".") if self.decimal_comma else cell)

    def error(self, what: str) -> HintError:
        """An error that names file and line."""
        return HintError(f"{at_line(self.path, self.line)}: {what}")

    def shown(self, place: int) -> str:
        """A cell as a message shows it: short, quoted, control characters escaped."""
        cell = self.cells[place] if place < len(self.cells) else ""
        return repr(cell if len(cell) <= 40 else cell[:40] + "…")


def read_rows(path: str | os.PathLike[str]) -> Iterator[Row]:
    """The rows of a text file, in order.

    Raises
    ------
    InputError, HintError : see `read_lines`; or more rows than MAX_ROWS.
    """
    count = 0
    for line, text in enumerate(read_lines(path), 1):
        text = text.strip(" ")
        if not text.strip("\t,; ") or text.startswith(("#", "%", ";;")):
            continue
        count += 1
        if count > MAX_ROWS:
            raise HintError(f"{at_line(path, line)}: more than {MAX_ROWS} rows, too many")
        yield _row(os.fspath(path), line, text)


def number(text: str) -> float | None:
    """A finite number written in digits, or None.

    Examples
    --------
    >>> number("-1.5e3"), number("1_0"), number("inf"), number("")
    (-1500.0, None, None, None)
    """
    value = float(text) if _NUMBER.fullmatch(text) else math.nan
    return value if math.isfinite(value) else None


def _row(path: str, line: int, text: str) -> Row:
    delimiter = _delimiter(text)
    if delimiter == " ":
        return Row(path, line, tuple(text.split()), decimal_comma=True)
    try:
        cells = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True))
    except csv.Error as error:
        raise HintError(f"{at_line(path, line)}: {error}") from error
    return Row(path, line, tuple(c.strip() for c in cells), decimal_comma=delimiter != ",")


def _delimiter(text: str) -> str:
    if "\t" in text:
        return "\t"
    if _TWO_NUMBERS.match(text):
        return " "
    if ";" in text:
        return ";"
    return "," if "," in text else " "
