"""MUSDB18: 150 songs, each in one `.stem.mp4`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from partita.core.audio import Audio, Stems
from partita.core.digest import file_digest
from partita.core.track import Track
from partita.datasets.dataset import (
    About,
    Dataset,
    check,
    check_root,
    in_order,
    subsets_of,
    wrong_tree,
)

ENDING = ".stem.mp4"
STEMS = ("drums", "bass", "other", "vocals")
"""In the order of the file's streams 1 to 4; stream 0 is the mix."""

VALIDATION = frozenset(
    {
        "Actions - One Minute Smile",
        "Clara Berry And Wooldog - Waltz For My Victims",
        "Johnny Lokke - Promises & Lies",
        "Patrick Talbot - A Reason To Leave",
        "Triviul - Angelsaint",
        "Alexander Ross - Goodbye Bolero",
        "Fergessen - Nos Palpitants",
        "Leaf - Summerghost",
        "Skelpolu - Human Mistakes",
        "Young Griffo - Pennies",
        "ANiMAL - Rockshow",
        "James May - On The Line",
        "Meaxic - Take A Step",
        "Traffic Experiment - Sirens",
    }
)
"""The 14 songs of the training set on which everybody validates (musdb's configs/mus.yaml)."""

LICENCE = (
    "non-commercial research only; most songs are from the 'Mixing Secrets' library, 46 from "
    "MedleyDB (CC BY-NC-SA 4.0), 2 are CC BY-NC-SA 3.0"
)


@dataclass(frozen=True)
class Musdb18:
    """MUSDB18 as it is published: AAC at 256 kb/s, five stereo streams a song.

    Parameters
    ----------
    root : the folder that holds `train` and `test`.
    subset : "train" (86 songs), "valid" (the 14 others of the folder `train`), "test" (50);
        "train,valid" is all of the folder `train`.
    """

    name: ClassVar[str] = "musdb18"
    about: ClassVar[About] = About(
        title="MUSDB18",
        summary="150 songs with four stems, AAC, 44.1 kHz stereo: 100 to train, 50 to test",
        layout=("ROOT/train/SONG.stem.mp4", "ROOT/test/SONG.stem.mp4"),
        stems=STEMS,
        mix="the sum of the stems up to the losses of five separate AAC encodings",
        adds_up=True,
        licence=LICENCE,
        citation=(
            "Rafii, Liutkus, Stöter, Mimilakis and Bittner, "
            '"The MUSDB18 corpus for music separation", 2017, doi:10.5281/zenodo.1117372'
        ),
        homepage="https://sigsep.github.io/datasets/musdb.html",
        subsets=("train", "valid", "test"),
    )

    root: Path
    subset: str = ""

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        songs = wanted_songs(self, f"*{ENDING}", ENDING)
        tracks = [
            Track(song, partial(_mix, path), partial(_stems, path), key=partial(file_digest, path))
            for song, path in songs.items()
        ]
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(wanted_songs(self, f"*{ENDING}", ENDING))


def wanted_songs(dataset: Dataset, pattern: str, ending: str = "") -> dict[str, Path]:
    """Song -> its file or folder in `train` or `test`, for the subsets that are wanted.

    Raises
    ------
    InputError : a folder is missing, there are no songs, or one is there twice.
    """
    check_root(dataset)
    wanted = subsets_of(dataset)
    folders = dict.fromkeys("test" if subset == "test" else "train" for subset in wanted)
    present = [folder for folder in folders if (dataset.root / folder).is_dir()]
    if not present or (dataset.subset and len(present) < len(folders)):
        absent = [folder for folder in folders if folder not in present]
        raise wrong_tree(dataset, f"has no folder {' or '.join(absent)}")
    found: dict[str, Path] = {}
    for folder in present:
        for path in sorted((dataset.root / folder).glob(pattern)):
            song = path.name.removesuffix(ending)
            subset = folder if song not in VALIDATION or folder == "test" else "valid"
            if path.name.startswith(".") or path.is_dir() == bool(ending) or subset not in wanted:
                continue
            if song in found:
                raise wrong_tree(dataset, f"has {song} in train and in test")
            found[song] = path
    if not found:
        raise wrong_tree(dataset, f"holds no songs in {' or '.join(present)}")
    return found


def _mix(path: Path) -> Audio:
    from partita.io.audio import load

    return load(path)


def _stems(path: Path) -> Stems:
    from partita.io.stem_mp4 import load_stem_mp4

    return load_stem_mp4(path, names=STEMS)[1]
