"""Sturdiness in figures: random kills and interrupts, mutated inputs, overhead, files above 4 GB.

    python benchmarks/sturdy.py [--mutants 10000] [--files 1000] [--kills 50] [--interrupts 20]
                                [--large 1]

Without arguments everything, with those counts. The exit code is 1 if anything failed.

- kills: one command, killed (SIGKILL) again and again at random moments, then run to its end: the
  results are compared, byte for byte, with those of an undisturbed run, and after every kill each
  result that lies in place is.
- interrupts: the same with SIGINT; how long each is answered for.
- mutants: damaged files of 23 kinds (see fuzz_io.py) in batches of 500. A traceback, a defect, more
  than 10 s on one file, more than 1 GB of memory, anything half-written or left over is a failure.
- files: ten-second files in one batch, one of them damaged, beside the bare engine on the same
  samples in memory; CPU time of the whole command, its start included.
- large: RF64 and W64 files above 4 GB read to their end, and an RF64 of that size written.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import fuzz_io
import numpy as np

from partita.core import Audio, Hints
from partita.engines import create
from partita.io import AudioWriter, load, open_audio, save
from partita.jobs.streaming import AudioReader

RATE = 44_100
BATCH = 500
MOST_S, MOST_MB = 10.0, 1000.0
ENGINES = {"quartet": 1, "classic": 1, "repet_sim": 10}
"""Engine -> every how many of the files it is given."""
FAILURES: list[str] = []


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "partita", *map(str, arguments)]


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below the folder."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def check(holds: bool, what: str) -> None:
    if not holds:
        FAILURES.append(what)
        print(f"FAILED: {what}", flush=True)


def album(folder: Path) -> list[str]:
    """A quarter of an hour each: what is a minute's work."""
    rng = np.random.default_rng(0)
    for name in ("a.wav", "b.flac"):
        noise = rng.uniform(-0.5, 0.5, (2, 16_000)).astype(np.float32)
        save(folder / name, Audio(np.tile(noise, 900), 16_000), encoding="int16")
    return command("separate", "a.wav", "b.flac", "-q", "-nhpss")


def disturb(folder: Path, count: int, sent: signal.Signals) -> tuple[str, list[float]]:
    """Stop the command at random moments; where it was stopped, and seconds to each end."""
    work, out = album(folder), folder / "disturbed"
    whole_s = timed([*work, "-o", "undisturbed"], folder)
    start_s = timed([*work, "-o", "undisturbed"], folder)  # all is there: it only starts
    expected = contents(folder / "undisturbed")
    ended, answers, segments = 0, [], []
    while len(answers) < count:
        process = subprocess.Popen([*work, "-o", out], cwd=folder, stderr=subprocess.PIPE)
        try:
            process.wait(random.uniform(0.5 * start_s, start_s + whole_s / 5))
            ended += 1
        except subprocess.TimeoutExpired:
            began = time.monotonic()
            process.send_signal(sent)
            _, errors = process.communicate()
            answers.append(time.monotonic() - began)
            segments.append(sum(f.read_bytes().count(b"crc32") for f in out.rglob("index.jsonl")))
            check(b"Traceback" not in errors, f"a traceback after {sent.name}")
            if sent == signal.SIGINT:  # -2: before Python itself was there, or after it had gone
                check(process.returncode in (130, 0, -2), f"exit code {process.returncode}")
        done = list(out.rglob("partita.json"))
        for path in done:
            wanted = contents(folder / "undisturbed" / path.parent.relative_to(out))
            check(contents(path.parent) == wanted, f"{path} lies beside other stems")
        if len(done) == 2:  # begin again
            for path in done:
                path.unlink()
    subprocess.run([*work, "-o", out], cwd=folder, check=True)
    check(contents(out) == expected, f"results after {sent.name} differ, or files are left over")
    story = f"{ended} runs ended first, {np.count_nonzero(segments)} were stopped with a spool"
    return f"{count} times {sent.name} in a work of {whole_s:.0f} s, {story}", answers


def timed(command: list[str], folder: Path) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=folder, check=True)
    return time.monotonic() - began


def kills(count: int, folder: Path) -> None:
    story, _ = disturb(folder, count, signal.SIGKILL)
    print(f"{story}: results compared byte for byte")


