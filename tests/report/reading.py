"""What stands in a page, read as a browser would: cells, scripts, text and addresses."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any


@dataclass
class Read(HTMLParser):
    """Cells by their data-cell, scripts as (attributes, content), and every src and href."""

    cells: dict[str, str] = field(default_factory=dict)
    scripts: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._cell: tuple[str, str] | None = None
        self._script: dict[str, Any] | None = None
        self._hidden = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append(tag)
        self.addresses += [v for n in ("src", "href", "data") if (v := found.get(n))]
        if cell := found.get("data-cell"):
            self._cell = tag, cell
            self.cells[cell] = ""
        if tag == "script":
            self._script = found
            self.scripts.append((found, ""))
        self._hidden = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        if self._cell and tag == self._cell[0]:
            self._cell = None
        self._script = None
        self._hidden = False

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.cells[self._cell[1]] += data
        if self._script is not None:
            self.scripts[-1] = self._script, self.scripts[-1][1] + data
        if not self._hidden:
            self.text += data


def read(page: str) -> Read:
    """The page as its parts."""
    found = Read()
    found.feed(page)
    return found


def number(text: str) -> float:
    """A figure as it is shown -> its value; NaN for a dash."""
    plain = text.replace("−", "-").replace("+", "").replace("∞", "inf")
    return float("nan") if plain == "–" else float(plain)
