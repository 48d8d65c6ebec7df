"""What `--shifts` gains and costs: SDR and CPU time with 1, 2, 4 and 8 passes.

PARTITA_DATA=FOLDER python benchmarks/shifts.py [--engines classic,repet_sim] [--passes 1,2,4,8]

FOLDER holds `musdb-excerpts/SONG/*.flac`: true stems by name. The mean is over excerpts and those
of the engine's stems that are true ones as well.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np

import partita
from partita.core import Audio
from partita.io import load
from partita.metrics.sdr import sdr_global


def songs(folder: Path) -> list[dict[str, Audio]]:
    """True stems of each excerpt; where there are two, what is not vocals is the accompaniment."""
    found = []
    for song in sorted(path for path in (folder / "musdb-excerpts").iterdir() if path.is_dir()):
        found.append({file.stem: load(file) for file in sorted(song.glob("*.flac"))})
    return found


def measure(engine: str, passes: int, truths: list[dict[str, Audio]]) -> tuple[float, float]:
    """Mean SDR in dB, and CPU-seconds for a second of sound."""
    values, cpu_s, audio_s = [], 0.0, 0.0
    for truth in truths:
        rate = next(iter(truth.values())).rate
        mix = Audio(np.sum([audio.samples for audio in truth.values()], axis=0), rate)
        began = time.process_time()
        stems = partita.separate(mix, engine=engine, shifts=passes)
        cpu_s += time.process_time() - began
        audio_s += mix.duration_s
        values += [
            float(sdr_global(truth[name].samples, stems[name].samples))
            for name in stems.names
            if name in truth
        ]
    return float(np.mean(values)), cpu_s / audio_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engines", default="classic,repet_sim,kam")
    parser.add_argument("--passes", default="1,2,4,8")
    given = parser.parse_args()
    folder = os.environ.get("PARTITA_DATA")
    if not folder:
        raise SystemExit("PARTITA_DATA is not set: no real recordings here")
    truths = songs(Path(folder))
    print(f"{len(truths)} excerpts, {os.cpu_count()} cores\n")
    print("| engine | passes | SDR (dB) | CPU-s a second |\n| --- | ---: | ---: | ---: |")
    for engine in given.engines.split(","):
        for passes in map(int, given.passes.split(",")):
            sdr_db, cost = measure(engine, passes, truths)
            print(f"| {engine} | {passes} | {sdr_db:.3f} | {cost:.3f} |", flush=True)


if __name__ == "__main__":
    main()