def interrupts(count: int, folder: Path) -> None:
    story, answers = disturb(folder, count, signal.SIGINT)
    print(f"{story}: answered within {max(answers):.2f} s, median {np.median(answers):.2f} s")
    crowd = max(os.getloadavg()[0] / (os.cpu_count() or 1), 1)
    check(max(answers) < crowd, f"an interrupt took more than {crowd:.1f} s on this busy machine")


def mutants(count: int, folder: Path) -> None:
    totals: Counter[str] = Counter()
    slowest = peak_mb = 0.0
    for name, make in fuzz_io.MAKERS.items():
        make(folder / name)
    for first in range(0, count, BATCH):
        statuses, slow_s, held_mb = _mutants(range(first, min(first + BATCH, count)), folder)
        totals += statuses
        slowest, peak_mb = max(slowest, slow_s), max(peak_mb, held_mb)
        print(
            f"{sum(totals.values())} mutants: {dict(totals)}, slowest {slowest:.2f} s, "
            f"{peak_mb:.0f} MB",
            flush=True,
        )


def _mutants(numbers: range, folder: Path) -> tuple[Counter[str], float, float]:
    """One batch as a user runs it: statuses, seconds of the slowest file, most memory."""
    with tempfile.TemporaryDirectory(dir=folder) as here:
        inputs = []
        for number in numbers:
            case = fuzz_io.case(list(fuzz_io.MAKERS), 0, number, folder)
            inputs.append(f"{number}.{case.name.removeprefix('case.')}")
            case.rename(Path(here, inputs[-1]))
        flags = ("-n", "hpss", "--progress", "json", "--report", "report.json")
        began = time.monotonic()
        process = subprocess.Popen(
            command("separate", *inputs, *flags), cwd=here, stderr=subprocess.PIPE, text=True
        )
        last, slowest = began + 2, 0.0  # two seconds to start
        assert process.stderr is not None
        for line in process.stderr:
            now = time.monotonic()
            slowest, last = max(slowest, now - last), max(now, last)
            event = json.loads(line) if line.startswith("{") else None
            check(event is not None, f"on standard error: {line!r}")
            if event and " failed: " in event.get("error", ""):
                check(False, event["error"])
            if event and "error" in event:
                check("\n" not in event["error"], "an error of two lines")
        _, status, usage = os.wait4(process.pid, 0)
        check(os.waitstatus_to_exitcode(status) in (0, 1), f"exit status {status}")
        report = json.loads(Path(here, "report.json").read_text())
        check(report["complete"], "the report is not complete")
        _check_tidy(Path(here, "separated"), report["inputs"])
        held_mb = usage.ru_maxrss / 1024
        check(slowest < MOST_S, f"{slowest:.1f} s on one file")
        check(held_mb < MOST_MB, f"{held_mb:.0f} MB")
        return Counter(row["status"] for row in report["inputs"]), slowest, held_mb


def _check_tidy(results: Path, rows: list[dict[str, object]]) -> None:
    """Every result whole, and nothing else there."""
    done = [row for row in rows if row["status"] == "done"]
    manifests = list(results.rglob("partita.json"))
    check(len(manifests) == len(done), f"{len(manifests)} manifests of {len(done)} results")
    stems = 0
    for path in manifests:
        told = json.loads(path.read_text())
        for place in told["output"]["stems"].values():
            stems += 1
            stem = results / "hpss" / place
            length = open_audio(stem).declared_length
            check(length == told["input"]["length"], f"{place} has {length} samples")
    there = sum(path.is_file() for path in results.rglob("*"))
    check(there == len(manifests) + stems, f"{there - len(manifests) - stems} files left over")


