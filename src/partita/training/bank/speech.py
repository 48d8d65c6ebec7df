"""What a voice says, as WORLD describes it: flite's words, or a sentence of a person.

The speech is taken apart into pitch, envelope and noisiness (Morise's WORLD), the formants are
warped to another throat, and the envelope is continued above where the speech ends.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError, MissingExtra
from partita.io import load
from partita.training.bank import speakers
from partita.training.bank.sound import RATE
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
