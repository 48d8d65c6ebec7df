"""hpss, mid_side and the oracles, as their pages in docs/engines have them: SDR in dB.

[PARTITA_DATA=FOLDER] python benchmarks/simple.py

The demo song, and where PARTITA_DATA is set the five 7-s clips of MUSDB18 in its folder
`musdb-excerpts`. hpss: `percussive` against the drums, `harmonic` against all else. mid_side:
`centre` against the vocals, `sides` against all else. The oracles get all true stems.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio, Hints, References, Stems
from partita.datasets import demo_track
from partita.engines import create
from partita.metrics.sdr import sdr_global

ORACLES = ("ideal_ratio_mask", "multichannel_wiener")


def songs() -> dict[str, Stems]:
    found = {"demo song": demo_track().stems()}
    for folder in sorted(Path(os.environ.get("PARTITA_DATA", "")).glob("musdb-excerpts/*/")):
        stems = {path.stem: partita.load(path) for path in sorted(folder.glob("*.flac"))}
        rate = next(iter(stems.values())).rate
        samples = np.stack([stem.samples for stem in stems.values()])
        found[folder.name] = Stems(tuple(stems), samples, rate)
    return found


def against(target: Audio, mix: Audio, engine: str, one: str, other: str, **options: float) -> str:
    """The SDR of one stem against a target, and of the other against all else."""
    stems = partita.separate(mix, engine=create(engine, **options))
    else_ = mix.samples - target.samples
    first, second = stems[one].samples, stems[other].samples
    return f"{sdr_global(target.samples, first):6.1f} {sdr_global(else_, second):6.1f}"


def main() -> None:
    for name, truth in songs().items():
        mix = Audio(truth.samples.sum(axis=0), truth.rate)
        vocals = truth["vocals"]
        print(name)
        print(
            f"  {'mixture':28}",
            *(f"{n} {sdr_global(a.samples, mix.samples):.1f}" for n, a in truth.items()),
        )
        if "drums" in truth:
            for margin in (1.0, 2.0):
                figures = against(
                    truth["drums"], mix, "hpss", "percussive", "harmonic", margin=margin
                )
                print(f"  {f'hpss, margin {margin:g}':28} drums, all else {figures}")
        figures = against(vocals, mix, "mid_side", "centre", "sides")
        print(f"  {'mid_side':28} vocals, all else {figures}")
        hints = Hints(references=References(truth))
        for oracle in ORACLES:
            found = partita.separate(mix, engine=create(oracle), hints=hints)
            cells = (f"{n} {sdr_global(a.samples, found[n].samples):.1f}" for n, a in truth.items())
            print(f"  {oracle:28}", *cells)


if __name__ == "__main__":
    main()
