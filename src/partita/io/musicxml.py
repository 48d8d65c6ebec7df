"""MusicXML as scores, read by partitura: sounding pitches, repeats played, tempo marks heeded."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import HintError, MissingExtra, PartitaWarning
from partita.core.hints import Score
from partita.core.names import distinct, stem_name

MAX_BYTES = 64 << 20
"""Of XML, unpacked."""
MAX_NOTES = 200_000
MAX_REPEATS = 200
DEFAULT_BPM = 120.0
GRACE_QUARTERS = 0.125
"""How long a grace note sounds: it has no length of its own."""
BEATS = {"breve": 8.0, "whole": 4.0, "half": 2.0, "quarter": 1.0, "eighth": 0.5, "16th": 0.25}
"""Beat units of a metronome mark, in quarter notes."""


def read_musicxml(content: bytes, *, name: str) -> Score:
    """The notes of a MusicXML file as they sound: transposed, repeats played out, in seconds.

    Parameters
    ----------
    content : the file, compressed (.mxl) or not. name : what messages call it.

    Raises
    ------
    HintError : not MusicXML, damaged, too large, or without notes.
    """
    try:
        with warnings.catch_warnings():  # what partitura needs is older than this Python
            warnings.simplefilter("ignore")
            import partitura
            from lxml import etree
    except ImportError as error:
        raise MissingExtra(f"reading {name}", "score") from error
    document, strokes = _document(_unpacked(content, name), name, etree)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = partitura.load_musicxml(io.BytesIO(etree.tostring(document)))
            parts = [part for part in score.parts if part.first_point is not None]
            played = _played(parts)
            tempo = _tempo(played or parts)
            names = distinct([stem_name(p.part_name or p.id or "") for p in parts])
            notes = [
                (*note, name_of)
                for name_of, part in zip(names, played or parts, strict=True)
                for note in _notes(part)
            ]
    except Exception as error:  # a damaged file sends the parser anywhere
        reason = " ".join(str(error).split())[:100]
        raise HintError(
            f"{name} is not MusicXML that can be read ({type(error).__name__}: {reason})"
        ) from error
    if not 0 < len(notes) <= MAX_NOTES:
        raise HintError(f"{name} holds {len(notes)} pitched notes; expected 1 to {MAX_NOTES}")
    if not played:
        warnings.warn(
            f"{name}: its repeats cannot be played out and are left out",
            PartitaWarning,
            stacklevel=3,
        )
    if strokes:
        warnings.warn(
            f"{name}: {strokes} strokes of percussion are left out; MIDI says which drums they are",
            PartitaWarning,
            stacklevel=3,
        )
    if tempo.assumed:
        warnings.warn(
            f"{name} names no tempo: {DEFAULT_BPM:.0f} quarter notes a minute are assumed",
            PartitaWarning,
            stacklevel=3,
        )
    onset, offset, pitch = np.array([note[:3] for note in notes]).T
    part = tuple(note[3] for note in notes)
    return Score(tempo.seconds(onset), tempo.seconds(offset), pitch, part)


def _played(parts: list[Any]) -> list[Any]:
    """The parts with their repeats played out; none where that is more than partitura can do."""
    from partitura.score import unfold_part_maximal

    try:
        return [unfold_part_maximal(part, ignore_leaps=False) for part in parts]
    except Exception:
        return []


@dataclass(frozen=True)
class _Tempo:
    """Seconds as a function of quarter notes, linear between tempo marks."""

    quarters: NDArray[np.float64]
    bpm: NDArray[np.float64]
    assumed: bool

    def seconds(self, quarters: Any) -> NDArray[np.float64]:
        """Seconds since the first mark (at quarter 0)."""
        at = np.asarray(quarters, dtype=np.float64)
        until = np.concatenate([[0.0], np.cumsum(np.diff(self.quarters) * 60 / self.bpm[:-1])])
        segment = np.clip(np.searchsorted(self.quarters, at, side="right") - 1, 0, None)
        seconds: NDArray[np.float64] = until[segment] + (at - self.quarters[segment]) * (
            60 / self.bpm[segment]
        )
        return seconds


def _tempo(parts: list[Any]) -> _Tempo:
    """The tempo marks of all parts: usually they stand in the first."""
    from partitura.score import Tempo

    marks: dict[float, float] = {}
    for part in parts:
        quarters = _quarters(part)
        for mark in part.iter_all(Tempo):
            if np.isfinite(mark.bpm) and 1 <= mark.bpm <= 10_000:
                marks.setdefault(quarters(mark.start.t), float(mark.bpm))
    assumed = not marks
    first = marks[min(marks)] if marks else DEFAULT_BPM
    marks.setdefault(0.0, first)
    at = sorted(marks)
    return _Tempo(np.array(at), np.array([marks[q] for q in at]), assumed)


def _quarters(part: Any) -> Any:
    """Timeline position -> quarter notes since the part's first point."""
    to_quarters, start = part.quarter_map, part.first_point.t
    return lambda t: float(to_quarters(t) - to_quarters(start))


