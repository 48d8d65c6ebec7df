"""MedleyDB: multitracks of many genres, each stem labelled with its instrument."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from partita.core.errors import InputError
from partita.core.names import distinct, printable, stem_name
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
from partita.datasets.metadata import read_yaml

GROUPS = {
    "4": ("vocals", "drums", "bass", "other"),
    "6": ("vocals", "drums", "bass", "guitar", "piano", "other"),
}
_VOCALS = {
    *("beatboxing", "choir", "vocalists"),
    *(f"{sex} {kind}" for sex in ("male", "female") for kind in ("singer", "speaker", "rapper")),
    *("male screamer", "female screamer"),
}
_DRUMS = {
    *("auxiliary percussion", "bass drum", "bongo", "cabasa", "castanet", "claps", "conga"),
    *("cowbell", "cymbal", "darbuka", "doumbek", "drum machine", "drum set", "gong", "gu"),
    *("guiro", "high hat", "kick drum", "maracas", "rattle", "shaker", "sleigh bells", "snaps"),
    *("snare drum", "tabla", "tambourine", "toms", "triangle"),
}
_BASS = {"electric bass", "double bass"}
_GUITAR = {
    *("acoustic guitar", "clean electric guitar", "distorted electric guitar"),
    *("lap steel guitar", "slide guitar"),
}
_PIANO = {"piano", "tack piano", "electric piano"}
GROUP_OF = {
    instrument: group
    for group, instruments in (
        ("vocals", _VOCALS),
        ("drums", _DRUMS),
        ("bass", _BASS),
        ("guitar", _GUITAR),
        ("piano", _PIANO),
    )
    for instrument in instruments
}
"""The dataset's instrument labels -> group; all others, percussion with pitch too, are `other`."""
_KEY = re.compile("S[0-9]{2,3}")


@dataclass(frozen=True)
class MedleyDB:
    """MedleyDB (1.0 and 2.0), its stems added up to groups by their instruments.

    A synthesizer that the metadata call the bass component is bass.

    Parameters
    ----------
    root : the folder that holds the tracks, or `Audio`, `V1` or `V2` with the tracks in them.
    stems : "4" or "6": always these, silent where a track has none of them; "all": every stem.
    mix : "published": the file *_MIX.wav, which is mixed and mastered; "sum": the stems' sum.
    bleed : "keep" all tracks, or "leave out" those whose stems hold other instruments too (the
        metadata of every track are then read when the dataset is listed).
    """

    name: ClassVar[str] = "medleydb"
    about: ClassVar[About] = About(
        title="MedleyDB",
        summary="122 multitracks in 1.0, 74 more in 2.0, labelled by instrument, 44.1 kHz stereo",
        layout=(
            "ROOT/Audio/TRACK/TRACK_MIX.wav",
            "TRACK_STEMS/TRACK_STEM_01.wav …",
            "TRACK_METADATA.yaml (here or in ROOT/Metadata; published at github.com/marl/medleydb)",
        ),
        stems=(),
        mix="mixed and mastered from the stems: their sum comes near it (mix=sum takes the sum)",
        adds_up=False,
        licence="CC BY-NC-SA 4.0",
        citation=(
            "Bittner, Salamon, Tierney, Mauch, Cannam and Bello, "
            '"MedleyDB: a multitrack dataset for annotation-intensive MIR research", ISMIR 2014; '
            "Bittner, Wilkins, Yip and Bello, "
            '"MedleyDB 2.0: new data and a system for sustainable data collection", ISMIR 2016'
        ),
        homepage="https://medleydb.weebly.com",
        extra="datasets",
    )

    root: Path
    subset: str = ""
    stems: str = choice("4", (*GROUPS, "all"), "how many stems a track is summed to")
    mix: str = choice("published", ("published", "sum"), "the mastered mix, or the stems' sum")
    bleed: str = choice("keep", ("keep", "leave out"), "tracks whose stems bleed")

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        is_sum = self.mix == "sum"
        songs = self._wanted()
        return in_order(self, [track_of(s.id, s.files, mix_is_sum=is_sum) for s in songs])

    def __len__(self) -> int:
        return len(self._wanted())

    def _wanted(self) -> list[MedleySong]:
        songs = self._songs()
        return songs if self.bleed == "keep" else [s for s in songs if not s.has_bleed()]

    def _songs(self) -> list[MedleySong]:
        check_root(self)
        places = [self.root, *(self.root / name for name in ("Audio", "V1", "V2"))]
        folders = [f for place in places for f in subfolders(place)]
        found = [f for f in folders if (f / f"{f.name}_STEMS").is_dir()]
        if not found:
            raise wrong_tree(self, "has no track with a folder TRACK_STEMS")
        return [MedleySong(f, self.root / "Metadata", self.stems, self.mix) for f in found]


@dataclass(frozen=True)
class MedleySong:
    """One track: its folder, where metadata lie that are not in it, and what is wanted."""

    folder: Path
    metadata_folder: Path
    stems: str
    mix: str

    @property
    def id(self) -> str:
        return self.folder.name

    def has_bleed(self) -> bool:
        return bool(self._metadata().get("has_bleed") == "yes")

    def files(self) -> StemFiles:
        named: dict[str, list[Path]] = {group: [] for group in GROUPS.get(self.stems, ())}
        entries = sorted(self._metadata()["stems"].items())
        names = [self._stem(entry) for _, entry in entries]
        if self.stems == "all":
            names = distinct(names)
        for name, (key, _) in zip(names, entries, strict=True):
            path = self.folder / f"{self.id}_STEMS" / f"{self.id}_STEM_{key[1:]}.wav"
            named.setdefault(name, []).append(path)
        mixture = self.folder / f"{self.id}_MIX.wav" if self.mix == "published" else None
        return StemFiles(self.id, {name: tuple(paths) for name, paths in named.items()}, mixture)

    def _stem(self, entry: dict[str, Any]) -> str:
        """The stem for an entry; one of several instruments is theirs only if all agree."""
        given = entry["instrument"]
        instruments = [str(name) for name in (given if isinstance(given, list) else [given])]
        if self.stems == "all":
            return stem_name(" and ".join(instruments), fallback="stem")
        groups = {GROUP_OF.get(name, "other") for name in instruments}
        if "synthesizer" in instruments and entry.get("component") == "bass":
            groups.discard("other")
            groups.add("bass")
        group = groups.pop() if len(groups) == 1 else "other"
        return group if group in GROUPS[self.stems] else "other"

    def _metadata(self) -> dict[str, Any]:
        """The track's metadata.

        Raises
        ------
        InputError : there are none, or they are not MedleyDB's.
        """
        places = [f / f"{self.id}_METADATA.yaml" for f in (self.folder, self.metadata_folder)]
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise InputError(
                f"{printable(self.id)}: there is no {printable(places[0].name)} in "
                f"{printable(self.folder)} nor in {printable(self.metadata_folder)} "
                "(published at https://github.com/marl/medleydb)"
            )
        content = read_yaml(path, what="MedleyDB")
        entries = content.get("stems") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or not entries or not all(map(_is_stem, entries.items())):
            raise InputError(
                f"{printable(path)} is no metadata of MedleyDB: it should hold stems S01, S02 …, "
                "each with an instrument"
            )
        return dict(content)


def _is_stem(item: tuple[Any, Any]) -> bool:
    key, entry = item
    return (
        isinstance(key, str)
        and _KEY.fullmatch(key) is not None
        and isinstance(entry, dict)
        and "instrument" in entry
    )
