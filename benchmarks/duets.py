"""How well a score separates duets, beside the same factorization without one.

python benchmarks/duets.py [--bank FILE.sf2 …] [--markdown docs/benchmarks/duets.md]

The duets are written below and rendered with soundfonts (Debian: fluid-soundfont-gm and
musescore-general-soundfont-small), which takes the package tinysoundfont; without them this says so
and ends.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio, Hints, MissingExtra, References, Score, Stems
from partita.engines import create
from partita.metrics.si_sdr import si_sdr

BANKS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
)
SHIFT_S, STRETCH = 0.7, 1.04
"""What is done to the score in the second half of the comparison."""
TARGET_DB = 5.0
HELD_OUT = ("quarrel", "street")
"""Duets on which no constant of the engines was chosen."""
UNGUIDED, IDEAL = "nmf, best permutation", "ideal ratio mask"
Row = tuple[str, dict[str, float]]
"""A duet, and method -> mean SI-SDR in dB."""
NAMES = {
    name: place
    for place, name in enumerate(("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"))
}


@dataclass(frozen=True)
class Voice:
    """What one instrument plays: `program` of General MIDI, notes as "pitch+pitch beats"."""

    name: str
    program: int
    text: str


@dataclass(frozen=True)
class Duet:
    """Two voices and their tempo."""

    title: str
    bpm: float
    voices: tuple[Voice, Voice]


TRUMPET, TROMBONE, PIANO, GUITAR = 56, 57, 0, 24

DUETS = (
    Duet(
        "fanfare, far apart",
        112,
        (
            Voice(
                "trumpet",
                TRUMPET,
                """G4 1 C5 1 C5 .5 D5 .5 E5 1 C5 1 E5 .5 F5 .5 G5 2 r 1 E5 .5 D5 .5 C5 1 D5 1 B4 1
                G4 1 A4 .5 B4 .5 C5 2 r 1 E5 1 D5 .5 C5 .5 A4 1 F5 1.5 E5 .5 D5 1 G4 1 C5 3""",
            ),
            Voice(
                "trombone",
                TROMBONE,
                """C3 2 E3 1 G3 1 C3 1 A2 1 G2 1.5 B2 .5 C3 1 r .5 G3 .5 F3 1 E3 1 D3 2 G2 1 F3 1
                E3 1 C3 1 r 1 A2 2 F3 1 D3 1 G2 1.5 F3 .5 E3 1 C3 3""",
            ),
        ),
    ),
    Duet(
        "evening",
        72,
        (
            Voice(
                "trumpet",
                TRUMPET,
                """r 1 A3 1.5 C4 .5 D4 1 E4 1 F4 1.5 E4 .5 D4 2 C4 1 A#3 1 A3 1.5 G3 .5 F3 2 r .5
                A3 .5 D4 1 C4 .5 A#3 .5 A3 1 F4 1 E4 1 D4 2""",
            ),
            Voice(
                "trombone",
                TROMBONE,
                """D4 2 F4 1 E4 1 D4 1 A#3 1 A3 1 F3 1 G3 1.5 A3 .5 A#3 1 D4 1 E4 2 D4 1 C4 1
                F3 1 A#3 1 G3 1 E3 1 C4 1.5 A#3 .5 A3 1 D4 2""",
            ),
        ),
    ),
    Duet(
        "quarrel",
        126,
        (
            Voice(
                "trumpet",
                TRUMPET,
                """G3 .5 A3 .5 B3 .5 C4 .5 D4 1 B3 1 E4 .5 D4 .5 C4 1 A3 2 r 1 F#3 1 A3 .5 C4 .5
                D4 1
                G4 1 F#4 .5 E4 .5 D4 1 B3 1 C4 1.5 A3 .5 B3 .5 G3 .5 E4 1 D4 1 F#4 1 G4 2""",
            ),
            Voice(
                "trombone",
                TROMBONE,
                """D4 1 G4 1 F#4 .5 E4 .5 D4 1 C4 1 E4 1 F#4 .5 D4 .5 A3 1 B3 1 D4 1 C4 1 A3 .5
                B3 .5
                E4 1 D4 1 B3 .5 A3 .5 G3 1 E4 1 A3 1 D4 1 G4 .5 F#4 .5 A3 1 C4 1 B3 2""",
            ),
        ),
    ),
    Duet(
        "waltz, far apart",
        132,
        (
            Voice(
                "piano",
                PIANO,
                """E5 2 F5 1 G5 2 E5 1 D5+B4 2 C5 1 B4 1 C5 1 D5 1 E5+C5 3 A4 1 B4 1 C5 1 D5+F5 2
                E5 1 D5 2 B4 1 C5 3 r 1 G5 1 F5 1 E5+G4 2 D5 1 C5 2 A4 1 B4 1 D5 1 B4 1 C5+E4 3""",
            ),
            Voice(
                "guitar",
                GUITAR,
                """C3 1 E3+G3 1 E3+G3 1 C3 1 G3+C4 1 E3 1 G2 1 F3+B3 1 D3 1 G2 1 D3 1 F3 1 C3 1
                E3+G3 1 G3 1 A2 1 E3+A3 1 E3 1 D3 1 F3+A3 1 A3 1 G2 1 D3+G3 1 B3 1 C3 1 G3 1 E3 1
                C3 1 E3 1 G3 1 A2 1 E3+A3 1 C4 1 F3 1 A3 1 C4 1 G2 1 D3+F3 1 B3 1 C3+G3 3""",
            ),
        ),
    ),
    Duet(
        "rain",
        96,
        (
            Voice(
                "piano",
                PIANO,
                """B3 1 E4 .5 F#4 .5 G4 1.5 F#4 .5 E4 1 D4+G3 1 B3 2 C4 .5 D4 .5 E4 1 D4 .5 C4 .5
                A3 1 B3+D#4 3 r .5 B3 .5 G4 1 F#4 .5 E4 .5 D4+F#3 1 E4 1 C4 1 A3 .5 B3 .5
                E4+G3 3""",
            ),
            Voice(
                "guitar",
                GUITAR,
                """E3 .5 B3 .5 E4 .5 B3 .5 E3 .5 G3 .5 C4 .5 G3 .5 D3 .5 A3 .5 D4 .5 A3 .5 G3 .5
                C4 .5 D4 .5 A3 .5 C4 .5 G3 .5 E4 .5 G3 .5 A3 .5 E4 .5 G4 .5 E4 .5 B3 .5 F#4 .5 A4 .5
                F#4 .5 D4 .5 A3 .5 B3 .5 r .5 E4 .5 B3 .5 E4 .5 G4 .5 D4 .5 A3 .5 F#4 .5 A3 .5 C4 .5
                E4 .5 A3 .5 C4 .5 E3+B3 3""",
            ),
        ),
    ),
    Duet(
        "street",
        116,
        (
            Voice(
                "piano",
                PIANO,
                """D4 .5 F4 .5 A4 1 G4 .5 F4 .5 E4 1 C4+E4 1 F4 1 D4 1.5 C4 .5 A#3 .5 D4 .5 F4 1
                A4 1
                G4 1 E4+C4 2 F4 .5 E4 .5 D4 1 A3 1 C4 1 A#3+D4 2 C4 .5 E4 .5 G4 1 F4+A3 2 D4 2""",
            ),
            Voice(
                "guitar",
                GUITAR,
                """A3 1 D4 .5 C4 .5 E4 1 G3 1 A3 .5 G4 .5 C4 1 F4 1 A3 .5 A#3 .5 D4 1 G4 .5 F4 .5
                E4 1 D4 1 G3 1 C4 .5 D4 .5 A3 .5 C4 .5 F4 1 E4 .5 D4 .5 G4 1 F4 .5 D4 .5 E4 1
                G3 .5 A#3 .5 C4 1 A3+F4 1 G3 1 A3 2""",
            ),
        ),
    ),
)


