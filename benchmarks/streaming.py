"""A long file through `partita separate`: speed, and memory that does not grow with length.

    python benchmarks/streaming.py [--engine classic] [--minutes 10 60] [--format wav]

Makes stereo 44.1 kHz 16-bit flac files out of the demo song, separates each in its own process,
and prints times real time, CPU-seconds and peak memory.
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

from partita.datasets import demo_track
from partita.io import AudioWriter


def make_long_file(path: Path, minutes: float) -> None:
    """The demo song over and over, each time a little quieter or louder."""
    mix = demo_track().mix()
    left = round(minutes * 60 * mix.rate)
    rng = np.random.default_rng(0)
    with AudioWriter(path, rate=mix.rate, channels=2, encoding="int16") as writer:
        while left:
            part = mix.samples[:, :left] * rng.uniform(0.5, 1.0)
            writer.write(part)
            left -= part.shape[1]


def measure(engine: str, form: str, source: Path, folder: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU-seconds and peak memory (MB) of the command."""
    command = [sys.executable, "-m", "partita", "separate", str(source), "-q"]
    began = time.monotonic()
    with subprocess.Popen([*command, "-n", engine, "-o", folder, f"--{form}"]) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    cpu = usage.ru_utime + usage.ru_stime
    return time.monotonic() - began, cpu, usage.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="classic")
    parser.add_argument("--minutes", type=float, nargs="+", default=[10, 60])
    parser.add_argument("--format", default="wav", help="wav, flac, mp3 … as partita separate has")
    options = parser.parse_args()
    out = f"{options.format} out, {os.cpu_count()} cores"
    print(f"{options.engine}, stereo 44.1 kHz 16-bit flac in, {out}")
    print(f"{'minutes':>8} {'wall s':>8} {'x real time':>12} {'CPU s':>8} {'peak MB':>8}")
    for minutes in options.minutes:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "long.flac"
            make_long_file(source, minutes)
            where = Path(folder) / "out"
            wall, cpu, peak = measure(options.engine, options.format, source, where)
        print(f"{minutes:8g} {wall:8.1f} {60 * minutes / wall:12.1f} {cpu:8.1f} {peak:8.0f}")


if __name__ == "__main__":
    main()