def files(count: int, folder: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(count):
        noise = Audio(rng.uniform(-0.5, 0.5, (2, 10 * RATE)), RATE)
        save(folder / f"{number:04}.wav", noise, encoding="int16")
    bad = folder / f"{count // 2:04}.wav"
    bad.write_bytes(b"RIFF" + rng.bytes(3000))
    paths = sorted(folder.glob("*.wav"))
    for name, every in ENGINES.items():
        _overhead(name, sorted({*paths[::every], bad}), bad, folder)


def _overhead(name: str, paths: list[Path], bad: Path, folder: Path) -> None:
    bare_s = 0.0
    engine = create(name)
    with engine.open() as session:
        for path in (p for p in paths if p != bad):
            audio = load(path)
            began = time.process_time()
            state = session.prepare(AudioReader(audio), Hints())
            session.separate(audio, Hints(), state=state, stems=engine.stems[:-1])
            bare_s += time.process_time() - began
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    flags = ("-q", "-n", name, "-o", folder / "out", "--report", folder / "report.json")
    process = subprocess.run(
        command("separate", *paths, *flags), capture_output=True, text=True, check=False
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    batch_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    counts = json.loads((folder / "report.json").read_text())["counts"]
    good = len(paths) - 1
    check(counts == {"done": good, "failed": 1}, str(counts))
    check(process.returncode == 1, f"exit code {process.returncode}")
    check(process.stderr.startswith("error: ") and process.stderr.count("\n") == 1, process.stderr)
    print(
        f"{name}, {counts}: {batch_s:.1f} CPU-s, bare engine {bare_s:.1f} CPU-s: "
        f"{100 * (batch_s / bare_s - 1):+.1f} %, {1000 * (batch_s - bare_s) / good:.0f} ms a file",
        flush=True,
    )


def large(count: int, folder: Path) -> None:
    """Files of `count` times 4.4 GB, silent but for their last sample: written, and read."""
    length = count * 1_100_000_000
    path = folder / "large.wav"
    began = time.process_time()
    silence = np.zeros((2, 1 << 20), np.int64)
    with AudioWriter(path, rate=RATE, channels=2, encoding="int16", length=length) as writer:
        for start in range(0, length - 1, 1 << 20):
            writer.write_codes(silence[:, : length - 1 - start])
        writer.write_codes(np.full((2, 1), 1234))
    kinds = {path: "RF64", folder / "large.w64": "W64"}
    _write_w64(folder / "large.w64", length)
    for path, kind in kinds.items():
        file = open_audio(path)
        check(file.codec.startswith(kind), f"{kind} is taken for {file.codec}")
        read = 0
        for block in file.blocks(1 << 20):
            read += block.length
        check(read == length, f"{kind}: {read} of {length} samples")
        check(round(block.samples[0, -1] * 32768) == 1234, f"{kind}: the last sample is lost")
    held_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"RF64 of {path.stat().st_size / 1e9:.1f} GB written, it and W64 read to the last sample: "
        f"{time.process_time() - began:.0f} CPU-s, {held_mb:.0f} MB"
    )


def _write_w64(path: Path, length: int) -> None:
    """A sparse W64 file of 16-bit stereo with the same samples."""
    tail = bytes.fromhex("F3ACD3118CD100C04F8EDB8A")
    riff = b"riff" + bytes.fromhex("2E91CF11A5D628DB04C10000")
    form = struct.pack("<HHIIHH", 1, 2, RATE, 4 * RATE, 4, 16)
    header = b"".join(
        [
            riff + struct.pack("<Q", 4 * length + 104),
            b"wave" + tail,
            b"fmt " + tail + struct.pack("<Q", 24 + len(form)) + form,
            b"data" + tail + struct.pack("<Q", 24 + 4 * length),
        ]
    )
    with path.open("wb") as file:
        file.write(header)
        file.seek(len(header) + 4 * (length - 1))
        file.write(struct.pack("<hh", 1234, 1234))


JOBS: dict[str, tuple[Callable[[int, Path], None], int]] = {
    "mutants": (mutants, 10_000),
    "files": (files, 1000),
    "kills": (kills, 50),
    "interrupts": (interrupts, 20),
    "large": (large, 1),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, (_, count) in JOBS.items():
        parser.add_argument(f"--{name}", type=int, nargs="?", const=count, default=None)
    given = {n: count for n, count in vars(parser.parse_args()).items() if count is not None}
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}", flush=True)
    for name, count in (given or {n: count for n, (_, count) in JOBS.items()}).items():
        with tempfile.TemporaryDirectory() as folder:
            JOBS[name][0](count, Path(folder))
    sys.exit(bool(FAILURES))


if __name__ == "__main__":
    main()
