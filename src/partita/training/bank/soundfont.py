"""Playing notes with a soundfont: TinySoundFont, about a hundred times as fast as real time.

A soundfont is read once a process. Two renderings of the same notes are equal to the last bit,
because the voices of one have died before the next begins.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from partita.core.errors import MissingExtra
from partita.training.bank.score import Note
from partita.training.bank.sound import RATE, Sound

DRUM_BANK = 128


@cache
def _opened(path: Path) -> tuple[Any, int]:
    try:
        tinysoundfont = importlib.import_module("tinysoundfont")
    except ImportError as error:
        what = "playing soundfonts (besides, pip install --no-deps tinysoundfont)"
        raise MissingExtra(what, "train") from error
    synth = tinysoundfont.Synth(gain=0, samplerate=RATE)
    return synth, int(synth.sfload(str(path)))


def presets(path: Path, *, bank: int = 0) -> dict[int, str]:
    """Names of the presets of a soundfont's bank, by number."""
    synth, font = _opened(path)
    names = {number: synth.sfpreset_name(font, bank, number) for number in range(128)}
    return {number: name for number, name in names.items() if name}


def play(path: Path, notes: Sequence[Note], length: int, *, preset: int, bank: int = 0) -> Sound:
    """Notes played by one preset, (2, length).

    Parameters
    ----------
    path : a soundfont. notes : times in seconds. preset, bank : as in General MIDI, bank 128
        holds the drum kits.
    """
    synth, font = _opened(path)
    synth.program_select(0, font, bank, preset)
    events = []
    for note in notes:
        key, level = int(note.pitch), int(np.clip(round(127 * note.velocity), 1, 127))
        events.append((round(note.start * RATE), 1, key, level))
        events.append((round((note.start + note.length) * RATE), 0, key, 0))
    pieces, position = [], 0
    for at, on, key, level in sorted(events):
        at = min(at, length)
        if at > position:
            pieces.append(_generated(synth, at - position))
            position = at
        if on and at < length:
            synth.noteon(0, key, level)
        else:
            synth.noteoff(0, key)
    if position < length:
        pieces.append(_generated(synth, length - position))
    _hush(synth)
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((2, 0), np.float32)


def _generated(synth: Any, length: int) -> Sound:
    samples = np.frombuffer(synth.generate_simple(length), np.float32)
    return samples.reshape(-1, 2).T.copy()


def _hush(synth: Any) -> None:
    """Let every voice die, so that the next rendering begins from silence."""
    synth.sounds_off()
    for _ in range(200):
        if not np.any(_generated(synth, 2048)):
            return
