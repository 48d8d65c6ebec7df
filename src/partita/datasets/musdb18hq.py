"""MUSDB18-HQ: the songs of MUSDB18 as wav files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from partita.core.track import Track
from partita.datasets.dataset import About, check, in_order
from partita.datasets.files import StemFiles
from partita.datasets.musdb18 import LICENCE, wanted_songs

STEMS = ("vocals", "drums", "bass", "other")


@dataclass(frozen=True)
class Musdb18HQ:
    """MUSDB18-HQ: MUSDB18 without the losses of AAC.

    Parameters
    ----------
    root : the folder that holds `train` and `test`.
    subset : "train" (86 songs), "valid" (the 14 others of the folder `train`), "test" (50);
        "train,valid" is all of the folder `train`.
    """

    name: ClassVar[str] = "musdb18hq"
    about: ClassVar[About] = About(
        title="MUSDB18-HQ",
        summary="150 songs with four stems, 16-bit wav, 44.1 kHz stereo: 100 to train, 50 to test",
        layout=(
            "ROOT/train/SONG/mixture.wav",
            "vocals.wav",
            "drums.wav",
            "bass.wav",
            "other.wav",
            "and the same in ROOT/test",
        ),
        stems=STEMS,
        mix="the sum of the stems to 16-bit rounding; not so in PR - Oh No (left channel)",
        adds_up=True,
        licence=LICENCE,
        citation=(
            "Rafii, Liutkus, Stöter, Mimilakis and Bittner, "
            '"MUSDB18-HQ - an uncompressed version of MUSDB18", 2019, doi:10.5281/zenodo.3338373'
        ),
        homepage="https://sigsep.github.io/datasets/musdb.html",
        subsets=("train", "valid", "test"),
    )

    root: Path
    subset: str = ""

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        songs = wanted_songs(self, "*")
        return in_order(self, [song_track(name, folder) for name, folder in songs.items()])

    def __len__(self) -> int:
        return len(wanted_songs(self, "*"))


def song_track(song: str, folder: Path, mixture: Path | None = None) -> Track:
    """A song whose four stems lie in one folder, and its mixture with them or elsewhere."""
    stems = {stem: (folder / f"{stem}.wav",) for stem in STEMS}
    return StemFiles(song, stems, mixture or folder / "mixture.wav").as_track()
