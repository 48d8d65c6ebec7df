"""Pictures of what an engine understood of a recording: FOLDER/ENGINE/TRACK/WHAT.png."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any, Self

from partita.core.audio import Audio, Stems
from partita.core.errors import PartitaWarning
from partita.core.hints import Hints
from partita.core.separator import Explains, Reader, Session
from partita.core.understood import Understood
from partita.io.audio import open_audio
from partita.io.writer import replacing
from partita.jobs.at_once import segments_at_once
from partita.jobs.naming import DEFAULT_TEMPLATE, output_path
from partita.jobs.pictures import picture
from partita.jobs.request import Request
from partita.jobs.spectrogram import pitch_spectrogram


class KeptState:
    """A session that keeps what `prepare` gave, so that explaining need not find it again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.at_once = segments_at_once(session)
        self._kept: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def prepare(self, reader: Reader, hints: Hints) -> Any:
        self._kept = [self._session.prepare(reader, hints)]
        return self._kept[0]

    def separate(
        self, segment: Audio, hints: Hints, *, state: Any, stems: tuple[str, ...]
    ) -> Stems:
        return self._session.separate(segment, hints, state=state, stems=stems)

    def explain(self, reader: Reader, hints: Hints) -> tuple[Understood, ...]:
        """What there is to see; where nothing was separated, `prepare` comes first."""
        if not isinstance(self._session, Explains):
            return ()
        state = self._kept[0] if self._kept else self._session.prepare(reader, hints)
        return self._session.explain(reader, hints, state=state)


def explain_file(path: Path, track: str, request: Request, session: KeptState) -> tuple[Path, ...]:
    """Draw what the session understood of one file; where the pictures are.

    Parameters
    ----------
    track : what the file is called in the results.
    session : the one that separated it, or that would have.

    Raises
    ------
    OutputError : a picture cannot be written. InputError, HintError : see their texts.

    Warns
    -----
    PartitaWarning : the engine has nothing to show.
    """
    if request.explain is None:
        return ()
    hints = request.of(track).hints
    file = open_audio(path)
    found = list(session.explain(file, hints))
    if hints.activity is not None:
        found.append(hints.activity)
    name = request.engine.name
    if not found:
        warnings.warn(
            f"engine {name} has nothing to draw: it goes by no spectra, pitch, score or strokes "
            "that a picture could show",
            PartitaWarning,
            stacklevel=2,
        )
        return ()
    sound = pitch_spectrogram(file)
    places = []
    for each in found:
        what, data = picture(each, f"{track}, {name}", sound)
        place = output_path(
            request.explain / name, DEFAULT_TEMPLATE, track=track, stem=what, ext="png", engine=name
        )
        with replacing(place) as partial:
            place.parent.mkdir(parents=True, exist_ok=True)
            partial.write_bytes(data)
        places.append(place)
    return tuple(places)
