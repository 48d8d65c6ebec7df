"""Bach10: ten four-part chorales on violin, clarinet, saxophone and bassoon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError
from partita.core.hints import Hints, Pitch, Score
from partita.core.names import printable
from partita.core.track import Track
from partita.datasets.dataset import (
    About,
    check,
    check_root,
    in_order,
    subfolders,
    wrong_tree,
)
from partita.datasets.files import StemFiles, track_of
from partita.datasets.metadata import read_mat

STEMS = ("violin", "clarinet", "saxophone", "bassoon")
"""From soprano to bass, the order of the rows in the annotations."""
SPELLINGS = {"saxophone": ("saxphone", "saxophone")}
"""As the files are called."""
FIRST_S, HOP_S = 0.023, 0.01
"""The centre of the first frame, and from there to the next."""


@dataclass(frozen=True)
class Bach10:
    """Bach10, each part recorded alone, with notes and pitch of every part.

    Parameters
    ----------
    root : the folder that holds the pieces, or `Bach10_v1.1` with the pieces in it.
    """

    name: ClassVar[str] = "bach10"
    about: ClassVar[About] = About(
        title="Bach10",
        summary="ten chorales in four parts, 44.1 kHz mono, with notes and pitch of every part",
        layout=(
            "ROOT/NN-PIECE/NN-PIECE.wav",
            "NN-PIECE-violin.wav",
            "-clarinet.wav",
            "-saxphone.wav",
            "-bassoon.wav",
            "NN-PIECE-GTF0s.mat",
            "NN-PIECE-GTNotes.mat",
        ),
        stems=STEMS,
        mix="the sum of the stems to 16-bit rounding, clipped at full scale",
        adds_up=True,
        licence="none stated: free to download, and its makers ask to be cited",
        citation=(
            "Duan, Pardo and Zhang, "
            '"Multiple fundamental frequency estimation by modeling spectral peaks and non-peak '
            'regions", TASLP 18(8), 2010'
        ),
        homepage="https://labsites.rochester.edu/air/resource.html",
        hints=("score", "pitch"),
    )

    root: Path
    subset: str = ""

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        tracks = []
        for folder in self._folders():
            piece = Bach10Piece(folder)
            tracks.append(track_of(folder.name, piece.files, piece.hints))
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(self._folders())

    def _folders(self) -> list[Path]:
        check_root(self)
        folders = [f for place in (self.root, *subfolders(self.root)) for f in subfolders(place)]
        found = [f for f in folders if (f / f"{f.name}-violin.wav").is_file()]
        if not found:
            raise wrong_tree(self, "has no piece with a file NN-PIECE-violin.wav")
        return found


@dataclass(frozen=True)
class Bach10Piece:
    """One chorale."""

    folder: Path

    def hints(self) -> Hints:
        """Notes and pitch of every part."""
        name = self.folder.name
        f0s = self.folder / f"{name}-GTF0s.mat"
        notes = self.folder / f"{name}-GTNotes.mat"
        return Hints(
            pitch=_pitch(read_mat(f0s, "GTF0s"), f0s),
            score=_score(read_mat(notes, "GTNotes"), notes),
        )

    def files(self) -> StemFiles:
        stems = {stem: (self._part(stem),) for stem in STEMS}
        return StemFiles(self.folder.name, stems, self.folder / f"{self.folder.name}.wav")

    def _part(self, stem: str) -> Path:
        spellings = SPELLINGS.get(stem, (stem,))
        paths = [self.folder / f"{self.folder.name}-{spelling}.wav" for spelling in spellings]
        return next((path for path in paths if path.is_file()), paths[0])


def _pitch(matrix: Any, path: Path) -> Pitch:
    """From GTF0s: (parts, frames) MIDI note numbers, 0 where unvoiced."""
    midi = np.asarray(matrix)
    if midi.dtype.kind not in "fiu" or midi.ndim != 2 or len(midi) != len(STEMS):
        raise InputError(f"{printable(path)}: GTF0s should be a matrix of {len(STEMS)} rows")
    f0_hz = np.where(midi > 0, 440 * 2 ** ((np.clip(midi, 0, 127) - 69) / 12), 0.0)
    time_s = FIRST_S + HOP_S * np.arange(midi.shape[1], dtype=np.float64)
    return Pitch(time_s, dict(zip(STEMS, f0_hz, strict=True)))


def _score(cells: Any, path: Path) -> Score:
    """From GTNotes: a cell for each part, in it one for each note: frame numbers from 1, pitches.

    A note begins half a hop before the centre of its first frame and ends half a hop behind that of
    its last; its pitch is the median, to the nearest semitone.
    """
    rows: list[tuple[float, float, float]] = []
    part: list[str] = []
    parts = np.asarray(cells, dtype=object).ravel()
    if len(parts) != len(STEMS):
        raise InputError(f"{printable(path)}: GTNotes should have {len(STEMS)} cells")
    for stem, notes in zip(STEMS, parts, strict=True):
        for note in np.asarray(notes, dtype=object).ravel():
            frames, midi = _note(note, path)
            onset_s = max(FIRST_S + HOP_S * (frames[0] - 1.5), 0.0)
            offset_s = FIRST_S + HOP_S * (frames[-1] - 0.5)
            rows.append((onset_s, offset_s, float(np.rint(np.median(midi)))))
            part.append(stem)
    onset_s_of, offset_s_of, pitch = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return Score(onset_s_of, offset_s_of, pitch, tuple(part))


def _note(note: Any, path: Path) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    matrix = np.asarray(note)
    if matrix.dtype.kind not in "fiu" or matrix.ndim != 2 or len(matrix) != 2 or not matrix.size:
        raise InputError(f"{printable(path)}: a note should be frame numbers and pitches")
    return matrix[0].astype(np.float64), matrix[1].astype(np.float64)
