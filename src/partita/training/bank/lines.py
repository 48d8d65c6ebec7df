"""What instruments play over a song's chords: bass lines, comping, riffs and melodies.

Every line is a function of (song, bars, low, rng) that returns notes in beats for the given bars;
`low` is the lowest pitch the player likes. Lines that repeat draw their pattern once a call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from partita.training.bank.score import Note, Song

Line = Callable[[Song, Sequence[int], int, np.random.Generator], list[Note]]


def _pattern(
    bars: Sequence[int], steps: Sequence[tuple[float, float, float]]
) -> list[tuple[float, float, float]]:
    """A pattern of (beat, length, velocity) repeated in each of the bars."""
    return [(4.0 * bar + beat, length, vel) for bar in bars for beat, length, vel in steps]


def bass_line(
    song: Song, bars: Sequence[int], low: int, rng: np.random.Generator, *, kind: str, kick: str
) -> list[Note]:
    """A bass line of a kind named in `styles`; `kick` are the bass drum's sixteen steps."""
    if kind == "walking":
        return _walking(song, bars, low, rng)
    steps = _bass_steps(kind, kick, rng)
    notes = []
    for beat, length, steps_up, velocity in (
        (4.0 * bar + b, size, up, v) for bar in bars for b, size, up, v in steps
    ):
        chord = song.chord_at(beat)
        up = steps_up
        if up == 7 and 7 not in chord.tones:
            up = 0 if 6 not in chord.tones else 6
        notes.append(Note(beat, length, chord.bass(low) + up, velocity))
    if kind in ("fills", "kick", "eighths"):
        notes += _approaches(song, bars, low, rng)
    return _monophonic(notes)


def _bass_steps(
    kind: str, kick: str, rng: np.random.Generator
) -> list[tuple[float, float, int, float]]:
    struck = [i / 4 for i, c in enumerate(kick) if c in "Xxo"] or [0.0, 2.0]
    if kind in ("eighths", "riff"):
        ups = (
            [0] * 8
            if kind == "eighths"
            else [int(rng.choice([0, 0, 0, 12, 7, 3])) for _ in "8" * 8]
        )
        gate = rng.uniform(0.35, 0.5)
        return [(i / 2, gate, ups[i], 0.85 if i % 2 == 0 else 0.7) for i in range(8)]
    if kind == "staccato":
        gate = rng.uniform(0.1, 0.24)
        more = [b + 0.25 * float(rng.integers(1, 4)) for b in struck if rng.random() < 0.3]
        on = sorted({b for b in (*struck, *more) if b < 4.0})
        return [(b, gate, int(rng.choice([0, 0, 0, 0, 12, 7, 3])), 0.85) for b in on]
    if kind == "octaves":
        return [(i / 2, 0.4, 12 * (i % 2), 0.8) for i in range(8)]
    if kind == "offbeat":
        return [(i + 0.5, 0.42, int(rng.choice([0, 0, 12])), 0.85) for i in range(4)]
    if kind == "rolling":
        ups = [int(rng.choice([0, 0, 0, 12, 7])) for _ in range(16)]
        return [(i / 4, 0.22, ups[i], 0.75) for i in range(16) if i % 4]
    if kind == "funk":
        chance = [0.95, 0.2, 0.4, 0.35, 0.15, 0.3, 0.55, 0.4] * 2
        on = [i for i in range(16) if rng.random() < chance[i] and (i != 8 or rng.random() < 0.6)]
        lengths = [float(rng.choice([0.2, 0.2, 0.4])) for _ in on]
        ups = [0 if i == 0 else int(rng.choice([0, 0, 12, 10, 7, 12])) for i in on]
        return [
            (i / 4, n, u, 0.6 + 0.3 * rng.random())
            for i, n, u in zip(on, lengths, ups, strict=True)
        ]
    if kind == "dub":
        on = sorted(rng.choice(np.arange(1, 16), int(rng.integers(4, 7)), replace=False).tolist())
        return [
            (i / 4, 0.45, int(rng.choice([0, 0, 7, 12, 3])), 0.85) for i in [0, *on] if i % 4 < 3
        ]
    if kind == "tumbao":
        return [(0.0, 0.9, 0, 0.6), (1.5, 1.2, 7, 0.85), (3.0, 0.95, 12, 0.85)]
    if kind == "sub":
        return [(b, float(rng.choice([0.6, 1.2, 1.8])), 0, 0.9) for b in struck]
    if kind == "long":
        return [(0.0, 1.9, 0, 0.8), (2.0, 1.9, int(rng.choice([0, 0, 7])), 0.7)]
    ends = [*struck[1:], 4.0]
    return [(b, min(e - b, 1.5) * 0.9, 0, 0.85) for b, e in zip(struck, ends, strict=True)]


