"""Standard MIDI files as scores, read by pretty_midi."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np

from partita.core.errors import HintError, MissingExtra, PartitaWarning
from partita.core.hints import Score
from partita.core.names import distinct, stem_name

MAX_BYTES = 8 << 20
MAX_NOTES = 200_000


def read_midi(content: bytes, *, name: str) -> Score:
    """The notes of a MIDI file, a part for each track and instrument.

    Parameters
    ----------
    content : the file. name : what messages call it.

    Raises
    ------
    HintError : not MIDI, damaged, too large, or without notes.
    """
    midi = _parsed(content, name)
    played = [i for i in midi.instruments if i.notes]
    names = distinct([_part_name(i) for i in played])
    notes = [
        (note.start, note.end, note.pitch, part)
        for part, instrument in zip(names, played, strict=True)
        for note in instrument.notes
        if note.end > note.start
    ]
    if not 0 < len(notes) <= MAX_NOTES:
        raise HintError(f"{name} holds {len(notes)} notes; expected 1 to {MAX_NOTES}")
    times = np.array([note[:3] for note in notes])
    part = tuple(note[3] for note in notes)
    drums = (p for p, i in zip(names, played, strict=True) if i.is_drum)
    return Score(times[:, 0], times[:, 1], times[:, 2], part, frozenset(drums))


def _parsed(content: bytes, name: str) -> Any:
    try:
        import mido
        import pretty_midi
    except ImportError as error:
        raise MissingExtra(f"reading {name}", "score") from error
    if len(content) > MAX_BYTES:
        raise HintError(f"{name} is larger than {MAX_BYTES >> 20} MiB, too large for MIDI")
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            file = mido.MidiFile(file=io.BytesIO(content), clip=True)
            if file.ticks_per_beat <= 0:
                raise HintError(f"{name} counts frames of film (SMPTE); export it in beats")
            if not file.tracks:
                raise HintError(f"{name} holds no tracks")
            begun = sum(m.type == "note_on" and m.velocity > 0 for t in file.tracks for m in t)
            midi = pretty_midi.PrettyMIDI(mido_object=file)
    except HintError:
        raise
    except EOFError as error:
        raise HintError(f"{name} is MIDI that ends too early: is it a whole file?") from error
    except Exception as error:  # a damaged file sends the parsers anywhere
        reason = " ".join(str(error).split())[:100] or type(error).__name__
        raise HintError(f"{name} is not MIDI that can be read: {reason}") from error
    ended = sum(len(i.notes) for i in midi.instruments)
    if ended < begun:
        warnings.warn(
            f"{name}: {begun - ended} of {begun} notes never end and are left out",
            PartitaWarning,
            stacklevel=4,
        )
    if any("non-zero tracks" in str(w.message) for w in caught):
        warnings.warn(
            f"{name} changes its tempo outside the first track, which is not heeded",
            PartitaWarning,
            stacklevel=4,
        )
    return midi


def _part_name(instrument: Any) -> str:
    import pretty_midi

    program = pretty_midi.program_to_instrument_name(instrument.program)
    kind = "drums" if instrument.is_drum else stem_name(program)
    return stem_name(instrument.name or "", fallback=kind)
