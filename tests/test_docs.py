"""The documentation: every engine has its page, and no link leads nowhere."""

import re
from pathlib import Path

import pytest

from partita.engines import names

ROOT = Path(__file__).parents[1]
ENGINES = ROOT / "docs" / "engines"
UNDER_WAY: set[str] = set()
"""Engines whose page is being written; take a name out when its page is there and linked."""

PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "tools").rglob("*.md")),
]
CODE = re.compile(r"^```.*?^```$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*)$", re.MULTILINE)


def links_of(text: str) -> list[str]:
    """What a page links to within the project, code left out."""
    found = LINK.findall(CODE.sub("", text))
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors_of(text: str) -> set[str]:
    """The names that headings can be linked to by."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")
        for heading in HEADING.findall(CODE.sub("", text))
    }


def page_of(name: str) -> str:
    path = ENGINES / f"{name}.md"
    if name in UNDER_WAY and not path.is_file():
        pytest.xfail("its page is being written")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", names())
def test_every_engine_has_a_page(name):
    page = page_of(name)
    assert page.startswith(f"# {name}: ")
    for part in ("Good at", "Bad at", "## Measured", "## References"):
        assert part.lower() in page.lower()
    assert f"-n {name}" in page or f'engine="{name}"' in page


def test_the_index_names_every_engine():
    index = (ENGINES / "README.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| \[?(\w+)", index, re.MULTILINE)) - {"engine"}
    assert rows >= set(names())
    linked = {Path(link).stem for link in links_of(index)}
    assert linked >= {page.stem for page in ENGINES.glob("*.md")} - {"README"} - UNDER_WAY


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in links_of(page.read_text(encoding="utf-8")):
        place, _, anchor = link.partition("#")
        target = (page.parent / place) if place else page
        assert target.exists(), f"{link} leads nowhere"
        assert target.resolve().is_relative_to(ROOT), f"{link} leads out of the project"
        if anchor:
            assert anchor in anchors_of(target.read_text(encoding="utf-8")), link


def test_links_are_found_outside_code_only():
    page = "[a](b.md) `[c](d.md)` [e](https://x.org)\n```\n[f](g.md)\n```\n![h](i.png) [j](k.md#l)"
    assert links_of(page) == ["b.md", "i.png", "k.md#l"]


def test_pictures_of_the_guide_are_small():
    pictures = sorted((ROOT / "docs" / "guide").glob("*.png"))
    assert len(pictures) >= 4
    assert all(picture.stat().st_size < 150_000 for picture in pictures)
