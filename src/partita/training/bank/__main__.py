"""`python -m partita.training.bank`: build a bank, resample or look at one, list its sources."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from partita.core.errors import PartitaError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m partita.training.bank", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="make what a bank lacks")
    builder.add_argument("bank", type=Path)
    builder.add_argument("--hours", type=float, default=3.0, help="hours of band (default 3)")
    builder.add_argument("--seed", type=int, default=0)
    builder.add_argument("--jobs", type=int, default=1, help="processes")
    resampler = commands.add_parser("resample", help="a bank at another sample rate")
    resampler.add_argument("bank", type=Path)
    resampler.add_argument("-o", "--output", type=Path, required=True)
    resampler.add_argument("--rate", type=int, required=True, help="Hz")
    resampler.add_argument("--jobs", type=int, default=1, help="processes")
    sheet = commands.add_parser("sheet", help="a contact sheet of a bank")
    sheet.add_argument("bank", type=Path)
    sheet.add_argument("-o", "--output", type=Path, required=True)
    sheet.add_argument("--seed", type=int, default=0)
    commands.add_parser("sources", help="every source, its licence, and whether it is here")
    options = parser.parse_args(arguments)
    try:
        _run(options)
    except PartitaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    if options.command == "build":
        from partita.training.bank.build import build

        items = build(options.bank, hours=options.hours, seed=options.seed, jobs=options.jobs)
        for kind in sorted({item.kind for item in items}):
            total_s = sum(item.seconds for item in items if item.kind == kind)
            print(f"{kind}: {total_s / 3600:.2f} h")
    elif options.command == "resample":
        from partita.training.bank.resampled import resample_bank

        made = resample_bank(options.bank, options.output, rate=options.rate, jobs=options.jobs)
        print(f"{len(made)} items at {options.rate} Hz")
    elif options.command == "sheet":
        from partita.training.bank.sheet import sheet

        sheet(options.bank, options.output, seed=options.seed)
    else:
        from partita.training.bank.sources import SOURCES

        for source in SOURCES.values():
            state = "here" if source.path() else "not here"
            print(f"{source.name}: {source.licence}, {state}; {source.where}")


if __name__ == "__main__":
    sys.exit(main())
