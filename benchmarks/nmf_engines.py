"""What ten seconds of an example are worth: blind, semi-supervised and supervised NMF on songs.

PARTITA_DATA=FOLDER python benchmarks/nmf_engines.py [--songs sodium …] [--seconds 30]

Each song of `everything-is-free` is one folder with a file for each group of instruments; the mix
is their sum, over the 30 s where most is going on. The example of a group is the nearest ten
seconds outside in which it is as loud as on average. Blind NMF makes as many parts as there are
groups, and each group is compared with the part that fits it best, which flatters it: nobody could
choose so without the truth.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio, Example, Examples, Hints
from partita.engines import create
from partita.metrics.sdr import sdr_global
from partita.metrics.si_sdr import si_sdr

EXAMPLE_S = 10.0
SONGS = ("hydrogen", "lithium", "potassium", "rubidium", "sodium")


def groups_of(song: Path) -> dict[str, Audio]:
    return {path.stem: partita.load(path) for path in sorted(song.glob("*.opus"))}


def excerpt(audio: Audio, start_s: float, seconds: float) -> Audio:
    first = round(start_s * audio.rate)
    return Audio(audio.samples[:, first : first + round(seconds * audio.rate)], audio.rate)


def busiest(groups: dict[str, Audio], seconds: float) -> float:
    """Where the excerpt starts in which every group sounds, as far as there is one, seconds.

    On a grid of ten seconds, with ten more before and after it: where the quietest group, measured
    by its own mean power, is loudest.
    """
    power = []
    for audio in groups.values():
        step = round(EXAMPLE_S * audio.rate)
        count = audio.length // step
        pieces = audio.samples[:, : count * step].reshape(audio.channels, count, step)
        power.append(np.mean(np.square(pieces), axis=(0, 2)) / np.mean(np.square(pieces)))
    least = np.min(power, axis=0)
    wide = round(seconds / EXAMPLE_S)
    totals = [np.mean(least[i : i + wide]) for i in range(1, len(least) - wide)]
    return (1 + int(np.argmax(totals))) * EXAMPLE_S


def example(audio: Audio, start_s: float, seconds: float) -> Audio:
    """The nearest ten seconds outside the excerpt in which the group is as loud as on average."""
    grid_s = [i * EXAMPLE_S for i in range(int(audio.duration_s / EXAMPLE_S))]
    outside = [at for at in grid_s if at + EXAMPLE_S <= start_s or at >= start_s + seconds]
    nearest = sorted(outside, key=lambda at: abs(at + EXAMPLE_S / 2 - start_s - seconds / 2))
    usual = float(np.mean(np.square(audio.samples)))
    clips = (excerpt(audio, at, EXAMPLE_S) for at in nearest)
    return next(clip for clip in clips if np.mean(np.square(clip.samples)) >= usual)


def scores(reference: Audio, estimate: Audio) -> tuple[float, float]:
    return si_sdr(reference.samples, estimate.samples), sdr_global(
        reference.samples, estimate.samples
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", nargs="+", default=SONGS)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--set", nargs="*", default=[], metavar="KEY=VALUE")
    given = parser.parse_args()
    options = dict(pair.split("=", 1) for pair in given.set)
    folder = Path(os.environ["PARTITA_DATA"]) / "everything-is-free"
    rows = []
    print(f"{'':24s} {'mix':>13s} {'blind':>13s} {'semi':>13s} {'supervised':>13s}   SI-SDR/SDR dB")
    for name in given.songs:
        groups = groups_of(folder / name)
        start = busiest(groups, given.seconds)
        truth = {g: excerpt(a, start, given.seconds) for g, a in groups.items()}
        truth = {g: a for g, a in truth.items() if np.mean(np.square(a.samples)) > 1e-6}
        clips = {g: example(groups[g], start, given.seconds) for g in truth}
        rate = next(iter(truth.values())).rate
        mix = Audio(np.sum([a.samples for a in truth.values()], axis=0), rate)
        blind = partita.separate(mix, engine=create("nmf", parts=len(truth), **options))
        all_clips = Examples(tuple(Example(g, clip) for g, clip in clips.items()))
        supervised = partita.separate(
            mix, engine=create("supervised_nmf", **options), hints=Hints(examples=all_clips)
        )
        print(f"{name}, {start:.0f} s to {start + given.seconds:.0f} s")
        for group, reference in truth.items():
            one = Hints(examples=Examples((Example(group, clips[group]),)))
            semi = partita.separate(mix, engine=create("semi_supervised_nmf", **options), hints=one)
            best = max((scores(reference, part) for _, part in blind.items()), key=lambda s: s[1])
            row = (
                scores(reference, mix),
                best,
                scores(reference, semi[group]),
                scores(reference, supervised[group]),
            )
            rows.append(row)
            print(
                f"{name + ' ' + group:24s} " + " ".join(f"{a:6.2f}/{b:6.2f}" for a, b in row),
                flush=True,
            )
    mean = np.mean(rows, axis=0)
    print(f"{'mean':24s} " + " ".join(f"{a:6.2f}/{b:6.2f}" for a, b in mean))


if __name__ == "__main__":
    main()
