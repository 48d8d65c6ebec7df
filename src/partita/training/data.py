"""The bank of stems, and the batches drawn from it.

A bank is a folder: BANK/bank.json lists items, each a file of int16 samples (stems, 2, time) that
is read where it lies (memory-mapped). An item's stems are named vocals, drums, bass, other, or
"bass+other", a sum whose parts are not known. Kinds: "band" (drums, bass and other that belong
together), "singing" (vocals alone), "song" (everything, from one recording).

A batch depends on the seed and the step, and on nothing that came before: a run that was stopped
goes on as if it had not been.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partita.core.errors import InputError
from partita.core.names import printable
from partita.training.augment import BASS, DRUMS, OTHER, VOCALS, apply_changes, draw_changes
from partita.training.config import Config

FORMAT = 1
SLOTS = {"vocals": VOCALS, "drums": DRUMS, "bass": BASS, "other": OTHER, "bass+other": BASS}
"""Where a stem goes in a batch; "bass+other" stands in the place of the bass."""
KINDS = ("band", "singing", "song")


@dataclass(frozen=True)
class Item:
    """One recording of the bank.

    Parameters
    ----------
    id, kind, split : as bank.json has them.
    stems : names of its rows. length : samples.
    read : (row, start, length) -> (2, length) float32 tensor, full scale ±1; what lies beyond the
        end is left out.
    """

    id: str
    kind: str
    split: str
    stems: tuple[str, ...]
    length: int
    read: Callable[[int, int, int], Tensor] = field(repr=False)

    def crop(self, row: int, start: int, length: int) -> Tensor:
        """(2, length): silence where the item has ended."""
        samples = self.read(row, start, min(length, self.length - start))
        return torch.nn.functional.pad(samples, (0, length - samples.shape[-1]))


@dataclass(frozen=True)
class Stored:
    """Reads the rows of an int16 array (stems, 2, time)."""

    samples: Tensor
    scale: float

    def __call__(self, row: int, start: int, length: int) -> Tensor:
        return self.samples[row, :, start : start + length].float() * self.scale


@dataclass(frozen=True)
class Bank:
    """Items to draw from, and where they come from."""

    items: tuple[Item, ...]
    rate: int
    sources: tuple[dict[str, object], ...] = ()

    @classmethod
    def joined(cls, banks: Sequence[Bank]) -> Bank:
        """All items of all banks.

        Raises
        ------
        InputError : their sample rates differ.
        """
        rates = {bank.rate for bank in banks}
        if len(rates) != 1:
            raise InputError(f"banks must have one sample rate, got {sorted(rates)} Hz")
        items = tuple(item for bank in banks for item in bank.items)
        return cls(items, rates.pop(), tuple(s for bank in banks for s in bank.sources))

    def split(self, name: str) -> tuple[Item, ...]:
        """The items of "train" or "valid"."""
        return tuple(item for item in self.items if item.split == name)


def load_bank(folder: Path, *, resident: str | None = None) -> Bank:
    """The bank in a folder.

    Parameters
    ----------
    resident : a device that takes all the samples into its memory; None leaves them on disk.

    Raises
    ------
    InputError : no bank there, or one that is not as the module says; the message names the item.
    """
    try:
        table = json.loads((folder / "bank.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{printable(folder)} is no bank: it has no bank.json") from None
    except ValueError as error:
        raise InputError(f"{printable(folder)}/bank.json is not JSON: {error}") from error
    if not isinstance(table, dict) or table.get("format") != FORMAT:
        raise InputError(f"{printable(folder)}/bank.json is not of format {FORMAT}")
    try:
        items = tuple(_item(folder, entry, resident) for entry in table["items"])
        return Bank(items, int(table["rate"]), tuple(table.get("sources", ())))
    except (KeyError, TypeError) as error:
        raise InputError(f"{printable(folder)}/bank.json lacks {error}") from error


def _item(folder: Path, entry: dict[str, object], resident: str | None) -> Item:
    name = str(entry.get("id", entry["file"]))
    stems = tuple(str(stem) for stem in entry["stems"])  # type: ignore[attr-defined]
    if unknown := [stem for stem in stems if stem not in SLOTS]:
        raise InputError(f"bank item {name}: stem {unknown[0]!r} is not one of {', '.join(SLOTS)}")
    if entry["kind"] not in KINDS:
        raise InputError(f"bank item {name}: kind must be {', '.join(KINDS)}")
    path = folder / str(entry["file"])
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise InputError(f"bank item {name}: cannot read {printable(path)}: {error}") from error
    if array.dtype != np.int16 or array.ndim != 3 or array.shape[:2] != (len(stems), 2):
        raise InputError(
            f"bank item {name} must hold int16 of shape ({len(stems)}, 2, time), "
            f"got {array.dtype} of {array.shape}"
        )
    return Item(
        id=name,
        kind=str(entry["kind"]),
        split=str(entry["split"]),
        stems=stems,
        length=array.shape[2],
        read=_stored(array, float(entry["scale"]), resident),  # type: ignore[arg-type]
    )


def _stored(array: NDArray[np.int16], scale: float, resident: str | None) -> Stored | Mapped:
    if resident is None:
        return Mapped(array, scale)
    return Stored(torch.from_numpy(np.array(array)).to(resident), scale)


@dataclass(frozen=True)
class Mapped:
    """Reads the rows of an int16 array (stems, 2, time) that lies on disk."""

    samples: NDArray[np.int16]
    scale: float

    def __call__(self, row: int, start: int, length: int) -> Tensor:
        cut = np.array(self.samples[row, :, start : start + length], dtype=np.float32)
        return torch.from_numpy(cut).mul_(self.scale)


@dataclass(frozen=True)
class Piece:
    """A stretch of one row of one item, on its way to a place in an example."""

    slot: int
    item: Item
    row: int
    start: int
    gain: float = 1.0
    speed: float = 1.0
    """At 2 it is an octave higher, and takes twice as many samples."""

    def samples(self, length: int) -> Tensor:
        """(2, length). Between its samples a stem is taken as straight."""
        if self.speed == 1:
            return self.item.crop(self.row, self.start, length)
        place = torch.arange(length, dtype=torch.float64) * self.speed
        left = place.long()
        whole = self.item.crop(self.row, self.start, int(left[-1]) + 2)
        return torch.lerp(whole[:, left], whole[:, left + 1], (place - left).float())


@dataclass(frozen=True)
class Batch:
    """Examples to learn from.

    Parameters
    ----------
    stems : (batch, 4, 2, time) float32; the mixture is their sum.
    joined : (batch,) bool; where True, `bass` holds bass + other and `other` nothing.
    """

    stems: Tensor
    joined: Tensor

    @property
    def mix(self) -> Tensor:
        """(batch, 2, time)."""
        return self.stems.sum(dim=1)


class Examples:
    """Draws batches from the training items of a bank.

    Raises
    ------
    InputError : the bank has nothing to train on, or another sample rate than the configuration.
    """

    def __init__(self, bank: Bank, config: Config, device: torch.device) -> None:
        self.config = config
        self.device = device
        items = bank.split("train")
        if bank.rate != config.rate:
            raise InputError(f"the bank is at {bank.rate} Hz, the run at {config.rate} Hz")
        self.rate = bank.rate
        self.pools = {name: _rows(name, items) for name in SLOTS}
        self.real = {name: _rows(name, [i for i in items if i.kind == "song"]) for name in SLOTS}
        self.bands = Pool([(item, 0) for item in items if item.kind == "band"])
        self.songs = Pool([(item, 0) for item in items if item.kind == "song"])
        if not self.pools["vocals"] or not (self.bands or self.songs):
            raise InputError("the bank has no training items with vocals, or none with a band")

    def batch(self, step: int, *, rank: int = 0) -> Batch:
        """The batch of a step (from 0) for one of the processes that train together."""
        rng = np.random.default_rng([self.config.run.seed, step, rank])
        size = self.config.data.batch
        chunk = self.config.chunk
        stems = torch.zeros(size, len(self.config.stems), 2, chunk, device=self.device)
        joined = np.zeros(size, dtype=bool)
        shuffled = rng.random(size) < self.config.data.shuffled
        own = np.zeros(size, dtype=bool)
        for n in range(size):
            pieces = self._shuffled(rng) if shuffled[n] else self._together(rng)
            for piece in pieces:
                stems[n, piece.slot] += piece.gain * piece.samples(chunk).to(self.device)
                joined[n] |= piece.item.stems[piece.row] == "bass+other"
            own[n] = any(p.slot == VOCALS and p.item.kind == "song" for p in pieces)
        changes = draw_changes(rng, shuffled, own, self.config.augment)
        changed = apply_changes(stems, changes, rate=self.rate)
        return Batch(changed, torch.from_numpy(joined).to(self.device))

    def _together(self, rng: np.random.Generator) -> list[Piece]:
        """All rows of one band or song; voices are added to a band."""
        wants_song = rng.random() < self.config.data.songs
        pool = self.songs if self.songs and (wants_song or not self.bands) else self.bands
        item, _ = pool.draw(rng)
        speed = self._speed(rng)
        start = self._start(item, speed, rng)
        pieces = [
            Piece(SLOTS[name], item, row, start, speed=speed) for row, name in enumerate(item.stems)
        ]
        return pieces if "vocals" in item.stems else pieces + self._voices(rng)

    def _shuffled(self, rng: np.random.Generator) -> list[Piece]:
        """A row from here and a row from there."""
        joined = self.pools["bass+other"]
        separate = self.pools["bass"] and self.pools["other"]
        wants_joined = rng.random() < self.config.data.songs / 2
        wants_joined = bool(joined) and (wants_joined or not separate)
        names = ["drums", "bass+other"] if wants_joined else ["drums", "bass", "other"]
        pieces = [self._piece(name, rng) for name in names if self.pools[name]]
        return pieces + self._voices(rng)

    def _voices(self, rng: np.random.Generator) -> list[Piece]:
        voices = [self._piece("vocals", rng)]
        if rng.random() < self.config.augment.second_voice:
            voices.append(self._piece("vocals", rng, gain=rng.uniform(0.3, 1)))
        return voices

    def _piece(self, name: str, rng: np.random.Generator, gain: float = 1.0) -> Piece:
        wants_song = rng.random() < self.config.data.songs
        pool = self.real[name] if self.real[name] and wants_song else self.pools[name]
        item, row = pool.draw(rng)
        speed = self._speed(rng)
        return Piece(SLOTS[name], item, row, self._start(item, speed, rng), gain, speed)

    def _speed(self, rng: np.random.Generator) -> float:
        if rng.random() >= self.config.augment.varispeed:
            return 1.0
        semitones = self.config.augment.varispeed_semitones
        return float(2 ** (rng.uniform(-semitones, semitones) / 12))

    def _start(self, item: Item, speed: float, rng: np.random.Generator) -> int:
        taken = math.ceil(self.config.chunk * speed)
        return int(rng.integers(max(item.length - taken, 0) + 1))


def _rows(name: str, items: Sequence[Item]) -> Pool:
    return Pool([(item, item.stems.index(name)) for item in items if name in item.stems])


class Pool:
    """Rows to draw from, long ones more often; empty pools are false."""

    def __init__(self, rows: Sequence[tuple[Item, int]]) -> None:
        self.rows = tuple(rows)
        self.ends = np.cumsum([item.length for item, _ in self.rows])

    def __len__(self) -> int:
        return len(self.rows)

    def draw(self, rng: np.random.Generator) -> tuple[Item, int]:
        """An item and its row."""
        place = rng.integers(self.ends[-1])
        return self.rows[int(np.searchsorted(self.ends, place, side="right"))]
