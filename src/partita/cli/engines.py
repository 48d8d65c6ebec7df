"""`partita engines`: which separators there are, and what each can be set to."""

from __future__ import annotations

from typing import Annotated

import typer


def engines(
    name: Annotated[str | None, typer.Argument(help="Only this one, with its options.")] = None,
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """List the separators; with a NAME, its options."""
    import dataclasses
    import json

    from partita.core import MissingExtra
    from partita.engines import DEFAULT, describe, names

    wanted = [name] if name else list(names())
    described, missing = [], []
    for engine in wanted:
        try:
            described.append(describe(engine))
        except MissingExtra as error:
            missing.append(f"{engine}: {error}")
    if json_:
        table = [{**dataclasses.asdict(d), "default": d.name == DEFAULT} for d in described]
        typer.echo(json.dumps(table, indent=2, ensure_ascii=False))
        return
    for each in described:
        mark = " (default)" if each.name == DEFAULT else ""
        stems = ", ".join(each.stems) if each.stems else "as the hints say"
        typer.echo(f"{each.name}{mark}: {stems}")
        typer.echo(f"    {each.summary}")
        if each.requires:
            typer.echo(f"    needs: {', '.join(each.requires)}")
        for option in each.options if name else ():
            bounds = f", {option.low:g} to {option.high:g}" if option.low is not None else ""
            choices = f", {' or '.join(map(str, option.choices))}" if option.choices else ""
            unit = f" {option.unit}" if option.unit else ""
            typer.echo(
                f"    --set {option.name}={option.default}{unit}  {option.help}{bounds}{choices}"
            )
    for line in missing:
        typer.echo(line)
