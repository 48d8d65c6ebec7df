"""NMFD on drum kits made from equations, with and without a score, alone and over an accompaniment.

python benchmarks/drums_nmfd.py [--kits 5] [--seconds 16] [--set KEY=VALUE …]
                                [--markdown docs/benchmarks/drums_nmfd.md]

Each kit is drawn by the synthesizers of the training bank, which know nothing of the engine's
built-in templates; it plays a rock pattern with human timing (5 ms) and dynamics. The score has the
strokes where they were meant. The accompaniment is the demo song's, without its drums.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio, Hints, Score
from partita.core.separator import Separator
from partita.datasets import demo_track
from partita.engines import create
from partita.metrics.si_sdr import si_sdr
from partita.training.bank.drum_synths import SYNTHS
from partita.training.bank.sound import RATE

PATTERN = {"kick": (0, 6, 8), "snare": (4, 12), "hihat": tuple(range(0, 16, 2))}
VOICES = {"kick": ("kick", 36), "snare": ("snare", 38), "hihat": ("hat", 42)}
SIXTEENTH_S = 60 / 110 / 4
ENERGY_DB = {"kick": 0.0, "snare": -3.0, "hihat": -12.0}
"""Of a stroke, against a kick's."""
ROWS = ("mix", "without a score", "with a score")


def kit(seed: int, seconds: float) -> tuple[dict[str, np.ndarray], Score]:
    """(drum -> (time,), score)."""
    rng = np.random.default_rng(seed)
    length = round(seconds * RATE)
    stems, rows = {}, []
    for drum, (synth, key) in VOICES.items():
        stems[drum] = np.zeros(length)
        stroke = np.asarray(SYNTHS[synth](rng), dtype=np.float64)
        stroke *= 10 ** (ENERGY_DB[drum] / 20) / np.sqrt(np.sum(stroke**2) / (0.001 * RATE))
        for step in range(int(seconds / SIXTEENTH_S)):
            at_s = step * SIXTEENTH_S
            if step % 16 not in PATTERN[drum] or at_s > seconds - 0.1:
                continue
            first = max(round((at_s + 0.005 * rng.standard_normal()) * RATE), 0)
            played = stroke[: length - first] * rng.uniform(0.6, 1)
            stems[drum][first : first + len(played)] += played
            rows.append((at_s, at_s + 0.1, key, "drums"))
    return stems, Score(*zip(*rows, strict=True), percussion={"drums"})


def backing(seconds: float) -> np.ndarray:
    truth = demo_track().stems()
    parts = [truth[name].samples.mean(axis=0) for name in truth if name != "drums"]
    return np.resize(np.sum(parts, axis=0), round(seconds * RATE))


def measure(engine: Separator, kits: int, seconds: float) -> Iterator[tuple[str, int, str, dict]]:
    """What it plays over, the kit, the row of the table, and drum -> SI-SDR in dB."""
    accompaniment = backing(seconds)
    for over, level in (("alone", 0.0), ("over an accompaniment", 0.04)):
        for seed in range(kits):
            stems, score = kit(seed, seconds)
            stems["rest"] = level * accompaniment / np.sqrt(np.mean(accompaniment**2))
            mix = Audio(np.sum(list(stems.values()), axis=0)[None], RATE)
            blind = partita.separate(mix, engine=engine)
            informed = partita.separate(mix, engine=engine, hints=Hints(score=score))
            for row, found in zip(ROWS, (None, blind, informed), strict=True):
                yield (
                    over,
                    seed,
                    row,
                    {
                        name: float(
                            si_sdr(x[None], (mix if found is None else found[name]).samples)
                        )
                        for name, x in stems.items()
                        if x.any()
                    },
                )


def table(found: list[tuple[str, int, str, dict]]) -> str:
    """A row for everything: the median over the kits, and the least."""
    names = [*VOICES, "rest"]
    lines = [["drums", "", *names], ["---", "---", *["---:"] * len(names)]]
    for over in dict.fromkeys(over for over, *_ in found):
        for row in ROWS:
            scores = [values for o, _, r, values in found if (o, r) == (over, row)]
            columns = [[values[name] for values in scores if name in values] for name in names]
            shown = [f"{np.median(c):.1f} ({min(c):.1f})" if c else "" for c in columns]
            lines.append([over, row, *shown])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


EXPLANATION = """\
# Drums by NMFD

`python benchmarks/drums_nmfd.py` made this table: SI-SDR in dB, the median over {kits} kits and in
brackets the least. The kits are drawn by the synthesizers of the training bank, which the engine
knows nothing of, from dry thumps to kicks that dive through the whole bass; they play {seconds:g} s
of a rock pattern, 5 ms off at random. The score has the strokes where they were meant. *mix* is the
recording as it is. The accompaniment is that of the demo song, about as loud as the drums.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kits", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=16)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    given = parser.parse_args()
    engine = create("drums_nmfd", **dict(pair.split("=", 1) for pair in given.set))
    found = []
    for over, seed, row, values in measure(engine, given.kits, given.seconds):
        found.append((over, seed, row, values))
        print(over, seed, row, {name: round(v, 1) for name, v in values.items()}, flush=True)
    text = table(found)
    print("\n" + text)
    if given.markdown is not None:
        given.markdown.parent.mkdir(parents=True, exist_ok=True)
        head = EXPLANATION.format(kits=given.kits, seconds=given.seconds)
        given.markdown.write_text(head + text, encoding="utf-8")


if __name__ == "__main__":
    main()
