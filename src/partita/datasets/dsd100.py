"""DSD100, the demixing secrets dataset: MUSDB18's predecessor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from partita.core.track import Track
from partita.datasets.dataset import (
    About,
    check,
    check_root,
    in_order,
    subfolders,
    subsets_of,
    wrong_tree,
)
from partita.datasets.musdb18hq import STEMS, song_track

FOLDERS = {"train": "Dev", "test": "Test"}


@dataclass(frozen=True)
class DSD100:
    """DSD100: a hundred songs, of SiSEC 2015 and 2016.

    Parameters
    ----------
    root : the folder that holds `Mixtures` and `Sources`.
    subset : "train" (the folder Dev, 50 songs) or "test" (50).
    """

    name: ClassVar[str] = "dsd100"
    about: ClassVar[About] = About(
        title="DSD100",
        summary="100 songs with four stems, 16-bit wav, 44.1 kHz stereo: 50 to train, 50 to test",
        layout=(
            "ROOT/Mixtures/Dev/SONG/mixture.wav",
            "ROOT/Sources/Dev/SONG/vocals.wav",
            "drums.wav",
            "bass.wav",
            "other.wav",
            "and the same in Test",
        ),
        stems=STEMS,
        mix="the sum of the stems to 16-bit rounding",
        adds_up=True,
        licence=(
            "none of its own: that of the 'Mixing Secrets' Free Multitrack Download Library, for "
            "education and research"
        ),
        citation=(
            'Liutkus, Stöter, Rafii and others, "The 2016 signal separation evaluation campaign", '
            "LVA/ICA 2017"
        ),
        homepage="https://sigsep.github.io/datasets/dsd100.html",
        subsets=("train", "test"),
    )

    root: Path
    subset: str = ""

    def __post_init__(self) -> None:
        check(self)

    def __iter__(self) -> Iterator[Track]:
        tracks = []
        for sources in self._folders():
            mixture = self.root / "Mixtures" / sources.parent.name / sources.name / "mixture.wav"
            tracks.append(song_track(sources.name, sources, mixture))
        return in_order(self, tracks)

    def __len__(self) -> int:
        return len(self._folders())

    def _folders(self) -> list[Path]:
        """The folder of each song's stems."""
        check_root(self)
        parts = [FOLDERS[subset] for subset in subsets_of(self)]
        for part in parts if self.subset else ["."]:
            for kind in ("Mixtures", "Sources"):
                if not (self.root / kind / part).is_dir():
                    raise wrong_tree(self, f"has no folder {(Path(kind) / part).as_posix()}")
        return [song for part in parts for song in subfolders(self.root / "Sources" / part)]
