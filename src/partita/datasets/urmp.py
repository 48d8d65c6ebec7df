"""URMP: chamber music, each part recorded alone, with scores and pitches."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from partita.core.hints import Hints
from partita.core.names import distinct
from partita.core.track import Track
from partita.datasets.annotations import joined_pitch, joined_scores, read_f0, read_notes
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

INSTRUMENTS = {
    "vn": "violin",
    "va": "viola",
    "vc": "cello",
    "db": "double bass",
    "fl": "flute",
    "ob": "oboe",
    "cl": "clarinet",
    "sax": "saxophone",
    "bn": "bassoon",
    "tpt": "trumpet",
    "hn": "horn",
    "tbn": "trombone",
    "tba": "tuba",
}
_PIECE = re.compile("[0-9]{2}_[^_]+(_[a-z]+)+")
"""Number, title and the instrument of every part."""


@dataclass(frozen=True)
class URMP:
    """URMP, the University of Rochester multi-modal music performance dataset.

    Where an instrument plays several parts, the second is called "violin (2)".

    Parameters
    ----------
    root : the folder that holds the pieces, or `Dataset` with the pieces in it.
    mix : "published": the file AuMix_*.wav; "sum": the stems' sum.
    """

    name: ClassVar[str] = "urmp"
    about: ClassVar[About] = About(
        title="URMP",
        summary="44 pieces for two to five instruments, 48 kHz, with notes and pitch of every part",
        layout=(
            "ROOT/NN_PIECE_INSTRUMENTS/AuMix_*.wav",
            "AuSep_N_INSTRUMENT_*.wav",
            "F0s_N_INSTRUMENT_*.txt",
            "Notes_N_INSTRUMENT_*.txt",
        ),
        stems=(),
        mix="made from the stems; no promise that it is their plain sum (mix=sum takes the sum)",
        adds_up=False,
        licence="none stated with the files: see the homepage",
        citation=(
            "Li, Liu, Dinesh, Duan and Sharma, "
            '"Creating a multitrack classical music performance dataset for multimodal music '
            'analysis", IEEE Transactions on Multimedia 21(2), 2019'
        ),
        homepage="https://labsites.rochester.edu/air/projects/URMP.html",
        hints=("score", "pitch"),
    )

    root: Path
    subset: str = ""
    mix: str = choice("published", ("published", "sum"), "the mix as it is, or the stems' sum")

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        tracks = []
        for folder in self._folders():
            piece = URMPPiece(folder, self.mix)
            is_sum = self.mix == "sum"
            tracks.append(track_of(folder.name, piece.files, piece.hints, mix_is_sum=is_sum))
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(self._folders())

    def _folders(self) -> list[Path]:
        check_root(self)
        places = (self.root, self.root / "Dataset")
        folders = [f for place in places for f in subfolders(place) if _PIECE.fullmatch(f.name)]
        if not folders:
            raise wrong_tree(self, "has no folder of a piece, such as 01_Jupiter_vn_vc")
        return folders


@dataclass(frozen=True)
class URMPPiece:
    """One piece: its folder, and which mix is wanted."""

    folder: Path
    mix: str

    def hints(self) -> Hints:
        """Notes and pitch of every part."""
        parts = self._parts().items()
        score = [read_notes(self.folder / f"Notes_{rest}.txt", part=stem) for stem, rest in parts]
        pitch = {stem: read_f0(self.folder / f"F0s_{rest}.txt", name=stem) for stem, rest in parts}
        return Hints(score=joined_scores(score), pitch=joined_pitch(pitch))

    def files(self) -> StemFiles:
        folder = self.folder
        stems = {stem: (folder / f"AuSep_{rest}.wav",) for stem, rest in self._parts().items()}
        mixture = folder / f"AuMix_{folder.name}.wav" if self.mix == "published" else None
        return StemFiles(folder.name, stems, mixture)

    def _parts(self) -> dict[str, str]:
        """Stem -> what its files' names have in common, in the order of the score."""
        number, title, *codes = self.folder.name.split("_")
        names = distinct([INSTRUMENTS.get(code, code) for code in codes])
        return {
            stem: f"{place}_{code}_{number}_{title}"
            for place, (stem, code) in enumerate(zip(names, codes, strict=True), 1)
        }
