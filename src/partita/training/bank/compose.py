"""Composing: a style, a key, sections and a chord progression become a Song."""

from __future__ import annotations

import numpy as np

from partita.training.bank.score import Chord, Section, Song
from partita.training.bank.styles import STYLES, Style

MAJOR = (0, 2, 4, 5, 7, 9, 11)
MINOR = (0, 2, 3, 5, 7, 8, 10)

QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "M7": (0, 4, 7, 11),
    "9": (0, 4, 7, 10, 14),
    "m9": (0, 3, 7, 10, 14),
    "d": (0, 3, 6),
    "s": (0, 5, 7),
    "5": (0, 7),
}

PROGRESSIONS = {
    "major": (
        "0 7 9m 5",
        "0 5 7 5",
        "0 9m 5 7",
        "9m 5 0 7",
        "0 2m 5 7",
        "5 7 0 0",
        "0 4m 5 7",
        "0 10 5 0",
        "0 5 0 7",
        "5 0 7 9m",
    ),
    "minor": (
        "0m 8 3 10",
        "0m 10 8 10",
        "0m 5m 8 7",
        "0m 8 5m 7",
        "0m 3 10 5",
        "0m 0m 8 10",
        "0m 10 8 7",
        "0m 5m 0m 10",
    ),
    "blues": ("07 07 57 07 57 57 07 07 77 57 07 77", "0m7 57 0m7 57", "07 37 57 07"),
    "jazz": ("2m7 77 0M7 97", "0M7 9m7 2m7 77", "0m9 57 10M7 3M7", "4m7 97 2m7 77"),
    "modal": ("0m7 57", "0m7 0m7 10 10", "09 09 59 09", "0m9 10M7"),
    "power": ("05 85 35 105", "05 35 55 05", "05 05 65 55", "05 105 85 75", "05 15 05 105"),
}


def _drawn_style(rng: np.random.Generator) -> str:
    names = sorted(STYLES)
    shares = np.array([STYLES[name].share for name in names])
    return str(rng.choice(names, p=shares / shares.sum()))


def compose(rng: np.random.Generator, *, style: str | None = None, target_s: float = 42.0) -> Song:
    """A Song of about `target_s` seconds in a random style, key and tempo."""
    chosen = STYLES[style or _drawn_style(rng)]
    tempo = float(rng.uniform(*chosen.tempo))
    sections = _sections(rng, bars=max(4, round(target_s * tempo / 240.0)))
    family = str(rng.choice(chosen.harmony))
    key = int(rng.integers(12))
    minor = family in ("minor", "power", "modal")
    bars = sum(section.bars for section in sections)
    return Song(
        style=chosen.name,
        tempo=tempo,
        swing=_swing(chosen, rng),
        key=key,
        scale=MINOR if minor else MAJOR,
        sections=sections,
        chords=_chords(rng, family, key, bars, sections),
    )


def _swing(style: Style, rng: np.random.Generator) -> float:
    low, high = style.swing
    return float(rng.uniform(low, high))


def _sections(rng: np.random.Generator, *, bars: int) -> tuple[Section, ...]:
    """An excerpt of a song: some sections of two to eight bars, in a usual order."""
    order = [("intro", 0.5), ("verse", 0.65), ("chorus", 1.0), ("break", 0.25), ("verse", 0.7)]
    order += [("chorus", 1.0), ("bridge", 0.55), ("chorus", 1.0), ("outro", 0.6)]
    at, sections, bar = int(rng.integers(0, 4)), [], 0
    while bar < bars:
        name, energy = order[at % len(order)]
        length = int(rng.choice([2, 4] if name in ("intro", "break", "outro") else [4, 8]))
        length = min(length, bars - bar)
        energy = float(np.clip(energy + 0.12 * rng.standard_normal(), 0.15, 1.0))
        sections.append(Section(name, bar, length, energy))
        bar, at = bar + length, at + 1
    return tuple(sections)


def parse_chord(text: str, key: int) -> tuple[int, tuple[int, ...]]:
    """Root pitch class and tones of "10", "0m7", "57": steps above the tonic, then a quality.

    Examples
    --------
    >>> parse_chord("9m", 0)
    (9, (0, 3, 7))
    """
    for size in (2, 1):
        head, tail = text[:size], text[size:]
        if head.isdigit() and int(head) < 12 and head == str(int(head)) and tail in QUALITIES:
            return (key + int(head)) % 12, QUALITIES[tail]
    raise ValueError(f"no chord is written {text!r}")


def _chords(
    rng: np.random.Generator,
    family: str,
    key: int,
    bars: int,
    sections: tuple[Section, ...],
) -> tuple[Chord, ...]:
    """One progression for verses, one for the rest, each from its section's first bar on."""
    names = PROGRESSIONS[family]
    loops = {False: str(rng.choice(names)).split(), True: str(rng.choice(names)).split()}
    beats = float(rng.choice([4.0, 4.0, 4.0, 2.0]))
    chords = []
    for section in sections:
        loop = loops[section.name == "chorus"]
        steps = round(section.bars * 4 / beats)
        for step in range(steps):
            root, tones = parse_chord(loop[step % len(loop)], key)
            start = section.first_bar * 4 + step * beats
            chords.append(Chord(start, min(beats, bars * 4 - start), root, tones))
    return tuple(chords)
