"""What leaving out quiet frames is worth: an engine on the five songs of "Everything is free".

    PARTITA_DATA=… python benchmarks/drop_curve.py [--engine classic]

Whole songs, 1-s frames, framewise SDR. The frames in which the *estimate* is quietest leave first;
frames where the true stem is silent never count.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio, Scores, Stems
from partita.evaluate import drop_curve, score_stems
from partita.io import load

SHARES = (0.0, 0.1, 0.2, 0.3)
NAMES = ("vocals", "drums", "bass", "other")


def load_song(folder: Path) -> Stems:
    """The true stems; lead and backing vocals together, an absent stem is silent."""
    parts = {path.stem: load(path) for path in sorted(folder.iterdir()) if path.suffix == ".opus"}
    first = next(iter(parts.values()))
    length = min(part.length for part in parts.values())
    groups = {"vocals": ("lead_vocals", "backing_vocals")}
    samples = np.zeros((len(NAMES), first.channels, length), np.float32)
    for row, name in zip(samples, NAMES, strict=True):
        for group in groups.get(name, (name,)):
            if group in parts:
                row += parts[group].samples[:, :length]
    return Stems(NAMES, samples, first.rate)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="classic")
    engine = parser.parse_args().engine
    if not (data := os.environ.get("PARTITA_DATA")):
        sys.exit("set PARTITA_DATA to the folder of recordings")
    tables = []
    for folder in sorted((Path(data) / "everything-is-free").iterdir()):
        if not folder.is_dir():
            continue
        truth = load_song(folder)
        mix = Audio(truth.samples.sum(axis=0), truth.rate)
        guess = partita.separate(mix, engine=engine, stems=NAMES)
        tables.append(score_stems(truth, guess, track=folder.name, metrics=["sdr"]))
    scores = Scores.concatenate(tables)
    print(f"{engine}: SDR [dB], and what leaving out the quietest frames of the estimate adds")
    heads = "".join(f"{f'-{share:.0%}':>8}" for share in SHARES[1:])
    print(f"{'':8}{'mean/mean':>10}{heads}   {'median/median':>14}{heads}   frames")
    for name in NAMES:
        curve = drop_curve(scores, "sdr", name, shares=SHARES)
        medians, means = curve.gain
        cells = "".join(f"{gain:+8.2f}" for gain in means[1:])
        others = "".join(f"{gain:+8.2f}" for gain in medians[1:])
        print(
            f"{name:8}{curve.mean_mean[0]:10.2f}{cells}   "
            f"{curve.median_median[0]:14.2f}{others}   {curve.frames[0]:6d}"
        )


if __name__ == "__main__":
    main()
