"""Scores from files: MIDI and MusicXML, by what the file holds, not by its name."""

from __future__ import annotations

import os

from partita.core.errors import HintError
from partita.core.hints import Score
from partita.core.names import printable
from partita.io.midi import read_midi
from partita.io.musicxml import read_musicxml
from partita.io.small_files import read_bytes

MAX_BYTES = 32 << 20


def read_score(path: str | os.PathLike[str]) -> Score:
    """The notes of a score: parts, pitches, and times at the score's own tempo.

    Parameters
    ----------
    path : MIDI (.mid), MusicXML (.musicxml, .xml) or compressed MusicXML (.mxl).

    Returns
    -------
    Score whose parts are named as in the file (its tracks, instruments or parts), in lower case
    and each name once. The percussion of MusicXML is left out with a warning.

    Raises
    ------
    InputError : the file cannot be read. HintError : it is no score, or holds no notes.
    MissingExtra : the package that reads it is not installed.
    """
    content = read_bytes(path, limit=MAX_BYTES)
    head = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if content.startswith(b"MThd"):
        return read_midi(content, name=printable(path))
    if content.startswith(b"RIFF") and content[8:12] == b"RMID":  # MIDI in a wrapping
        return read_midi(content[max(content.find(b"MThd"), 0) :], name=printable(path))
    if content.startswith(b"PK\x03\x04") or head.startswith(b"<") or b"\0<\0" in content[:8]:
        return read_musicxml(content, name=printable(path))
    raise HintError(
        f"{printable(path)} is no score: expected MIDI, MusicXML or compressed MusicXML"
    )
