"""A procedural band: coherent drums, bass and other, without a voice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from partita.training.bank import drums, effects, instruments
from partita.training.bank.compose import compose
from partita.training.bank.grooves import Groove
from partita.training.bank.lines import LINES, bass_line
from partita.training.bank.score import Hit, Note, Song, performed
from partita.training.bank.sound import RATE, Sound, amplitude, faded, levelled
from partita.training.bank.styles import STYLES, Style

STEMS = ("drums", "bass", "other")

BALANCE_DB = {
    "rock": (-1.0, -4.0, 0.0),
    "pop": (-1.0, -4.0, -2.0),
    "funk": (0.0, -2.0, -3.0),
    "ballad": (-5.0, -4.0, 0.0),
    "house": (0.0, -3.0, -3.0),
    "electro": (-1.0, -1.0, -5.0),
    "breaks": (0.0, -2.0, -4.0),
    "hiphop": (0.0, -1.0, -4.0),
    "metal": (-1.0, -5.0, 0.0),
    "reggae": (-1.0, -1.0, -4.0),
    "latin": (-2.0, -4.0, -1.0),
    "jazz": (-4.0, -3.0, 0.0),
}
"""Usual loudness of drums, bass and other in a mix; each song strays by some decibels."""

THUDS = {"electro": 0.4, "hiphop": 0.25, "house": 0.2, "breaks": 0.2}
"""How often the bass drum of a style is one of `thuds`, and how often its bass; not in what is held
for validation."""
PEDAL = 0.5
"""How often a bass of thuds stays on one pitch throughout, as a bass drum does."""

SOLOS = {
    "ballad": 0.5,
    "rock": 0.3,
    "pop": 0.3,
    "metal": 0.3,
    "funk": 0.25,
    "latin": 0.25,
    "jazz": 0.25,
    "reggae": 0.25,
}
"""How often the accompaniment is two or three soloists in the register of a voice over one player
or none; not in what is held for validation."""
SOLOISTS = (
    ("solo", "lead_guitar"),
    ("melody", "lead_guitar"),
    ("melody", "solo_strings"),
    ("melody", "winds"),
    ("melody", "lead"),
    ("melody", "brass"),
)
BENEATH = (
    ("arpeggio", "clean"),
    ("arpeggio", "acoustic"),
    ("arpeggio", "nylon"),
    ("strum", "acoustic"),
    ("riff", "clean"),
    ("blocks", "piano"),
)


def band(
    rng: np.random.Generator,
    *,
    font: Path | None,
    style: str | None = None,
    target_s: float = 42.0,
    held: bool = False,
) -> tuple[Song, Sound]:
    """A song and its stems (3, 2, time): drums, bass, other; the mix at about −19 dBFS.

    Parameters
    ----------
    font : a soundfont, or None to play everything with synthesised instruments.
    held : draw drum samples from those kept for validation, and no recorded instruments.
    """
    song = compose(rng, style=style, target_s=target_s)
    chosen = STYLES[song.style]
    length = round(song.beats * song.beat_s * RATE)
    hits, kick = _drummed(song, chosen, rng)
    drummed = _kit_sound(song, hits, chosen, rng, font, held=held)
    low = _bass_sound(song, chosen, kick, length, rng, font, held=held)
    rest = _others(song, chosen, length, rng, font, held=held)
    if song.style in ("house", "electro", "breaks") and rng.random() < 0.5:
        depth_db = rng.uniform(2.0, 9.0)
        low = effects.ducked(low, drummed, depth_db=depth_db)
        rest = effects.ducked(rest, drummed, depth_db=depth_db)
    return song, mixed(song.style, (drummed, low, rest), rng)


def mixed(style: str, parts: Sequence[Sound], rng: np.random.Generator) -> Sound:
    """Stems balanced as the style likes, give or take, with the mix at about −19 dBFS."""
    spread = rng.normal(0.0, 2.5, 3)
    stems = np.stack(
        [
            levelled(part, level + float(stray))
            for part, level, stray in zip(parts, BALANCE_DB[style], spread, strict=True)
        ]
    )
    total = stems.sum(axis=0)
    loud = float(np.sqrt(np.mean(total**2)))
    gain = amplitude(-19.0) / max(loud, 1e-6)
    return faded(stems * np.float32(gain), rise_s=0.003, fall_s=0.02)


def _drummed(song: Song, style: Style, rng: np.random.Generator) -> tuple[list[Hit], str]:
    """Strokes in beats, and the bass drum's sixteen steps for the bass to follow."""
    main = style.grooves[rng.integers(len(style.grooves))]
    other = style.grooves[rng.integers(len(style.grooves))] if rng.random() < 0.6 else main
    grooves: dict[str, Groove] = {
        section.name: other if section.name in ("chorus", "bridge") else main
        for section in song.sections
    }
    return drums.strokes(song, grooves, rng), main.get("kick", "X-------x-------")


