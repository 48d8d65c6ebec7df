"""Storing stems: int16 arrays with one scale each, a line of facts beside them, and the index.

    BANK/bank.json           {"format": 1, "rate": 44100, "items": […], "sources": […]}
    BANK/band/00012.npy      (stems, 2, time) int16; a sample is the integer times "scale"
    BANK/band/00012.json     the item as bank.json lists it

An item exists when its line of facts does: that is written last. Every file appears whole or not
at all. There are no pickles.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from partita.core.errors import InputError
from partita.core.names import printable
from partita.training.bank.sound import RATE, Sound
from partita.training.bank.sources import SOURCES, check_licences, describe

FORMAT = 1
INDEX = "bank.json"


@dataclass(frozen=True)
class Item:
    """What the index says about a shard; see the module for the fields' meaning.

    Attributes
    ----------
    kind : "band" (drums, bass, other), "singing" (vocals) or "song" (real, everything).
    split : "train" or "valid". detail : the style, the singers, the song; for people.
    """

    id: str
    file: str
    kind: str
    stems: tuple[str, ...]
    scale: float
    split: str
    seconds: float
    sources: tuple[str, ...]
    seed: int
    detail: str = ""


def write_item(
    bank: Path,
    id: str,
    samples: Sound,
    *,
    kind: str,
    stems: Sequence[str],
    split: str,
    sources: Sequence[str],
    seed: int,
    detail: str = "",
    rate: int = RATE,
) -> Item:
    """Store stems (stems, 2, time) at a rate as int16 and return their Item.

    Raises
    ------
    UsageError : a source whose licence does not let a model ship.
    InputError : samples that are not finite, or do not fit the stems.
    """
    check_licences(SOURCES[name] for name in sources)
    if samples.shape[:2] != (len(stems), 2) or not np.isfinite(samples).all():
        raise InputError(f"{id}: expected finite ({len(stems)}, 2, time), got {samples.shape}")
    peak = float(np.abs(samples).max(initial=0.0))
    scale = (peak or 1.0) / 32767.0
    codes = np.rint(samples / np.float32(scale)).astype(np.int16)
    item = Item(
        id=id,
        file=f"{id}.npy",
        kind=kind,
        stems=tuple(stems),
        scale=scale,
        split=split,
        seconds=round(samples.shape[-1] / rate, 3),
        sources=tuple(sorted(sources)),
        seed=seed,
        detail=detail,
    )
    path = bank / item.file
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{os.getpid()}.{path.name}")
    try:
        with partial.open("wb") as file:
            np.save(file, codes, allow_pickle=False)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    _write_text(path.with_suffix(".json"), json.dumps(asdict(item)) + "\n")
    return item


def write_again(bank: Path, item: Item, samples: Sound, *, rate: int = RATE) -> Item:
    """Store other samples under an item's name, with all that is known of it; as `write_item`.

    Parameters
    ----------
    bank : not the one that the item is in. samples : (stems, 2, time). rate : Hz.
    """
    return write_item(
        bank,
        item.id,
        samples,
        kind=item.kind,
        stems=item.stems,
        split=item.split,
        sources=item.sources,
        seed=item.seed,
        detail=item.detail,
        rate=rate,
    )


def read_stems(bank: Path, item: Item, *, length: int | None = None) -> Sound:
    """The stems of an item, or their first `length` samples, as float32 (stems, 2, time)."""
    codes = np.load(bank / item.file, mmap_mode="r", allow_pickle=False)
    return np.asarray(codes[..., :length], np.float32) * np.float32(item.scale)


def exists(bank: Path, id: str) -> bool:
    """Whether an item of that id is complete."""
    return (bank / f"{id}.npy").exists() and (bank / f"{id}.json").exists()


def items(bank: Path) -> Iterator[Item]:
    """All complete items of a bank, by id."""
    for path in sorted(bank.glob("*/*.json")):
        if path.with_suffix(".npy").exists() and not path.name.startswith("."):
            facts = json.loads(path.read_text())
            yield Item(
                **{**facts, "stems": tuple(facts["stems"]), "sources": tuple(facts["sources"])}
            )


def read_rate(bank: Path) -> int | None:
    """The sample rate in a bank's index, Hz; None where there is no index.

    Raises
    ------
    InputError : an index that says none.
    """
    try:
        rate = json.loads((bank / INDEX).read_text(encoding="utf-8"))["rate"]
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError):
        rate = None
    if not isinstance(rate, int) or rate < 1:
        raise InputError(f"{printable(bank / INDEX)} says no sample rate")
    return rate


def write_index(bank: Path, *, rate: int = RATE) -> list[Item]:
    """Write bank.json over all complete items and return these."""
    listed = list(items(bank))
    names = sorted({name for item in listed for name in item.sources})
    index = {
        "format": FORMAT,
        "rate": rate,
        "items": [asdict(item) for item in listed],
        "sources": [describe(name) for name in names],
    }
    _write_text(bank / INDEX, json.dumps(index, indent=1) + "\n")
    return listed


def _write_text(path: Path, text: str) -> None:
    partial = path.with_name(f".{os.getpid()}.{path.name}.partial")
    try:
        partial.write_text(text)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
