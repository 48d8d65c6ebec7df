"""Sturdiness in figures: random kills, overhead over the bare engine, mutated inputs.

    python benchmarks/sturdy.py [--kills 50] [--files 1000] [--mutants 10000]

- kills: one command, killed (SIGKILL) again and again at random moments, then run to its end:
  the results are compared, byte for byte, with those of an undisturbed run.
- files: ten-second files in one batch, beside the bare engine on the same samples in memory.
- mutants: damaged files of every format in one batch; a traceback, more than 10 s on one file or
  more than 1 GB of memory is a failure.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from partita.core import Audio, Hints
from partita.engines import create
from partita.io import FORMATS, load, save
from partita.jobs import Outcome, Request, run_batch

RATE = 44_100


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def kills(count: int, folder: Path) -> None:
    rng = np.random.default_rng(0)
    for name in ("a.wav", "b.wav"):
        noise = rng.uniform(-0.5, 0.5, (2, 16_000)).astype(np.float32)
        save(folder / name, Audio(np.tile(noise, 900), 16_000), encoding="int16")
    command = [sys.executable, "-m", "partita", "separate", "a.wav", "b.wav", "-q", "-nhpss"]
    began = time.monotonic()
    subprocess.run([*command, "-o", "undisturbed"], cwd=folder, check=True)
    whole_s = time.monotonic() - began
    killed = ended = 0
    while killed < count:
        process = subprocess.Popen([*command, "-o", "killed"], cwd=folder)
        try:
            process.wait(random.uniform(0.2, 4 * whole_s / count + 1.5))
            ended += 1
            if ended > count:
                break
            for path in (folder / "killed").rglob("partita.json"):
                path.unlink()  # begin again
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            killed += 1
    subprocess.run([*command, "-o", "killed"], cwd=folder, check=True)
    same = contents(folder / "killed") == contents(folder / "undisturbed")
    print(
        f"{killed} kills, {ended} runs that ended first: results identical, no other file: {same}"
    )


def overhead(count: int, folder: Path) -> None:
    rng = np.random.default_rng(0)
    paths = [folder / f"{number}.wav" for number in range(count)]
    for path in paths:
        save(path, Audio(rng.uniform(-0.5, 0.5, (2, 10 * RATE)), RATE), encoding="int16")
    engine = create("classic")
    began = time.process_time()
    with engine.open() as session:
        for path in paths:
            session.separate(load(path), Hints(), state=None, stems=engine.stems[:-1])
    bare_s = time.process_time() - began
    began, wall = time.process_time(), time.monotonic()
    outcomes = run_batch(paths, Request(engine, folder / "out"))
    batch_s, wall = time.process_time() - began, time.monotonic() - wall
    done = sum(outcome.ok for outcome in outcomes)
    share = 100 * (batch_s / bare_s - 1)
    print(
        f"{done}/{count} files of 10 s: {batch_s:.1f} CPU-s ({wall:.1f} s), bare engine "
        f"{bare_s:.1f} CPU-s: {share:+.1f} %"
    )


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes with some of them changed, cut out, doubled or cut off."""
    kind, at = rng.integers(4), int(rng.integers(len(data)))
    if kind == 0:
        changed = bytearray(data)
        for place in rng.integers(0, min(len(data), 4096), rng.integers(1, 20)):
            changed[place] = rng.integers(256)
        return bytes(changed)
    length = int(rng.integers(1, 1000))
    if kind == 1:
        return data[:at]
    return data[:at] + (data[at + length :] if kind == 2 else data[at : at + length] + data[at:])


def mutants(count: int, folder: Path) -> None:
    rng = np.random.default_rng(0)
    good = {}
    for name in FORMATS:
        save(folder / f"good.{name}", Audio(rng.uniform(-0.5, 0.5, (2, 8000)), 16_000))
        good[name] = (folder / f"good.{name}").read_bytes()
    paths = []
    for number in range(count):
        name = list(good)[number % len(good)]
        paths.append(folder / f"{number}.{name}")
        paths[-1].write_bytes(mutate(good[name], rng))
    slowest, last, defects = 0.0, time.monotonic(), 0

    def finished(outcome: Outcome) -> None:
        nonlocal slowest, last, defects
        now = time.monotonic()
        slowest, last = max(slowest, now - last), now
        if " failed: " in outcome.error:
            defects += 1
            print(outcome.error)

    outcomes = run_batch(paths, Request(create("hpss"), folder / "out"), finished=finished)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    done = sum(outcome.ok for outcome in outcomes)
    print(
        f"{count} mutants: {done} separated, {count - done} refused, {defects} defects, slowest "
        f"{slowest:.2f} s, {peak_mb:.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--mutants", type=int, default=10_000)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for job, count in (
        (mutants, options.mutants),
        (overhead, options.files),
        (kills, options.kills),
    ):
        if count:
            with tempfile.TemporaryDirectory() as folder:
                job(count, Path(folder))


if __name__ == "__main__":
    main()