def _notes(part: Any) -> list[tuple[float, float, int]]:
    """Onset and offset in quarter notes and sounding pitch; ties joined."""
    from partitura.score import Transposition

    quarters = _quarters(part)
    shifts = [(t.start.t, t.chromatic or 0) for t in part.iter_all(Transposition)]
    found = []
    for note in part.notes_tied:
        shift = next((c for at, c in reversed(shifts) if at <= note.start.t), 0)
        onset = quarters(note.start.t)
        offset = quarters(note.end_tied.t)
        if offset <= onset:
            offset = onset + GRACE_QUARTERS
        found.append((onset, offset, int(note.midi_pitch) + int(shift)))
    return found


def _unpacked(content: bytes, name: str) -> bytes:
    """The XML of a compressed score, or the content as it is."""
    if not content.startswith(b"PK"):
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [
                i
                for i in archive.infolist()
                if i.filename.lower().endswith((".musicxml", ".xml"))
                and not i.filename.startswith("META-INF/")
            ]
            if not inside:
                raise HintError(f"{name} holds no MusicXML")
            with archive.open(inside[0]) as file:
                xml = file.read(MAX_BYTES + 1)
    except HintError:
        raise
    except Exception as error:  # zipfile's errors have no common base
        raise HintError(f"{name} is a damaged archive: {error}") from error
    return xml


def _document(xml: bytes, name: str, etree: Any) -> tuple[Any, int]:
    """The document, with what partitura passes over written in a way that it heeds.

    Octaves of a transposition join its semitones; a metronome mark becomes a sounding tempo; what
    has no pitch becomes a rest. How often the latter was is the second value.
    """
    if len(xml) > MAX_BYTES:
        raise HintError(f"{name} is larger than {MAX_BYTES >> 20} MiB, too large for a score")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        line = error.lineno or 1
        raise HintError(f"{name}, line {line}: not XML: {error.msg}") from error
    if root.tag == "score-timewise":
        raise HintError(f"{name} is ordered by time; export it part by part (score-partwise)")
    if root.tag != "score-partwise":
        raise HintError(f"{name} is XML, but no MusicXML")
    for what, limit in (("note", MAX_NOTES), ("repeat", MAX_REPEATS)):
        count = sum(1 for _ in root.iter(what))
        if count > limit:
            raise HintError(f"{name} holds {count} {what}s; at most {limit} are played")
    for transpose in root.iter("transpose"):
        _fold_octaves(transpose, etree)
    for direction in root.iter("direction"):
        _sound_tempo(direction, etree)
    strokes = list(root.iter("unpitched"))
    for stroke in strokes:
        stroke.clear()
        stroke.tag = "rest"
    return root, len(strokes)


def _fold_octaves(transpose: Any, etree: Any) -> None:
    octaves = transpose.find("octave-change")
    chromatic = transpose.find("chromatic")
    if octaves is None:
        return
    if chromatic is None:
        chromatic = etree.SubElement(transpose, "chromatic")
        chromatic.text = "0"
    chromatic.text = str(_whole(chromatic.text) + 12 * _whole(octaves.text))


def _whole(text: str | None) -> int:
    """A small whole number; 0 for anything else."""
    text = (text or "").strip()
    return int(text) if re.fullmatch(r"-?[0-9]{1,3}", text) else 0


def _sound_tempo(direction: Any, etree: Any) -> None:
    mark = direction.find(".//metronome")
    sound = direction.find("sound")
    if mark is None or (sound is not None and "tempo" in sound.attrib):
        return
    unit, beats = mark.findtext("beat-unit"), mark.findtext("per-minute")
    try:
        bpm = float(beats) * BEATS[unit] * (1.5 if mark.find("beat-unit-dot") is not None else 1)
    except (TypeError, ValueError, KeyError):
        return
    if sound is None:
        sound = etree.SubElement(direction, "sound")
    sound.set("tempo", str(bpm))
