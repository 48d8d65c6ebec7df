"""A folder of MUSDB18-HQ as a bank: the same loop trains on it.

    FOLDER/train/SONG/vocals.wav, drums.wav, bass.wav, other.wav     (mixture.wav is not needed)
    FOLDER/test/…                                                    never touched

The songs that `musdb`'s own list keeps for validation are so here as well. Samples are read from
the files as they are needed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import soundfile
import torch
from torch import Tensor

from partita.core.errors import InputError
from partita.core.names import printable
from partita.datasets.musdb18 import VALIDATION
from partita.datasets.musdb18hq import STEMS
from partita.training.data import Bank, Item


@dataclass(frozen=True)
class WavRows:
    """Reads stretches of wav files, one a row."""

    paths: tuple[Path, ...]

    def __call__(self, row: int, start: int, length: int) -> Tensor:
        samples, _ = soundfile.read(
            self.paths[row], start=start, frames=length, dtype="float32", always_2d=True
        )
        return torch.from_numpy(samples.T.copy()).expand(2, -1)


def load_musdb(folder: Path) -> Bank:
    """The training songs of MUSDB18-HQ.

    Raises
    ------
    InputError : not such a folder, or a song whose stems are missing or differ in rate or length.
    """
    songs = sorted(path for path in (folder / "train").glob("*") if path.is_dir())
    if not songs:
        raise InputError(f"{printable(folder)} has no songs in train/: is it MUSDB18-HQ?")
    found = [_song(song) for song in songs]
    rates = {rate for _, rate in found}
    if len(rates) != 1:
        raise InputError(f"the songs in {printable(folder)} have several rates: {sorted(rates)} Hz")
    sources: dict[str, object] = {"name": "MUSDB18-HQ", "licence": "non-commercial research"}
    return Bank(tuple(item for item, _ in found), rates.pop(), (sources,))


def _song(folder: Path) -> tuple[Item, int]:
    paths = tuple(folder / f"{stem}.wav" for stem in STEMS)
    if missing := [path.name for path in paths if not path.is_file()]:
        raise InputError(f"{printable(folder)} has no {', '.join(missing)}")
    heads = [soundfile.info(str(path)) for path in paths]
    if len({(head.samplerate, head.frames) for head in heads}) != 1:
        raise InputError(f"the stems in {printable(folder)} differ in rate or length")
    item = Item(
        id=folder.name,
        kind="song",
        split="valid" if folder.name in VALIDATION else "train",
        stems=STEMS,
        length=heads[0].frames,
        read=WavRows(paths),
    )
    return item, heads[0].samplerate