def score_of(duet: Duet) -> Score:
    """Its notes in seconds, a little detached, after a short rest."""
    rows = []
    for voice in duet.voices:
        words, beat = voice.text.split(), 0.5
        for pitches, length in zip(words[::2], words[1::2], strict=True):
            for pitch in pitches.split("+") if pitches != "r" else ():
                number = 12 * (int(pitch[-1]) + 1) + NAMES[pitch[:-1]]
                rows.append((beat, beat + 0.92 * float(length), number, voice.name))
            beat += float(length)
    onset, offset, pitch, part = zip(*rows, strict=True)
    beat_s = 60 / duet.bpm
    return Score(np.array(onset) * beat_s, np.array(offset) * beat_s, np.array(pitch), part)


def rendered(duet: Duet, score: Score, bank: Path) -> Stems:
    """Each voice as loud as the other, from one soundfont."""
    from partita.training.bank.score import Note
    from partita.training.bank.sound import RATE
    from partita.training.bank.soundfont import play

    length = round((float(np.max(score.offset_s)) + 1.5) * RATE)
    parts = []
    for voice in duet.voices:
        notes = [
            Note(score.onset_s[n], score.offset_s[n] - score.onset_s[n], score.pitch_midi[n], 0.7)
            for n, part in enumerate(score.part)
            if part == voice.name
        ]
        sound = play(bank, notes, length, preset=voice.program)
        parts.append(0.1 * sound / np.sqrt(np.mean(sound**2)))
    return Stems(tuple(voice.name for voice in duet.voices), np.stack(parts), RATE)


def mean_si_sdr(truth: Stems, estimates: np.ndarray) -> float:
    """dB, the mean over the stems, both channels together."""
    pairs = zip(truth.samples, estimates, strict=True)
    return float(np.mean([float(si_sdr(s, e)) for s, e in pairs]))


def best_permutation(truth: Stems, estimates: np.ndarray) -> float:
    return max(
        mean_si_sdr(truth, estimates[list(order)])
        for order in itertools.permutations(range(len(estimates)))
    )


