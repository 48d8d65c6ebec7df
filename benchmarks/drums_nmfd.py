"""NMFD on drum kits made from equations, with and without a score, alone and over an accompaniment.

python benchmarks/drums_nmfd.py [--kits 3] [--seconds 16] [--set KEY=VALUE …]

Each kit is drawn by the synthesizers of the training bank, which know nothing of the engine's
built-in templates; it plays a rock pattern with human timing (5 ms) and dynamics. The score has the
strokes where they were meant. The accompaniment is the demo song's, without its drums.
"""

from __future__ import annotations

import argparse

import numpy as np

import partita
from partita.core import Audio, Hints, Score
from partita.datasets import demo_track
from partita.engines import create
from partita.metrics.sdr import sdr_global
from partita.metrics.si_sdr import si_sdr
from partita.training.bank.drum_synths import SYNTHS
from partita.training.bank.sound import RATE

PATTERN = {"kick": (0, 6, 8), "snare": (4, 12), "hihat": tuple(range(0, 16, 2))}
VOICES = {"kick": ("kick", 36), "snare": ("snare", 38), "hihat": ("hat", 42)}
SIXTEENTH_S = 60 / 110 / 4


def kit(seed: int, seconds: float) -> tuple[dict[str, np.ndarray], Score]:
    """(drum -> (time,), score)."""
    rng = np.random.default_rng(seed)
    length = round(seconds * RATE)
    stems, rows = {}, []
    for drum, (synth, key) in VOICES.items():
        stems[drum] = np.zeros(length)
        stroke = np.asarray(SYNTHS[synth](rng), dtype=np.float64)
        stroke /= np.max(np.abs(stroke)) * {"kick": 1.2, "snare": 1.5, "hihat": 4}[drum]
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kits", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=16)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    engine = create("drums_nmfd", **dict(pair.split("=", 1) for pair in given.set))
    accompaniment = backing(given.seconds)
    print(f"{'':28s}" + "".join(f"{name:>15s}" for name in engine.stems) + "   SI-SDR/SDR dB")
    for over, level in (("drums alone", 0.0), ("over the accompaniment", 1.0)):
        table: dict[str, list] = {"mix": [], "without a score": [], "with a score": []}
        for seed in range(given.kits):
            stems, score = kit(seed, given.seconds)
            stems["rest"] = level * accompaniment
            mix = Audio(np.sum(list(stems.values()), axis=0)[None], RATE)
            blind = partita.separate(mix, engine=engine)
            informed = partita.separate(mix, engine=engine, hints=Hints(score=score))
            for row, found in zip(table, (None, blind, informed), strict=True):
                estimates = {name: mix if found is None else found[name] for name in stems}
                table[row].append([_scores(x[None], estimates[n]) for n, x in stems.items()])
        print(over)
        for row, values in table.items():
            mean = np.mean(values, axis=0)
            print(f"  {row:26s}" + "".join(f"{a:8.2f}/{b:6.2f}" for a, b in mean))


def _scores(reference: np.ndarray, estimate: Audio) -> tuple[float, float]:
    if not reference.any():
        return float("nan"), float("nan")
    found = estimate.samples.astype(np.float64)
    return si_sdr(reference, found), sdr_global(reference, found)


if __name__ == "__main__":
    main()
