"""Slakh2100: synthesized from MIDI, so that every note is known."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from partita.core.errors import InputError
from partita.core.hints import Hints
from partita.core.names import distinct, printable, stem_name
from partita.core.track import Track
from partita.datasets.annotations import joined_scores, read_part
from partita.datasets.dataset import (
    About,
    check,
    check_root,
    choice,
    in_order,
    subfolders,
    subsets_of,
    wrong_tree,
)
from partita.datasets.files import StemFiles, track_of
from partita.datasets.metadata import read_yaml

FOLDERS = {"train": "train", "valid": "validation", "test": "test", "omitted": "omitted"}
METADATA = "metadata.yaml"
GROUPS = {"3": ("drums", "bass", "other"), "5": ("drums", "bass", "guitar", "piano", "other")}
CLASSES = {"drums": "drums", "bass": "bass", "guitar": "guitar", "piano": "piano"}
"""`inst_class` in lower case -> group."""
_SOURCE = re.compile("S[0-9]{2,3}")


@dataclass(frozen=True)
class Slakh2100:
    """Slakh2100 (also -redux and BabySlakh), its sources added up to groups.

    Parameters
    ----------
    root : the folder that holds `train`, `validation` and `test`, or the tracks themselves, as in
        BabySlakh, which has no subsets.
    subset : "train", "valid", "test"; "omitted" holds what -redux leaves out as duplicates and
        is only read when it is asked for.
    stems : "3": drums, bass, other; "5": guitar and piano too; "all": every source on its own.
    """

    name: ClassVar[str] = "slakh2100"
    about: ClassVar[About] = About(
        title="Slakh2100",
        summary="2100 instrumentals from MIDI (1710 in -redux), 44.1 kHz mono flac",
        layout=(
            "ROOT/train/TrackNNNNN/metadata.yaml",
            "mix.flac",
            "stems/SNN.flac",
            "MIDI/SNN.mid",
            "and the same in validation, test, omitted",
        ),
        stems=(),
        mix="the sum of the stems to 16-bit rounding",
        adds_up=True,
        licence="CC BY 4.0",
        citation=(
            "Manilow, Wichern, Seetharaman and Le Roux, "
            '"Cutting music source separation some Slakh", WASPAA 2019'
        ),
        homepage="http://www.slakh.com",
        subsets=tuple(FOLDERS),
        hints=("score",),
        extra="datasets",
    )

    root: Path
    subset: str = ""
    stems: str = choice("3", (*GROUPS, "all"), "how many stems the sources are summed to")

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        tracks = []
        for folder in self._folders():
            song = SlakhSong(folder, self.stems)
            tracks.append(track_of(folder.name, song.files, song.hints))
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(self._folders())

    def _folders(self) -> list[Path]:
        check_root(self)
        wanted = subsets_of(self) if self.subset else ("train", "valid", "test")
        places = [self.root / FOLDERS[subset] for subset in wanted]
        missing = [place.name for place in places if not place.is_dir()]
        if self.subset and missing:
            raise wrong_tree(self, f"has no folder {', '.join(missing)}")
        if len(missing) == len(places):
            places = [self.root]
        found = [f for place in places for f in subfolders(place) if (f / METADATA).is_file()]
        if not found:
            raise wrong_tree(self, f"has no track's {METADATA}")
        return found


@dataclass(frozen=True)
class Source:
    """A synthesized instrument: the stem that it belongs to, and its files."""

    stem: str
    audio: Path
    midi: Path
    is_drum: bool


@dataclass(frozen=True)
class SlakhSong:
    """One track: its folder, and the stems that are wanted."""

    folder: Path
    stems: str

    def hints(self) -> Hints:
        """The notes, a part for each stem but the drums, whose note numbers are no pitches."""
        parts = [
            read_part(source.midi, part=source.stem)
            for source in self._sources()
            if not source.is_drum and source.midi.is_file()
        ]
        return Hints(score=joined_scores(parts)) if parts else Hints()

    def files(self) -> StemFiles:
        named: dict[str, list[Path]] = {name: [] for name in GROUPS.get(self.stems, ())}
        for source in self._sources():
            named.setdefault(source.stem, []).append(source.audio)
        stems = {name: tuple(paths) for name, paths in named.items()}
        return StemFiles(self.folder.name, stems, self.folder / f"mix{self._ending()}")

    def _ending(self) -> str:
        """Of the audio files: BabySlakh is wav."""
        return ".wav" if (self.folder / "mix.wav").is_file() else ".flac"

    def _sources(self) -> list[Source]:
        """The sources that have audio, or should have it, by number.

        BabySlakh's metadata deny that anything was rendered: there the files decide.

        Raises
        ------
        InputError : the metadata are not Slakh's.
        """
        path = self.folder / METADATA
        content = read_yaml(path, what="Slakh2100")
        entries = content.get("stems") if isinstance(content, dict) else None
        if not isinstance(entries, dict) or not all(map(_is_source, entries.items())):
            raise InputError(
                f"{printable(path)} is no metadata of Slakh2100: it should hold stems S00, S01 …, "
                "each with audio_rendered, inst_class and is_drum"
            )
        audio = {key: self.folder / "stems" / f"{key}{self._ending()}" for key in sorted(entries)}
        keys = [k for k, p in audio.items() if entries[k]["audio_rendered"] or p.is_file()]
        names = [self._stem(entries[key]) for key in keys]
        if self.stems == "all":
            names = distinct(names)
        return [
            Source(
                stem=name,
                audio=audio[key],
                midi=self.folder / "MIDI" / f"{key}.mid",
                is_drum=bool(entries[key]["is_drum"]),
            )
            for key, name in zip(keys, names, strict=True)
        ]

    def _stem(self, entry: dict[str, Any]) -> str:
        """The stem that a source belongs to."""
        if self.stems == "all":
            return stem_name(str(entry.get("midi_program_name", "")), fallback="source")
        group = "drums" if entry["is_drum"] else CLASSES.get(str(entry["inst_class"]).lower())
        return group if group in GROUPS[self.stems] else "other"


def _is_source(item: tuple[Any, Any]) -> bool:
    key, entry = item
    return (
        isinstance(key, str)
        and _SOURCE.fullmatch(key) is not None
        and isinstance(entry, dict)
        and {"audio_rendered", "inst_class", "is_drum"} <= set(entry)
    )