def _walking(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    notes, last = [], low + 5
    for bar in bars:
        for step in range(4):
            beat = 4.0 * bar + step
            chord, following = song.chord_at(beat), song.chord_at(beat + 1.0)
            if beat == chord.start:
                options = [p for p in range(low, low + 20) if p % 12 == chord.root]
            elif following.start == beat + 1.0:
                options = [following.bass(low) + d for d in (-1, 1, 2, 11)]
            else:
                options = chord.voiced(low, count=8)
            last = min(options, key=lambda p: abs(p - last) + 3 * (p == last) + rng.random())
            notes.append(Note(beat, 0.92, last, 0.75 + 0.1 * rng.random()))
            if rng.random() < 0.12:
                notes.append(Note(beat + 0.5, 0.3, last, 0.5))
    return _monophonic(notes)


def _approaches(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Now and then two notes that lead to the next bar's root."""
    notes = []
    for bar in bars:
        if rng.random() < 0.25 and bar + 1 < song.bars:
            goal = song.chord_at(4.0 * (bar + 1)).bass(low)
            way = int(rng.choice([-1, 1]))
            notes.append(Note(4.0 * bar + 3.0, 0.45, goal + 3 * way, 0.75))
            notes.append(Note(4.0 * bar + 3.5, 0.45, goal + 2 * way, 0.75))
    return notes


def _monophonic(notes: list[Note]) -> list[Note]:
    """Notes in order, each cut where the next begins."""
    ordered = sorted(notes, key=lambda note: note.start)
    result = []
    ends = [note.start for note in ordered[1:]] + [np.inf]
    for note, end in zip(ordered, ends, strict=False):
        space = end - note.start
        if space > 0.05:
            result.append(Note(note.start, min(note.length, space), note.pitch, note.velocity))
    return result


def pads(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Every chord held for as long as it sounds, with near voices."""
    count, playing = int(rng.integers(3, 6)), set(bars)
    notes = []
    for chord in song.chords:
        if int(chord.start // 4) in playing:
            shift = int(rng.integers(-2, 3))
            for pitch in chord.voiced(low + shift, count=count):
                notes.append(Note(chord.start, chord.length * 0.98, pitch, 0.6))
    return notes


def _chordal(
    song: Song,
    times: Sequence[tuple[float, float, float]],
    low: int,
    *,
    count: int = 4,
    strum: float = 0.0,
    rng: np.random.Generator,
) -> list[Note]:
    """Chords at (beat, length, velocity); `strum` beats from string to string, up and down."""
    notes = []
    for number, (beat, length, velocity) in enumerate(times):
        pitches = song.chord_at(beat).voiced(low, count=count)
        if strum and number % 2:
            pitches = pitches[::-1][: max(3, count - 1)]
        late = 0.0
        for pitch in pitches:
            notes.append(Note(beat + late, length, pitch, velocity))
            late += strum * rng.uniform(0.6, 1.4)
    return notes


def blocks(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Chords on the beats, with the left hand an octave below."""
    rhythm = [
        [(0.0, 0.95, 0.75), (1.0, 0.95, 0.6), (2.0, 0.95, 0.7), (3.0, 0.95, 0.6)],
        [(i / 2, 0.45, 0.7 if i % 2 == 0 else 0.55) for i in range(8)],
        [(0.0, 1.4, 0.75), (1.5, 1.4, 0.65), (3.0, 0.9, 0.65)],
        [(0.0, 1.9, 0.7), (2.0, 1.4, 0.6), (3.5, 0.5, 0.6)],
    ]
    times = _pattern(bars, rhythm[rng.integers(4)])
    notes = _chordal(song, times, low, rng=rng)
    if rng.random() < 0.6:
        roots = _pattern(bars, [(0.0, 1.9, 0.6), (2.0, 1.9, 0.5)])
        notes += [Note(b, n, song.chord_at(b).bass(low - 13), v) for b, n, v in roots]
    return notes


def comping(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Short chords at unforeseen places."""
    times = []
    for bar in bars:
        for beat in rng.choice(8, int(rng.integers(1, 4)), replace=False) / 2.0:
            length = float(rng.choice([0.3, 0.4, 0.9]))
            times.append((4.0 * bar + float(beat), length, 0.5 + 0.3 * rng.random()))
    return _chordal(song, sorted(times), low, rng=rng)


def strum(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A guitar strummed up and down in eighths or sixteenths, all six strings."""
    if rng.random() < 0.6:
        beats = [b / 2 for b in range(8) if b % 2 == 0 or rng.random() < 0.7]
    else:
        beats = [b / 4 for b in range(16) if b % 4 == 0 or rng.random() < 0.6]
    ends = [*beats[1:], 4.0]
    steps = [
        (b, (e - b) * rng.uniform(0.8, 1.1), 0.8 if b % 1 == 0 else 0.6)
        for b, e in zip(beats, ends, strict=True)
    ]
    return _chordal(song, _pattern(bars, steps), low, count=6, strum=0.015, rng=rng)


def chops(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Short chords in a syncopated bar of sixteenths."""
    on = [i for i in range(16) if rng.random() < (0.35 if i % 4 else 0.45)] or [2, 7, 10]
    steps = [(i / 4, float(rng.choice([0.1, 0.15, 0.25])), 0.7) for i in on]
    return _chordal(song, _pattern(bars, steps), low + 7, count=3, strum=0.008, rng=rng)


def skank(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Short chords on every off-beat."""
    steps = [(1.0, 0.25, 0.75), (3.0, 0.25, 0.8)]
    if rng.random() < 0.5:
        steps = [(i + 0.5, 0.2, 0.75) for i in range(4)]
    return _chordal(song, _pattern(bars, steps), low + 5, count=3, rng=rng)


def stabs(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A few accents in a figure of two bars."""
    figures = [
        sorted(rng.choice(16, int(rng.integers(1, 5)), replace=False).tolist()) for _ in "ab"
    ]
    times = []
    for bar in bars:
        for step in figures[bar % 2]:
            length = float(rng.choice([0.2, 0.2, 0.5, 1.0]))
            times.append((4.0 * bar + step / 4, length, 0.85))
    return _chordal(song, times, low, count=4, rng=rng)


def montuno(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A Cuban piano figure: octaves and chords in turn, ahead of the beat."""
    notes = []
    steps = [0.0, 0.5, 1.0, 1.75, 2.5, 3.0, 3.75] if rng.random() < 0.5 else [0, 0.5, 1.5, 2.5, 3.5]
    for bar in bars:
        for number, step in enumerate(steps):
            beat = 4.0 * bar + step
            pitches = song.chord_at(beat).voiced(low, count=5)
            chosen = pitches[1:4] if number % 2 else [pitches[0], pitches[0] + 12]
            notes += [Note(beat, 0.4, p, 0.75) for p in chosen]
    return notes


def arpeggio(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Broken chords in eighths or triplets, one figure throughout."""
    step = float(rng.choice([0.5, 0.5, 1 / 3, 0.25]))
    figure = rng.integers(0, 5, round(4 / step)) if rng.random() < 0.4 else None
    ring = rng.uniform(1.0, 3.0)
    notes = []
    for bar in bars:
        for i in range(round(4 / step)):
            beat = 4.0 * bar + i * step
            pitches = song.chord_at(beat).voiced(low, count=5)
            wave = [0, 1, 2, 3, 4, 3, 2, 1][i % 8] if figure is None else int(figure[i])
            notes.append(Note(beat, step * ring, pitches[wave % len(pitches)], 0.65))
    return notes


def sixteenths(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A sequencer's arpeggio: sixteenths with gaps, over two octaves."""
    mask = rng.random(16) < rng.uniform(0.55, 1.0)
    figure = rng.integers(0, 6, 16)
    gate = rng.uniform(0.12, 0.3)
    notes = []
    for bar in bars:
        for i in np.flatnonzero(mask):
            beat = 4.0 * bar + i / 4
            pitches = song.chord_at(beat).voiced(low, count=6)
            notes.append(Note(beat, gate, pitches[figure[i] % len(pitches)], 0.7))
    return notes


def _fifths(song: Song, times: Sequence[tuple[float, float, float]], low: int) -> list[Note]:
    notes = []
    for beat, length, velocity in times:
        root = song.chord_at(beat).bass(low)
        notes += [Note(beat, length, root + up, velocity) for up in (0, 7, 12)]
    return notes


def power(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Power chords in eighths, some damped, some rung."""
    accents = set(rng.choice(8, 3, replace=False).tolist()) | {0}
    steps = [
        (i / 2, 0.48 if i in accents else 0.16, 0.9 if i in accents else 0.6) for i in range(8)
    ]
    return _fifths(song, _pattern(bars, steps), low)


def power_long(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Power chords left to ring."""
    steps = [(0.0, 3.9, 0.9)] if rng.random() < 0.5 else [(0.0, 1.4, 0.9), (1.5, 2.4, 0.85)]
    return _fifths(song, _pattern(bars, steps), low)


def gallop(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Damped low strings in gallops, chords at the accents."""
    notes = []
    for bar in bars:
        for beat in range(4):
            at = 4.0 * bar + beat
            root = song.chord_at(at).bass(low)
            notes += [Note(at, 0.4, root + up, 0.9) for up in (0, 7, 12)]
            damped = 0.13 * rng.uniform(0.8, 1.2)
            notes += [Note(at + late, damped, root, 0.7) for late in (0.5, 0.75)]
    return notes


def riff(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A pentatonic figure of two bars, moved with the chord."""
    steps = [0, 3, 5, 7, 10, 12]
    figure = []
    for bar in range(2):
        for step in range(8):
            if step == 0 or rng.random() < 0.6:
                up = 0 if step == 0 else int(rng.choice(steps))
                figure.append((bar, step / 2 + float(rng.choice([0, 0, 0.25])), up))
    notes = []
    for bar in bars:
        for half, beat, up in figure:
            if half == bar % 2:
                at = 4.0 * bar + beat
                notes.append(Note(at, 0.45, song.chord_at(at).bass(low) + up, 0.8))
    return _monophonic(notes)


def melody(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A tune in the song's scale: phrases with rests, chord tones on strong beats."""
    notes, pitch = [], float(low + 12)
    scale = [p for p in range(low, low + 25) if (p - song.key) % 12 in song.scale]
    resting = False
    for bar in bars:
        resting = rng.random() < 0.3 and not resting
        beat = float(rng.choice([0.0, 0.0, 0.5, 1.0]))
        while beat < 4.0 and not resting:
            length = float(rng.choice([0.25, 0.5, 0.5, 1.0, 1.0, 2.0]))
            options = scale
            if beat % 1 == 0:
                options = song.chord_at(4.0 * bar + beat).voiced(low, count=8)
            goal = pitch + rng.normal(0, 3.0) + 0.15 * (low + 12 - pitch)
            pitch = float(min(options, key=lambda p: abs(p - goal)))
            if rng.random() < 0.88:
                notes.append(Note(4.0 * bar + beat, length * 0.95, pitch, 0.75))
            beat += length
    return _monophonic(notes)


def risers(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """Long notes that lead to the end of the stretch, or away from its beginning."""
    first, last = 4.0 * bars[0], min(4.0 * (bars[-1] + 1), song.beats)
    size = float(rng.choice([2.0, 4.0, 8.0]))
    if rng.random() < 0.6:
        return [Note(max(first, last - size), min(size, last - first), low + 12, 0.8)]
    return [Note(first, min(size, last - first), low, 0.8)]


def solo(song: Song, bars: Sequence[int], low: int, rng: np.random.Generator) -> list[Note]:
    """A fast tune an octave up."""
    return melody(song, bars, low + 7, rng)


LINES: dict[str, Line] = {
    line.__name__: line
    for line in (
        pads,
        blocks,
        comping,
        strum,
        chops,
        skank,
        stabs,
        montuno,
        arpeggio,
        sixteenths,
        power,
        power_long,
        gallop,
        riff,
        melody,
        solo,
        risers,
    )
}
