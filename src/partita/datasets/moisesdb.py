"""MoisesDB: 240 songs, many single tracks each, in a taxonomy of eleven stems."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from partita.core.errors import InputError
from partita.core.names import printable
from partita.core.track import Track
from partita.datasets.dataset import (
    About,
    check,
    check_root,
    choice,
    in_order,
    subfolders,
    wrong_tree,
)
from partita.datasets.files import StemFiles, track_of
from partita.datasets.metadata import plain_name, read_json

METADATA = "data.json"
GROUPS = {
    "4": ("vocals", "drums", "bass", "other"),
    "5": ("vocals", "drums", "bass", "guitar", "other"),
    "6": ("vocals", "drums", "bass", "guitar", "piano", "other"),
}
"""What the dataset's paper evaluates: stems that are not named go into `other`."""


@dataclass(frozen=True)
class MoisesDB:
    """MoisesDB, its tracks added up to 4, 5 or 6 stems, or to its own eleven.

    Parameters
    ----------
    root : the folder that holds `moisesdb_v0.1`, or that folder.
    stems : "4", "5" or "6": always these, silent where a song has none of them;
        "all": the stems that the song has.
    """

    name: ClassVar[str] = "moisesdb"
    about: ClassVar[About] = About(
        title="MoisesDB",
        summary="240 songs of 45 artists, over 14 hours, up to eleven stems, 44.1 kHz stereo wav",
        layout=("ROOT/moisesdb_v0.1/TRACK/data.json", "TRACK/STEM/FILE.wav"),
        stems=(),
        mix="there is none: the mix is the sum of the stems",
        adds_up=True,
        licence="CC BY-NC-SA 4.0",
        citation=(
            'Pereira, Araújo, Korzeniowski and Vogl, "MoisesDB: a dataset for source separation '
            'beyond 4-stems", ISMIR 2023'
        ),
        homepage="https://music.ai/research/",
    )

    root: Path
    subset: str = ""
    stems: str = choice("4", (*GROUPS, "all"), "how many stems a song is summed to")

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        tracks = []
        for folder in self._folders():
            song = MoisesSong(folder, self.stems)
            tracks.append(track_of(folder.name, song.files, mix_is_sum=True))
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(self._folders())

    def _folders(self) -> list[Path]:
        check_root(self)
        places = [self.root, *subfolders(self.root)]
        found = [f for place in places for f in subfolders(place) if (f / METADATA).is_file()]
        if not found:
            raise wrong_tree(self, f"has no song's {METADATA}")
        return found


@dataclass(frozen=True)
class MoisesSong:
    """One song: its folder, and the stems that are wanted."""

    folder: Path
    stems: str

    def files(self) -> StemFiles:
        """The files of each stem, as the metadata group them.

        Raises
        ------
        InputError : the metadata cannot be read, or name what is no plain file name.
        """
        path = self.folder / METADATA
        groups = GROUPS.get(self.stems)
        named: dict[str, list[Path]] = {group: [] for group in groups or ()}
        for stem, file in _entries(path):
            known = groups is None or stem in groups
            named.setdefault(stem if known else "other", []).append(self.folder / stem / file)
        return StemFiles(self.folder.name, {name: tuple(files) for name, files in named.items()})


def _entries(path: Path) -> Iterator[tuple[str, str]]:
    """Stem's folder and file name of every single track."""
    name = partial(plain_name, path=path)
    try:
        for stem in read_json(path)["stems"]:
            for track in stem["tracks"]:
                yield name(stem["stemName"]), name(f"{track['id']}.{track['extension']}")
    except (KeyError, TypeError) as error:
        raise InputError(
            f"{printable(path)} is no metadata of MoisesDB: it should list stems, each with a "
            f"stemName and tracks, each with an id and an extension ({error!r})"
        ) from error
