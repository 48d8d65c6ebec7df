"""The Choral Singing Dataset: sixteen singers, four a part, each recorded alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from partita.core.errors import InputError
from partita.core.hints import Hints
from partita.core.names import printable
from partita.core.track import Track
from partita.datasets.annotations import joined_pitch, joined_scores, read_f0, read_part
from partita.datasets.dataset import About, check, check_root, choice, in_order, wrong_tree
from partita.datasets.files import StemFiles

PARTS = ("soprano", "alto", "tenor", "bass")
SPELLINGS = {
    "soprano": "soprano",
    "contraalt": "alto",
    "alto": "alto",
    "tenor": "tenor",
    "bajos": "bass",
    "bajo": "bass",
    "bass": "bass",
}
"""As the files of the first and the second version spell a part."""
FOLDER = "ChoralSingingDataset"
_FILE = re.compile(
    f"(CSD_)?(?P<song>[A-Za-z]+)_(?P<part>{'|'.join(SPELLINGS)})[_-]?(?P<singer>[0-9][0-9_-]*)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ChoralSinging:
    """The Choral Singing Dataset, as quartets, as a choir, or as single singers.

    The file names of the first version (nino_Soprano_405) are understood beside those of the second
    (CSD_ND_soprano_4), in any audio format; the singers of a part count from 1 in the order of
    their file names.

    Parameters
    ----------
    root : the folder that holds the files, or `ChoralSingingDataset` with the files in it.
    voices : "quartet": track ER-2 is the second singer of each part of El Rossinyol; "choir": track
        ER is all singers, four stems of four; "singers": the same, sixteen stems.
    """

    name: ClassVar[str] = "choral_singing"
    about: ClassVar[About] = About(
        title="Choral Singing Dataset",
        summary="three songs by sixteen singers, 44.1 kHz mono, with the pitch of every singer",
        layout=(
            "ROOT/CSD_ER_soprano_1.wav",
            "CSD_ER_soprano_1.f0",
            "CSD_ER_soprano_midi.mid",
            "songs ER, LI, ND",
            "parts soprano, alto, tenor, bass",
            "singers 1 to 4",
        ),
        stems=PARTS,
        mix="there is none: the mix is the sum of the stems",
        adds_up=True,
        licence="CC BY 4.0",
        citation=(
            "Cuesta, Gómez, Martorell and Loáiciga, "
            '"Analysis of intonation in unison choir singing", ICMPC 2018'
        ),
        homepage="https://zenodo.org/records/2649950",
        hints=("score", "pitch"),
    )

    root: Path
    subset: str = ""
    voices: str = choice("quartet", ("quartet", "choir", "singers"), "what a track holds")

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        return in_order(self, [track for song in self._songs() for track in song.tracks()])

    def __len__(self) -> int:
        return sum(len(song.tracks()) for song in self._songs())

    def _songs(self) -> list[_Song]:
        check_root(self)
        from partita.io.formats import AUDIO_ENDINGS

        found: dict[str, dict[str, list[Path]]] = {}
        for folder in (self.root, self.root / FOLDER):
            for path in sorted(folder.glob("*")):
                match = _FILE.fullmatch(path.stem)
                if match and path.suffix.lower() in AUDIO_ENDINGS:
                    parts = found.setdefault(match["song"], {part: [] for part in PARTS})
                    parts[SPELLINGS[match["part"].lower()]].append(path)
        if not found:
            raise wrong_tree(self, "has no file such as CSD_ER_soprano_1.wav")
        return [_Song(song, parts, self.voices) for song, parts in found.items()]


@dataclass(frozen=True)
class _Song:
    """One song: part -> the recordings of its singers."""

    name: str
    parts: dict[str, list[Path]]
    voices: str

    def tracks(self) -> list[Track]:
        if self.voices == "quartet":
            return [self._quartet(n) for n in range(min(map(len, self.parts.values())))]
        present = {part: paths for part, paths in self.parts.items() if paths}
        if self.voices == "choir":
            stems = {part: tuple(paths) for part, paths in present.items()}
            return [self._track(self.name, stems, with_pitch=False)]
        singers = {
            f"{part} {number}": (path,)
            for part, paths in present.items()
            for number, path in enumerate(paths, 1)
        }
        return [self._track(self.name, singers, with_pitch=True)]

    def _quartet(self, singer: int) -> Track:
        stems = {part: (paths[singer],) for part, paths in self.parts.items()}
        return self._track(f"{self.name}-{singer + 1}", stems, with_pitch=True)

    def _track(self, id: str, stems: Mapping[str, tuple[Path, ...]], *, with_pitch: bool) -> Track:
        return StemFiles(id, stems).as_track(partial(_hints, stems, with_pitch))


def _hints(stems: Mapping[str, tuple[Path, ...]], with_pitch: bool) -> Hints:
    """The pitch of each singer, and the notes of each part, where there are files of them for all.

    The notes are the score's, in the time that the singers followed, not each singer's own.
    """
    f0s = {stem: paths[0].with_suffix(".f0") for stem, paths in stems.items()}
    pitch = score = None
    if with_pitch and all(path.is_file() for path in f0s.values()):
        pitch = joined_pitch({stem: read_f0(path, name=stem) for stem, path in f0s.items()})
    midi = {stem: _midi(paths[0]) for stem, paths in stems.items()}
    notes = [read_part(path, part=stem) for stem, path in midi.items() if path is not None]
    if notes and len(notes) == len(midi):
        score = joined_scores(notes)
    return Hints(pitch=pitch, score=score)


def _midi(recording: Path) -> Path | None:
    """The MIDI file of the part that a recording sings, or None."""
    match = _FILE.fullmatch(recording.stem)
    if match is None:
        raise InputError(f"{printable(recording.name)} is no recording of a singer")
    part = recording.stem[: match.end("part")]
    paths = (recording.with_name(f"{part}{ending}") for ending in ("_midi.mid", ".mid"))
    return next((path for path in paths if path.is_file()), None)