def by_score(truth: Stems, mix: Audio, score: Score, engine: str, **options: str) -> float:
    stems = partita.separate(mix, engine=create(engine, **options), hints=Hints(score=score))
    return mean_si_sdr(truth, np.stack([stems[name].samples for name in truth.names]))


def measured(truth: Stems, score: Score) -> dict[str, float]:
    """Method -> mean SI-SDR in dB."""
    mix = Audio(truth.samples.sum(axis=0), truth.rate)
    moved = score.retimed(SHIFT_S + STRETCH * score.onset_s, SHIFT_S + STRETCH * score.offset_s)
    unguided = partita.separate(mix, engine=create("nmf", parts=2)).samples
    oracle = create("ideal_ratio_mask", n_fft=4096, power=2)
    ideal = partita.separate(mix, engine=oracle, hints=Hints(references=References(truth)))
    return {
        "mixture": mean_si_sdr(truth, np.stack([mix.samples] * len(truth))),
        UNGUIDED: best_permutation(truth, unguided),
        "score_nmf": by_score(truth, mix, score, "score_nmf"),
        "score_parametric": by_score(truth, mix, score, "score_parametric"),
        "score_nmf, moved score": by_score(truth, mix, moved, "score_nmf"),
        "score_parametric, moved score": by_score(truth, mix, moved, "score_parametric"),
        "score_nmf, moved, not aligned": by_score(truth, mix, moved, "score_nmf", alignment="off"),
        IDEAL: mean_si_sdr(truth, ideal.samples),
    }


def measure(banks: list[Path]) -> Iterator[Row]:
    for bank, duet in itertools.product(banks, DUETS):
        score = score_of(duet)
        names = " and ".join(voice.name for voice in duet.voices)
        yield f"{duet.title} ({names}), {bank.stem}", measured(rendered(duet, score, bank), score)


def table(rows: list[Row]) -> str:
    heads = list(rows[0][1])
    held_out = [row for row in rows if row[0].startswith(HELD_OUT)]
    lines = [["duet", *heads], ["---", *["---:"] * len(heads)]]
    for name, some in [*((row[0], [row]) for row in rows), ("mean", rows), ("held out", held_out)]:
        lines.append([name, *(f"{np.mean([values[h] for _, values in some]):.1f}" for h in heads)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def verdicts(rows: list[Row]) -> str:
    """How far the engines are above unguided NMF, and how far anything could be."""
    unguided = np.array([values[UNGUIDED] for _, values in rows])
    held_out = np.array([name.startswith(HELD_OUT) for name, _ in rows])
    room = np.array([values[IDEAL] for _, values in rows]) - unguided
    lines = []
    for head in [h for h in rows[0][1] if h.startswith("score_") and "not aligned" not in h]:
        gains = np.array([values[head] for _, values in rows]) - unguided
        enough = gains >= TARGET_DB
        lines.append(
            f"- {head}: {np.mean(gains):.1f} dB above unguided NMF in the mean "
            f"({np.mean(gains[held_out]):.1f} dB of those held out), {TARGET_DB:.0f} dB or more in "
            f"{np.sum(enough)} of {len(rows)}. In {np.sum(~enough & (room < TARGET_DB))} of the "
            f"other {np.sum(~enough)} the ideal mask is not so far above either; "
            f"the least gain is {np.min(gains):.1f} dB.\n"
        )
    return "".join(lines)


EXPLANATION = f"""\
# Duets with a score

`python benchmarks/duets.py` made this table: mean SI-SDR in dB over both instruments. The duets are
written in the script and rendered with two soundfonts, so that the true parts are known. *nmf* is
the engine `nmf` with two parts, in whichever order fits better. *moved score* is {SHIFT_S} s late
and {100 * (STRETCH - 1):.0f} % slow, and is aligned before it is used; *not aligned* shows what
happens otherwise. *ideal ratio mask* knows the true parts.

In *fanfare* and *waltz* the parts keep to registers of their own, so that they come apart without a
score, too; in the others they cross. On {" and ".join(f"*{name}*" for name in HELD_OUT)}, the ones
held out, no constant of the separation was chosen.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bank", type=Path, action="append", help="a soundfont; repeatable")
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    arguments = parser.parse_args()
    banks = [bank for bank in arguments.bank or BANKS if bank.is_file()]
    if not banks:
        raise SystemExit("skipped: no soundfont; give one with --bank FILE.sf2")
    rows, began = [], time.process_time()
    try:
        for name, values in measure(banks):
            rows.append((name, values))
            print(name, {head: round(value, 1) for head, value in values.items()}, flush=True)
    except MissingExtra as error:
        raise SystemExit(f"skipped: {error}") from None
    text = table(rows) + "\n" + verdicts(rows)
    print("\n" + text)
    print(f"{time.process_time() - began:.0f} CPU-seconds in all, rendering included")
    if arguments.markdown is not None:
        arguments.markdown.parent.mkdir(parents=True, exist_ok=True)
        arguments.markdown.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
