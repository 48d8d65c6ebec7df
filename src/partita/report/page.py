"""The HTML file: everything inside it, nothing fetched, the same bytes for the same results.

Templates escape what they are given; data for the script is JSON in which no tag can end. A policy
in the page forbids every connection and every script but the one with the right hash.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import importlib.resources
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partita.core.errors import MissingExtra, OutputError
from partita.core.names import printable
from partita.report.content import content_of
from partita.report.numbers import clock, percent, shown
from partita.report.result import Result, readable
from partita.report.settings import Settings

STYLES = ("base.css", "charts.css", "player.css", "print.css")
SCRIPTS = ("theme.js", "player.js", "timeline.js", "moments.js", "selftest.js", "start.js")

POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'; "
    "base-uri 'none'; form-action 'none'"
)


def write_report(path: Path, results: Sequence[Result], settings: Settings = Settings()) -> int:
    """Write the report to a file, whole or not at all; its size in bytes.

    Parameters
    ----------
    path : of the HTML file; replaced where it exists.
    results : one system or more.

    Raises
    ------
    MissingExtra : jinja2 is not installed. OutputError : the file cannot be written.
    UsageError : no result, or no metric to speak of.
    """
    data = build_report(results, settings).encode()
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    except OSError as error:
        raise OutputError(f"cannot write {printable(path)}: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return len(data)


def build_report(results: Sequence[Result], settings: Settings = Settings()) -> str:
    """The report as text.

    Parameters
    ----------
    results : one system or more; they get different names where they have not.

    Raises
    ------
    MissingExtra : jinja2 is not installed. UsageError : no result, or no metric to speak of.

    Examples
    --------
    >>> from partita.core import Scores
    >>> rows = [("song", "bass", "sdr", n, n, 1.0, v) for n, v in enumerate([1.0, 5.0, 6.0])]
    >>> page = build_report([Result("mine", Scores.from_rows(rows))])
    >>> page.startswith("<!doctype html>"), "5.00" in page
    (True, True)
    """
    check_installed()
    content = content_of(readable(results), settings)
    style, script = (_joined(files) for files in (STYLES, SCRIPTS))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    page: str = (
        _environment()
        .get_template("page.html.jinja")
        .render(**content, style=style, script=script, policy=POLICY.format(hash=digest))
    )
    return page


def check_installed() -> None:
    """Find out before any work whether a report can be made.

    Raises
    ------
    MissingExtra : jinja2 is not installed.
    """
    try:
        import jinja2  # noqa: F401
    except ImportError as error:
        raise MissingExtra("an HTML report", "eval") from error


@functools.cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("partita.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "percent": percent, "clock": clock}
    return environment


def _joined(files: Sequence[str]) -> str:
    folder = importlib.resources.files("partita.report") / "static"
    return "\n".join((folder / name).read_text(encoding="utf-8").strip() for name in files)
