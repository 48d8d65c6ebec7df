"""Fifty songs of four stems through `partita evaluate`: minutes, CPU-seconds and memory.

    python benchmarks/evaluate.py [--songs 50] [--minutes 4] [--jobs 2]

Each song is the demo song, repeated; its estimates are the true stems with 10 % of the mix. All
songs are the same files under other names, which changes nothing for the work: nothing is kept.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from partita.core import Stems
from partita.datasets import demo_track
from partita.io import AudioWriter


def write_song(folder: Path, stems: Stems, minutes: float) -> None:
    folder.mkdir(parents=True)
    length = round(60 * minutes * stems.rate)
    for name, audio in stems.items():
        path = folder / f"{name}.flac"
        with AudioWriter(path, rate=stems.rate, channels=2, encoding="int16") as writer:
            left = length
            while left:
                part = audio.samples[:, :left]
                writer.write(part)
                left -= part.shape[1]


def make_folders(root: Path, songs: int, minutes: float) -> None:
    truth = demo_track().stems()
    guess = Stems(truth.names, 0.9 * truth.samples + 0.1 * truth.samples.sum(axis=0), truth.rate)
    for kind, stems in (("reference", truth), ("estimate", guess)):
        write_song(root / kind / "song 1", stems, minutes)
        for n in range(2, songs + 1):
            os.symlink(root / kind / "song 1", root / kind / f"song {n}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--songs", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_folders(Path(folder), options.songs, options.minutes)
        command = [sys.executable, "-m", "partita", "evaluate", "reference", "estimate"]
        command += ["-j", str(options.jobs), "--save", "scores.csv"]
        began = time.monotonic()
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        with subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        ) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            sys.exit(f"partita evaluate ended with {process.returncode}")
        wall = time.monotonic() - began
        rows = np.loadtxt(Path(folder) / "scores.csv", str, delimiter=",", skiprows=1, usecols=0)
    print(f"{options.songs} songs of {options.minutes:g} min, 4 stereo stems: SDR, SI-SDR, states")
    print(f"{wall / 60:.1f} minutes on {options.jobs} processes, {usage.ru_utime:.0f} CPU-s")
    print(f"{len(rows)} rows")


if __name__ == "__main__":
    main()
