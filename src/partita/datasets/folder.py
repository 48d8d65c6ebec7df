"""A folder of songs: any stems, with or without the mixture."""

from __future__ import annotations

import os
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
    check,
    check_root,
    in_order,
    subfolders,
    wrong_tree,
)
from partita.datasets.files import StemFiles

MIXTURES = ("mixture", "mix")
STEM_MP4 = ".stem.mp4"


@dataclass(frozen=True)
class SongFolder:
    """Songs in folders of their own, whose files are called as the stems are.

    A file called mixture (or mix) is the recording; without one, the recording is the sum of the
    stems. Stems that end earlier than others end in silence. A `.stem.mp4` beside the folders is a
    song too, unless a folder is called like it. A folder that holds stems itself is one song.

    Parameters
    ----------
    root : the folder.
    """

    name: ClassVar[str] = "folder"
    about: ClassVar[About] = About(
        title="a folder of songs",
        summary="your own recordings: a folder for each song, a file for each stem",
        layout=(
            "ROOT/SONG/STEM.wav (or flac, mp3, ogg …)",
            "ROOT/SONG/mixture.wav where there is one",
            "ROOT/SONG.stem.mp4",
            "for one song ROOT/STEM.wav",
        ),
        stems=(),
        mix="the file mixture, or the sum of the stems",
        adds_up=True,
        licence="yours",
        citation="",
        homepage="",
    )

    root: Path
    subset: str = ""

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        folders = self.songs()
        tracks = [song.as_track() for song in folders.values()]
        for path in self._stem_mp4s():
            name = path.name.removesuffix(STEM_MP4)
            if name not in folders:
                mix, stems = partial(_mix, path), partial(_stems, path)
                tracks.append(Track(name, mix, stems, key=partial(file_digest, path)))
        if not tracks:
            raise wrong_tree(self, "holds no stems, nor folders with stems")
        return in_order(self, tracks)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def songs(self) -> dict[str, StemFiles]:
        """Song -> its files, without those in a `.stem.mp4`; by name."""
        check_root(self)
        if (song := _song(self.root)).stems:
            return {song.track: song}
        found = (_song(folder) for folder in subfolders(self.root))
        return {song.track: song for song in found if song.stems}

    def _stem_mp4s(self) -> list[Path]:
        if _song(self.root).stems:
            return []
        return sorted(p for p in self.root.glob(f"*{STEM_MP4}") if not p.name.startswith("."))


def _song(folder: Path) -> StemFiles:
    from partita.io.formats import AUDIO_ENDINGS

    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in AUDIO_ENDINGS)
    named = {
        path.stem.lower(): path
        for path in files
        if not path.name.startswith(".") and not path.name.lower().endswith(STEM_MP4)
    }
    mixture = next((named[name] for name in MIXTURES if name in named), None)
    stems = {name: (path,) for name, path in named.items() if name not in MIXTURES}
    return StemFiles(Path(os.path.abspath(folder)).name, stems, mixture)


def _mix(path: Path) -> Audio:
    from partita.io.audio import load

    return load(path)


def _stems(path: Path) -> Stems:
    from partita.io.stem_mp4 import load_stem_mp4

    return load_stem_mp4(path)[1]
