"""A voice that speaks is made to sing: flite or a person speaks, WORLD gives it a melody.

A phrase of words is taken apart into pitch, envelope and noisiness (Morise's WORLD).
Its vowels are stretched to the notes of a melody, its consonants keep their length, the pitch is
replaced by one with glides, scoops, late vibrato and drift, the formants are warped to another
throat, and the envelope is continued above where the speech ends.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError, MissingExtra
from partita.io import load
from partita.training.bank import speakers
from partita.training.bank.compose import MAJOR, MINOR
from partita.training.bank.sound import RATE, Sound, faded, layered, levelled, panned
from partita.training.bank.sources import SOURCES

FRAME_S = 0.005
SIZE = 2048
"""Of the spectra that WORLD synthesises from, at 44.1 kHz."""

VOICES = {
    "slt": (57, 74), "rms": (43, 60), "kal16": (43, 60), "kerstin": (53, 72), "nathalie": (53, 74),
}  # fmt: skip
"""Voices for training, and the pitches that each can sing."""

HELD_VOICES = {"awb": (45, 62)}

SPEAKERS = ("kerstin", "nathalie")
"""The voices that are recordings of a person, under their sources' names; flite has the others."""

VOWELS = frozenset(
    ("aa", "ae", "ah", "ao", "aw", "ax", "ay", "eh", "er", "ey", "ih", "iy", "ow", "oy", "uh", "uw")
)

WORDS = (
    "love night day time hold me you I we go home away never always under over silver golden "
    "morning evening rain fire river ocean sky star moon light shadow heart soul mind eyes hand "
    "dream sleep wake run fall fly stay leave come back again tonight tomorrow yesterday alone "
    "together feel know say tell hear see want need give take break burn shine turn slow down up "
    "all the my your our in on with without and but oh yeah hey baby girl boy world road city "
    "summer winter cold warm sweet bitter lonely crazy young free wild money dance music sing "
    "la na ooh ah whoa da doo hush"
)


@dataclass(frozen=True)
class Speech:
    """Words as WORLD describes them, one value each `FRAME_S`.

    Attributes
    ----------
    f0_hz : (frames,), 0 where unvoiced. envelope : (SIZE / 2 + 1, frames) power up to 22 050 Hz.
    noisiness : the same shape, 0 (tone) … 1. syllables : frames (first, vowel's first, vowel's
        last, last).
    """

    f0_hz: NDArray[np.float64]
    envelope: NDArray[np.float64]
    noisiness: NDArray[np.float64]
    syllables: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class Sung:
    """One syllable's note: seconds, MIDI pitch, level in dB."""

    start_s: float
    length_s: float
    pitch: float
    level_db: float


@dataclass(frozen=True)
class Singer:
    """How somebody sings.

    Attributes
    ----------
    warp : formant frequencies times this. vibrato : depth in semitones. rate_hz : of vibrato.
    glide_s : portamento. breath : added to the noisiness. tilt_db : an octave above 1 kHz.
    """

    voice: str
    warp: float
    vibrato: float
    rate_hz: float
    glide_s: float
    breath: float
    tilt_db: float


def world() -> Any:
    """The pyworld module, or MissingExtra."""
    try:
        return importlib.import_module("pyworld")
    except ImportError as error:
        raise MissingExtra("singing with WORLD (pyworld-prebuilt)", "train") from error


def source_of(voice: str) -> str:
    """Where a voice comes from, see `sources`."""
    return voice if voice in SPEAKERS else "flite"


def installed(*, held: bool) -> list[str]:
    """The voices that can sing here, in order of their names; none without WORLD."""
    if importlib.util.find_spec("pyworld") is None:
        return []
    voices = HELD_VOICES if held else VOICES
    return [name for name in sorted(voices) if SOURCES[source_of(name)].path() is not None]


