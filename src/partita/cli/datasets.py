"""`partita datasets`: which there are, where their files lie, what their licences say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from partita.datasets.registry import Description


def datasets(
    name: Annotated[str | None, typer.Argument(help="One dataset, with all about it.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the datasets that can be evaluated on; with a NAME, its layout, licence and options.

    None comes with Partita, and nothing is downloaded: get a dataset from its makers, then
    `partita evaluate --dataset NAME --root DIR`.
    """
    import dataclasses
    import json

    from partita.datasets import describe, names

    described = [describe(each) for each in ([name] if name else names())]
    if json_:
        table = [{"name": d.name, **dataclasses.asdict(d.about)} for d in described]
        for row, each in zip(table, described, strict=True):
            row["options"] = [dataclasses.asdict(option) for option in each.options]
        typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
        return
    for each in described:
        for line in _lines(each, full=name is not None):
            typer.echo(line)


def _lines(described: Description, *, full: bool) -> list[str]:
    about = described.about
    lines = [f"{described.name}: {about.title}", f"    {about.summary}"]
    if not full:
        return [*lines, f"    licence: {about.licence}"]
    facts = {
        "layout": ", ".join(about.layout),
        "stems": ", ".join(about.stems) or "as the tracks have them, or as the options say",
        "mix": about.mix,
        "subsets": ", ".join(about.subsets),
        "hints": ", ".join(about.hints),
        "licence": about.licence,
        "cite": about.citation,
        "from": about.homepage,
        "needs": f"pip install 'partita[{about.extra}]'" if about.extra else "",
    }
    lines += [f"    {title}: {text}" for title, text in facts.items() if text]
    for option in described.options:
        choices = " or ".join(option.choices)
        lines.append(f"    --with {option.name}={option.default}  {option.help}: {choices}")
    return lines
