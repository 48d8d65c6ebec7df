"""The sound in a report: what there is room for, each piece once."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from partita.evaluate.evidence import ESTIMATE, MIXTURE, REFERENCE
from partita.evaluate.excerpts import Excerpt

SOURCES = (REFERENCE, ESTIMATE, MIXTURE)
"""What a player switches between."""


@dataclass(frozen=True)
class Deck:
    """What one player plays: a stretch of one stem of one song.

    Attributes
    ----------
    system, song, stem : whose it is.
    start_s, duration_s : where it lies in the song. gain_db : by how much it is turned down.
    clips : out of SOURCES -> number of a clip.
    """

    number: int
    system: int
    song: str
    stem: str
    start_s: float
    duration_s: float
    gain_db: float
    clips: Mapping[str, int]


@dataclass
class Shelf:
    """The clips and decks of a report, filled up to a limit.

    Parameters
    ----------
    limit : bytes of sound.
    """

    limit: float
    decks: list[Deck] = field(default_factory=list)
    _clips: dict[bytes, int] = field(default_factory=dict)
    size: int = 0

    def add(self, system: int, song: str, excerpt: Excerpt, stems: Mapping[str, str]) -> list[Deck]:
        """Decks for the stems of an excerpt; none where there is no room for all of them.

        Parameters
        ----------
        stems : stem -> what stands before "reference" and "estimate" in the excerpt's names.
        """
        wanted = {
            stem: {
                MIXTURE: excerpt.sounds[MIXTURE],
                **{what: excerpt.sounds[f"{lead}{what}"] for what in (REFERENCE, ESTIMATE)},
            }
            for stem, lead in stems.items()
        }
        new = {data for sounds in wanted.values() for data in sounds.values()} - set(self._clips)
        more = sum(len(data) for data in new)
        if self.size + more > self.limit:
            return []
        self.size += more
        decks = []
        for stem, sounds in wanted.items():
            clips = {
                what: self._clips.setdefault(sounds[what], len(self._clips)) for what in SOURCES
            }
            where = excerpt.start_s, excerpt.duration_s, excerpt.gain_db
            decks.append(Deck(len(self.decks), system, song, stem, *where, clips))
            self.decks.append(decks[-1])
        return decks

    @property
    def clips(self) -> list[tuple[int, str]]:
        """(number, base64 of the MP3), in order."""
        return [(n, base64.b64encode(data).decode()) for data, n in self._clips.items()]