def sung(rng: np.random.Generator, *, target_s: float, held: bool) -> tuple[Sound, str, str]:
    """A song of phrases (2, time) by one synthetic singer, with doubles and harmonies; the source
    of the voice, and who sings how.

    Raises
    ------
    MissingExtra : WORLD is not installed. InputError : no voice is.
    """
    world()
    voices = installed(held=held)
    if not voices:
        raise InputError(f"no voice can speak here; obtain one with: {SOURCES['flite'].where}")
    singer = drawn_singer(str(rng.choice(voices)), rng)
    low, high = (HELD_VOICES if held else VOICES)[singer.voice]
    key, scale = int(rng.integers(12)), MAJOR if rng.random() < 0.5 else MINOR
    pitches = [p for p in range(low, high + 1) if (p - key) % 12 in scale]
    beat_s = 60.0 / float(rng.uniform(65.0, 150.0))
    company = str(rng.choice(["solo", "solo", "double", "harmony", "stack"]))
    events: list[tuple[float, Sound]] = []
    at_s = float(rng.uniform(0.0, 1.0))
    while at_s < target_s - 2.0:
        speech = heard(singer, rng)
        if not speech.syllables:
            at_s += 1.0  # somebody who never says a syllable ends, too
            continue
        notes = melody(len(speech.syllables), pitches, beat_s, rng)
        for shift, place, level_db in _company(company, rng):
            moved = [replace(n, pitch=_stepped(n.pitch, shift, pitches)) for n in notes]
            late_s = 0.0 if not place else float(rng.uniform(0.0, 0.03))
            take = levelled(sing(speech, moved, singer, rng), -20.0 + level_db)
            events.append((at_s + late_s, panned(take, place)))
        at_s += (
            notes[-1].start_s + notes[-1].length_s + float(rng.choice([0.1, 0.4, 0.9, 1.8, 3.5]))
        )
    total = layered(events, round(target_s * RATE))
    return total, source_of(singer.voice), f"{singer.voice} {company} ×{singer.warp:.2f}"


def _company(kind: str, rng: np.random.Generator) -> list[tuple[int, float, float]]:
    """Voices of a phrase: steps of the scale away, place, level in dB."""
    lead = [(0, 0.0, 0.0)]
    width, level_db = float(rng.uniform(0.3, 0.9)), float(rng.uniform(-9.0, -2.0))
    pair = [(0, -width, level_db), (0, width, level_db)]
    third = [(2, -width, level_db), (int(rng.choice([-3, 4])), width, level_db)]
    return {
        "solo": lead, "double": lead + pair, "harmony": lead + third[: rng.integers(1, 3)],
        "stack": lead + pair + third,
    }[kind]  # fmt: skip


def _stepped(pitch: float, steps: int, pitches: Sequence[int]) -> float:
    """A pitch some steps of the scale away, at most an octave, inside the voice's compass."""
    at = int(np.argmin(np.abs(np.asarray(pitches) - pitch)))
    return float(pitches[int(np.clip(at + steps, 0, len(pitches) - 1))])


def drawn_singer(voice: str, rng: np.random.Generator) -> Singer:
    """Somebody new with one of the voices."""
    return Singer(
        voice=voice,
        warp=float(rng.uniform(0.86, 1.22)),
        vibrato=float(rng.choice([0.0, 0.2, 0.4, 0.6])),
        rate_hz=float(rng.uniform(4.6, 6.6)),
        glide_s=float(rng.uniform(0.03, 0.12)),
        breath=float(rng.choice([0.0, 0.0, 0.05, 0.2])),
        tilt_db=float(rng.uniform(-1.5, 2.5)),
    )


def drawn_words(rng: np.random.Generator) -> str:
    """Some words without much sense, or one sung again and again."""
    if rng.random() < 0.2:
        word = str(rng.choice(["la", "na", "ooh", "ah", "oh", "yeah", "hey", "whoa", "doo"]))
        return " ".join([word] * int(rng.integers(2, 7)))
    return " ".join(str(w) for w in rng.choice(WORDS.split(), int(rng.integers(3, 8))))