def _kit_sound(
    song: Song,
    hits: Sequence[Hit],
    style: Style,
    rng: np.random.Generator,
    font: Path | None,
    *,
    held: bool,
) -> Sound:
    kind = style.kits[rng.integers(len(style.kits))]
    names = sorted({hit.drum for hit in hits})
    thud = _thuds(song, rng, held=held)
    takes = drums.kit(names, kind, rng, font=font, held=held, thud=thud)
    return drums.produced(drums.perform(song, hits, takes, rng), kind, rng)


def _bass_sound(
    song: Song,
    style: Style,
    kick: str,
    length: int,
    rng: np.random.Generator,
    font: Path | None,
    *,
    held: bool,
) -> Sound:
    kind = style.bass_lines[rng.integers(len(style.bass_lines))]
    sound = style.basses[rng.integers(len(style.basses))]
    thud = _thuds(song, rng, held=held)
    sound = "thud" if thud else sound
    low = int(rng.integers(28, 34))
    bars = [
        bar
        for section in song.sections
        for bar in range(section.first_bar, section.first_bar + section.bars)
        if section.energy > 0.4 or section.first_bar % 3
    ]
    notes = bass_line(song, bars or range(song.bars), low, rng, kind=kind, kick=kick)
    if thud and rng.random() < PEDAL:
        notes = [replace(note, pitch=notes[0].pitch) for note in notes]
    played = performed(song, notes, rng, loose_s=0.004)
    return instruments.bass(sound, played, length, rng, font, held=held)


def _thuds(song: Song, rng: np.random.Generator, *, held: bool) -> bool:
    share = 0.0 if held else THUDS.get(song.style, 0.0)
    return share > 0 and rng.random() < share


def _others(
    song: Song,
    style: Style,
    length: int,
    rng: np.random.Generator,
    font: Path | None,
    *,
    held: bool,
) -> Sound:
    """The accompaniment in its room."""
    parts = _players(style, rng, held=held)
    hall = effects.room(
        decay_s=rng.uniform(0.3, 2.8),
        rng=rng,
        delay_s=rng.uniform(0.003, 0.04),
        high_hz=rng.uniform(3e3, 10e3),
    )
    total = np.zeros((2, length), np.float32)
    for order, (line, family) in enumerate(parts):
        notes = _arranged(song, line, family, first=order == 0, rng=rng)
        played = performed(song, notes, rng)
        sound = instruments.accompany(family, played, length, rng, font, held=held)[:, :length]
        if not instruments.audible(sound):
            continue
        sound = levelled(sound, float(rng.normal(0.0, 3.0)) - 18.0 - 3.0 * order * rng.random())
        wet_db = float(rng.uniform(-26.0, -6.0))
        total += effects.reverberated(sound, hall, wet_db=wet_db)
    total = effects.shelved(total, corner_hz=2500.0, gain_db=rng.uniform(-9.0, 1.0))
    if rng.random() < 0.3:
        total = effects.compressed(total, threshold_db=-20.0, ratio=2.0, attack_s=0.02)
    return total


def _players(style: Style, rng: np.random.Generator, *, held: bool) -> list[tuple[str, str]]:
    """Who plays the accompaniment, and what: (line, family)."""
    solos = 0.0 if held else SOLOS.get(style.name, 0.0)
    if solos > 0 and rng.random() < solos:
        soloists = rng.choice(len(SOLOISTS), int(rng.integers(2, 4)), replace=False)
        beneath = rng.choice(len(BENEATH), int(rng.random() < 0.8), replace=False)
        return [SOLOISTS[i] for i in soloists] + [BENEATH[i] for i in beneath]
    count = int(rng.integers(style.players[0], style.players[1] + 1))
    picks = rng.choice(len(style.parts), min(count, len(style.parts)), replace=False)
    return [style.parts[i] for i in picks]


def _arranged(
    song: Song, line: str, family: str, *, first: bool, rng: np.random.Generator
) -> list[Note]:
    """A line over the sections in which its player plays: the first player nearly always does."""
    notes: list[Note] = []
    low = instruments.lowest(family, rng)
    seed = int(rng.integers(2**31))
    for number, section in enumerate(song.sections):
        chance = 0.95 if first else 0.25 + 0.75 * section.energy
        if number == len(song.sections) - 1 and not notes:
            chance = 1.0
        if rng.random() < chance:
            bars = range(section.first_bar, section.first_bar + section.bars)
            again = np.random.default_rng([seed, section.name == "chorus"])
            notes += LINES[line](song, bars, low, again)
    return notes
