"""A bank on a diet: what a machine without network needs to build one and train on it.

    here    python -m partita.training.pack build BANK PACK --soundfont F.sf3 --wheels DIR
    there   python -m partita.training.pack unpack PACK BANK      recordings, as they were, in Opus
            python -m partita.training.bank build BANK --hours 16 --jobs 16       bands, played anew
            partita train quartet-m-gpu --bank BANK --run RUN --minutes 9         as often as wanted
            partita export RUN -o quartet.onnx

Bands need only a soundfont, for they are composed from a seed; singing and songs are recordings and
travel in Opus. `tools/train_offline.sh` is each of these as one command. A pack is a folder:

    PACK/pack.json          {"format": 1, "items": […]}: the items of the bank, with their facts
    PACK/items/0007.opus    the stems of an item side by side: stem after stem, in time
    PACK/soundfont.sf3      PACK/wheels/*.whl
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from partita.core.errors import InputError, PartitaError, UsageError
from partita.signal.resample import resample
from partita.training.bank.shards import Item, items, read_stems, write_again, write_index
from partita.training.bank.sound import RATE, Sound

FORMAT = 1
OPUS_RATE = 48_000
BLOCK = 1 << 14
ORDER = (("song", "valid"), ("singing", "train"), ("song", "train"), ("singing", "valid"))
"""What is packed first; what no longer fits is left out, whole items at a time."""


MISSES = 4
"""Items that do not fit before packing ends: a long song should not leave out a short voice."""


def build(
    bank: Path,
    pack: Path,
    *,
    soundfont: Path | None = None,
    wheels: Path | None = None,
    kbps: float = 40.0,
    limit_mb: float = 55.0,
) -> dict[str, int]:
    """Pack a bank's recordings, a soundfont and wheels into a folder.

    Parameters
    ----------
    kbps : bit rate of each stem, kb/s. limit_mb : of the whole folder, MB.

    Returns
    -------
    Number of items packed, by kind and split ("singing train").

    Raises
    ------
    UsageError : soundfont and wheels alone are beyond the limit.
    InputError : the bank holds no recordings.
    """
    (pack / "items").mkdir(parents=True, exist_ok=True)
    if soundfont is not None:
        shutil.copyfile(soundfont, pack / f"soundfont{soundfont.suffix}")
    if wheels is not None:
        shutil.copytree(wheels, pack / "wheels", dirs_exist_ok=True)
    room = round(limit_mb * 1e6) - _size(pack)
    if room < 0:
        raise UsageError(f"soundfont and wheels are {-room / 1e6:.1f} MB beyond {limit_mb} MB")
    packed: list[Item] = []
    misses = 0
    for item in _ordered(bank):
        path = pack / "items" / f"{len(packed):04d}.opus"
        _write_opus(path, _in_a_row(read_stems(bank, item)), kbps)
        if path.stat().st_size > room:
            path.unlink()
            misses += 1
            if misses == MISSES:
                break
            continue
        room -= path.stat().st_size
        packed.append(item)
    if not packed:
        raise InputError(f"{bank} holds no singing and no songs that fit")
    index = {"format": FORMAT, "items": [asdict(item) for item in packed]}
    (pack / "pack.json").write_text(json.dumps(index, indent=1) + "\n")
    kinds = [f"{item.kind} {item.split}" for item in packed]
    return {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)}


def unpack(pack: Path, bank: Path) -> int:
    """Write a pack's recordings as items of a bank; how many. Items that are there are kept.

    Raises
    ------
    InputError : not a pack, or one of another format.
    """
    try:
        index = json.loads((pack / "pack.json").read_text())
        listed = [Item(**_typed(facts)) for facts in index["items"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{pack} is not a pack: {error}") from error
    if index.get("format") != FORMAT:
        raise InputError(f"{pack} is of format {index.get('format')}, this reads {FORMAT}")
    for number, item in enumerate(listed):
        row, rate = soundfile.read(
            pack / "items" / f"{number:04d}.opus", dtype="float32", always_2d=True
        )
        write_again(bank, item, _stems_of(resample(row.T, rate, RATE), item))
    write_index(bank)
    return len(listed)


def _ordered(bank: Path) -> Iterator[Item]:
    listed = list(items(bank))
    for kind, split in ORDER:
        yield from (item for item in listed if (item.kind, item.split) == (kind, split))


def _in_a_row(stems: Sound) -> Sound:
    """(stems, 2, time) -> (2, stems·time)."""
    return np.concatenate(list(stems), axis=1)


def _stems_of(row: Sound, item: Item) -> Sound:
    """(2, stems·time) -> (stems, 2, time), at the item's length."""
    length = round(item.seconds * RATE)
    stems = np.zeros((len(item.stems), 2, length), np.float32)
    for stem, part in zip(stems, np.array_split(row, len(stems), axis=1), strict=True):
        part = part[:, :length]
        stem[:, : part.shape[1]] = part
    return stems


def _write_opus(path: Path, samples: Sound, kbps: float) -> None:
    """Stereo Opus; libsndfile takes (1 - level)·250 + 6 kb/s a channel."""
    moved = resample(samples, RATE, OPUS_RATE)
    level = float(np.clip(1 - (kbps / 2 - 6) / 250, 0, 1))
    with soundfile.SoundFile(
        path, "w", OPUS_RATE, 2, format="OGG", subtype="OPUS", compression_level=level
    ) as file:
        for start in range(0, moved.shape[1], BLOCK):
            file.write(moved[:, start : start + BLOCK].T)


def _typed(facts: dict[str, Any]) -> dict[str, Any]:
    stems, sources = facts["stems"], facts["sources"]
    if not isinstance(stems, list) or not isinstance(sources, list):
        raise TypeError("stems and sources must be lists")
    return {**facts, "stems": tuple(stems), "sources": tuple(sources)}


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit status."""
    parser = argparse.ArgumentParser(prog="python -m partita.training.pack")
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="pack a bank's recordings")
    builder.add_argument("bank", type=Path)
    builder.add_argument("pack", type=Path)
    builder.add_argument("--soundfont", type=Path)
    builder.add_argument("--wheels", type=Path, help="folder of .whl files to take along")
    builder.add_argument("--kbps", type=float, default=40.0)
    builder.add_argument("--limit-mb", type=float, default=55.0)
    opener = commands.add_parser("unpack", help="make the packed recordings items of a bank")
    opener.add_argument("pack", type=Path)
    opener.add_argument("bank", type=Path)
    options = parser.parse_args(arguments)
    try:
        if options.command == "build":
            counts = build(
                options.bank,
                options.pack,
                soundfont=options.soundfont,
                wheels=options.wheels,
                kbps=options.kbps,
                limit_mb=options.limit_mb,
            )
            print(", ".join(f"{count} {kind}" for kind, count in counts.items()))
            print(f"{_size(options.pack) / 1e6:.1f} MB in {options.pack}")
        else:
            print(f"{unpack(options.pack, options.bank)} items in {options.bank}")
    except PartitaError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