def melody(
    count: int, pitches: Sequence[int], beat_s: float, rng: np.random.Generator
) -> list[Sung]:
    """Notes for `count` syllables: steps and small leaps, the last one long."""
    at, notes, start_s = int(rng.integers(len(pitches) // 4, 3 * len(pitches) // 4)), [], 0.0
    slow = rng.random() < 0.35
    for number in range(count):
        beats = float(rng.choice([1.0, 1.5, 2.0, 3.0] if slow else [0.5, 0.5, 0.75, 1.0, 1.5]))
        if number == count - 1:
            beats = float(rng.choice([2.0, 3.0, 4.0]))
        length_s = float(np.clip(beats * beat_s, 0.18, 3.5))
        level_db = float(rng.normal(0.0, 1.2)) + 0.25 * (at - len(pitches) / 2)
        notes.append(Sung(start_s, length_s, float(pitches[at]), level_db))
        start_s += length_s
        step = int(rng.choice([-3, -2, -1, -1, 0, 0, 1, 1, 2, 4]))
        at = int(np.clip(at + step, 0, len(pitches) - 1))
    return notes


def heard(singer: Singer, rng: np.random.Generator) -> Speech:
    """A few words in the singer's voice and with the singer's throat."""
    if singer.voice not in SPEAKERS:
        x, rate, ends = _said(drawn_words(rng), singer.voice)
        f0, envelope, noisiness = _analysed(x, rate)
        wide, rough = _continued(envelope, noisiness, rate, singer)
        return Speech(f0, wide, rough, _syllables(ends, f0.size))
    x, rate = speakers.utterance(singer.voice, rng)
    f0, envelope, noisiness = _analysed(x, rate)
    found = speakers.syllables(envelope, f0 > 0, rate=rate, frame_s=FRAME_S)
    count = int(rng.integers(3, 9))
    first = int(rng.integers(max(len(found) - count, 0) + 1))
    chosen = found[first : first + count]
    if not chosen:
        return Speech(f0, envelope, noisiness, ())
    begin, end = chosen[0][0], min(chosen[-1][3] + round(0.2 / FRAME_S), f0.size)
    wide, rough = _continued(envelope[:, begin:end], noisiness[:, begin:end], rate, singer)
    moved = tuple((a - begin, b - begin, c - begin, d - begin) for a, b, c, d in chosen)
    return Speech(f0[begin:end], wide, rough, moved)


def _analysed(x: NDArray[np.float64], rate: int) -> tuple[NDArray[np.float64], ...]:
    """WORLD's pitch in Hz, envelope and noisiness, (bins, frames) up to rate / 2."""
    pw = world()
    f0, times = pw.dio(x, rate, f0_floor=60.0, f0_ceil=350.0, frame_period=1000 * FRAME_S)
    f0 = pw.stonemask(x, f0, times, rate)
    envelope = pw.cheaptrick(x, f0, times, rate).T
    noisiness = pw.d4c(x, f0, times, rate).T
    return f0, envelope, noisiness


def _said(words: str, voice: str) -> tuple[NDArray[np.float64], int, tuple[tuple[str, float], ...]]:
    """Samples, rate, and each speech sound with the second at which it ends."""
    flite = SOURCES["flite"].require()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "speech.wav"
        command = [str(flite), "-voice", voice, "-psdur", "-t", words, "-o", str(path)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode or not path.exists():
            raise InputError(f"flite did not speak: {run.stderr.strip() or 'no file'}")
        audio = load(path)
    ends = []
    for field in run.stdout.split():
        name, _, end = field.rpartition(":")
        ends.append((name, float(end)))
    return audio.samples[0].astype(np.float64), audio.rate, tuple(ends)


def _syllables(
    ends: Sequence[tuple[str, float]], frames: int
) -> tuple[tuple[int, int, int, int], ...]:
    """Frames of syllables: each has one vowel, the consonants before it, and the last ones."""
    found: list[list[int]] = []
    first, begin = 0, 0
    for name, end_s in ends:
        end = min(round(end_s / FRAME_S), frames)
        if name == "pau":
            if found:
                found[-1][3] = max(found[-1][3], begin)
            first = end
        elif name in VOWELS and end > begin:
            if found:
                found[-1][3] = first
            found.append([first, begin, end, end])
            first = end
        begin = end
    if found and ends[-1][0] != "pau":
        found[-1][3] = max(found[-1][3], begin)
    return tuple((a, b, c, max(c, d)) for a, b, c, d in found)


def _continued(
    envelope: NDArray[np.float64], noisiness: NDArray[np.float64], rate: int, singer: Singer
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Envelope and noisiness on SIZE's grid, warped, tilted and continued to 22 050 Hz."""
    f_hz = np.fft.rfftfreq(SIZE, 1.0 / RATE)
    there = np.linspace(0.0, rate / 2, envelope.shape[0])
    top_hz = 0.93 * rate / 2
    asked = f_hz / singer.warp
    log = np.log(np.maximum(envelope, 1e-16))
    inside = np.minimum(asked, top_hz)
    at = np.interp(inside, there, np.arange(there.size))
    low = np.minimum(at.astype(int), there.size - 2)
    part = (at - low)[:, None]
    wide = log[low] * (1 - part) + log[low + 1] * part
    rough = noisiness[low] * (1 - part) + noisiness[low + 1] * part
    near = log[(there > 0.6 * top_hz) & (there < top_hz)].mean(axis=0)
    beyond = (asked > top_hz)[:, None]
    octaves = np.maximum(np.log2(np.maximum(asked, 1.0) / top_hz), 0.0)[:, None]
    wide = np.where(beyond, near[None, :] - 2.2 * octaves, wide)
    rough = np.where(beyond, np.clip(rough + 0.5 * octaves + 0.2, 0.0, 1.0), rough)
    tilt = np.log2(np.maximum(f_hz, 1000.0) / 1000.0)[:, None] * singer.tilt_db * np.log(10) / 10
    rough = np.clip(rough + singer.breath, 0.001, 1.0)
    return np.exp(wide + tilt), rough


def sing(speech: Speech, notes: Sequence[Sung], singer: Singer, rng: np.random.Generator) -> Sound:
    """The speech on the notes, mono; a syllable's vowel begins on its note."""
    source, level_db = _timed(speech, notes)
    f0_hz = _pitched(speech, notes, source.size, singer, rng)
    at = np.clip(source, 0, speech.f0_hz.size - 1)
    low = np.minimum(at.astype(int), speech.f0_hz.size - 2)
    part = at - low
    voiced = speech.f0_hz[np.rint(at).astype(int)] > 0
    envelope = speech.envelope[:, low] * (1 - part) + speech.envelope[:, low + 1] * part
    rough = speech.noisiness[:, low] * (1 - part) + speech.noisiness[:, low + 1] * part
    envelope = envelope * 10.0 ** (level_db / 10.0)
    f0 = np.where(voiced, f0_hz, 0.0)
    wave = world().synthesize(
        np.ascontiguousarray(f0),
        np.ascontiguousarray(envelope.T),
        np.ascontiguousarray(rough.T),
        RATE,
        1000 * FRAME_S,
    )
    return faded(np.asarray(wave, np.float32), rise_s=0.01, fall_s=0.05)


def _timed(
    speech: Speech, notes: Sequence[Sung]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The speech's frame for every frame of the song, and the level there in dB.

    Consonants pass at their own speed, before the beat; vowels take what is left of the note.
    """
    total = round((notes[-1].start_s + notes[-1].length_s + 0.4) / FRAME_S)
    knots_x, knots_y = [0.0], [float(max(speech.syllables[0][0] - 1, 0))]
    level_db = np.zeros(total)
    for number, (note, syllable) in enumerate(zip(notes, speech.syllables, strict=True)):
        first, vowel, end, last = syllable
        start = note.start_s / FRAME_S + (speech.syllables[0][1] - speech.syllables[0][0])
        ahead = 0
        if number + 1 < len(notes):
            following = speech.syllables[number + 1]
            ahead = following[1] - following[0]
        tail = last - end
        stop = start + max(note.length_s / FRAME_S - ahead - tail, 6.0)
        for x, y in ((start - (vowel - first), first), (start, vowel), (stop, end)):
            if x > knots_x[-1] + 0.5:
                knots_x.append(x)
                knots_y.append(float(max(y, knots_y[-1])))
        knots_x.append(stop + max(tail, 1))
        knots_y.append(float(max(last, knots_y[-1])))
        level_db[round(start) : round(start + note.length_s / FRAME_S)] = note.level_db
    source = np.interp(np.arange(total), knots_x, knots_y)
    kernel = np.hanning(15)[1:-1]
    level_db = np.convolve(level_db, kernel / kernel.sum(), "same")
    finished = np.arange(total) > knots_x[-1]
    return source, np.where(finished, -60.0, level_db)


def _pitched(
    speech: Speech, notes: Sequence[Sung], total: int, singer: Singer, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Fundamental frequency in Hz of every frame."""
    time = np.arange(total) * FRAME_S
    lead_s = (speech.syllables[0][1] - speech.syllables[0][0]) * FRAME_S
    pitch, held = np.full(total, notes[0].pitch), np.zeros(total)
    for note in notes:
        start_s = note.start_s + lead_s
        pitch[time >= start_s - 0.03] = note.pitch
        if rng.random() < 0.3:
            scoop = (time >= start_s - 0.05) & (time < start_s + 0.05)
            pitch[scoop] = note.pitch - rng.uniform(0.5, 2.0)
        if note.length_s > 0.4:
            since = np.clip((time - start_s - 0.2) / 0.35, 0.0, 1.0)
            held = np.maximum(held, since * (time < start_s + note.length_s))
    pitch = _smooth(pitch, singer.glide_s)
    rate_hz = singer.rate_hz + 0.3 * _wander(total, 1.0, rng)
    swing = np.sin(2 * np.pi * np.cumsum(rate_hz) * FRAME_S + rng.uniform(0.0, 6.3))
    pitch += singer.vibrato * _smooth(held, 0.1) * swing
    pitch += 0.08 * _wander(total, 2.0, rng) + 0.04 * _wander(total, 15.0, rng)
    f0_hz: NDArray[np.float64] = 440.0 * 2.0 ** ((pitch - 69.0) / 12.0)
    return f0_hz


def _smooth(track: NDArray[np.float64], width_s: float) -> NDArray[np.float64]:
    size = max(3, round(2 * width_s / FRAME_S))
    window = np.hanning(size + 2)[1:-1]
    held = np.pad(track, size, mode="edge")
    smoothed: NDArray[np.float64] = np.convolve(held, window / window.sum(), "same")[size:-size]
    return smoothed


def _wander(total: int, high_hz: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Slow noise of unit variance that turns at most about `high_hz` times a second."""
    slow = _smooth(rng.standard_normal(total), 0.5 / high_hz)
    return slow / max(float(slow.std()), 1e-9)
