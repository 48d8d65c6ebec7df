"""BSS Eval v4: CPU time, memory and largest difference, ours beside museval's.

    python benchmarks/bss_eval.py            # four stereo stems of 30 and 60 s, both programs
    python benchmarks/bss_eval.py --quick    # 10 s only

Every measurement is a process of its own with one thread. CPU seconds are process_time around the
call alone; the memory is the peak resident set of the whole process, its float32 input included.
The last lines score a track of four minutes, ours only. museval is read from where it is installed
(`pip install museval`) without importing its package, which would need ffmpeg.
"""

from __future__ import annotations

import argparse
import importlib.util
import itertools
import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

RATE = 44100
METRICS = ("SDR", "ISR", "SIR", "SAR")


def signals(seconds: int) -> tuple[Any, Any]:
    """Four stereo stems (coloured noise) and estimates with bleed, a filter and noise, float32."""
    rng = np.random.default_rng(0)
    reference = np.empty((4, 2, seconds * RATE), np.float32)
    estimate = np.empty_like(reference)
    for channel in itertools.product(range(4), range(2)):  # one at a time, to measure no copies
        white = 0.05 * rng.standard_normal(seconds * RATE + 1, dtype=np.float32)
        reference[channel] = white[1:] + 0.9 * white[:-1]
    for stem, side in itertools.product(range(4), range(2)):
        s, s_hat = reference[stem, side], estimate[stem, side]
        s_hat[:] = 0.9 * s + 0.05 * reference[:, side].sum(axis=0)
        s_hat[3:] += 0.1 * s[:-3]
        s_hat += 0.002 * rng.standard_normal(len(s), dtype=np.float32)
    return reference, estimate


def museval_metrics() -> Any:
    """The module museval.metrics, without the package around it."""
    package = importlib.util.find_spec("museval")
    if package is None or package.origin is None:
        sys.exit("the peer is missing: pip install museval")
    file = Path(package.origin).with_name("metrics.py")
    spec = importlib.util.spec_from_file_location("museval_metrics", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def measure(which: str, seconds: int) -> dict[str, Any]:
    """One run in this process."""
    reference, estimate = signals(seconds)
    if which == "museval":
        peer = museval_metrics()
        swapped = (x.transpose(0, 2, 1) for x in (reference, estimate))
        start = time.process_time()
        values = np.array(peer.bss_eval(*swapped, window=RATE, hop=RATE)[:4])
    else:
        from partita.metrics.bss_eval import v4

        names = METRICS if which == "ours" else ("SDR",)
        start = time.process_time()
        found = v4(reference, estimate, RATE, metrics=names, compat="museval")
        values = np.array([found[name] for name in names])
    cpu_s = time.process_time() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    return {"cpu_s": cpu_s, "peak_mb": peak_mb, "values": values.tolist()}


def run(which: str, seconds: int) -> dict[str, Any]:
    """One run in a process of its own."""
    threads = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", __file__, "--measure", which, str(seconds)],
        env={**os.environ, **threads},
        stdout=subprocess.PIPE,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 s only, no long track")
    parser.add_argument("--measure", nargs=2, metavar=("WHICH", "SECONDS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.measure[0], int(given.measure[1]))))
        return
    print(f"{'four stereo stems':24} {'CPU s':>8} {'peak MB':>8}  against museval")
    for seconds in (10,) if given.quick else (30, 60):
        peer = run("museval", seconds)
        print(f"{f'museval, {seconds} s':24} {peer['cpu_s']:8.2f} {peer['peak_mb']:8.0f}")
        for which, label in (("ours", "all four"), ("ours-sdr", "SDR alone")):
            result = run(which, seconds)
            gap = np.abs(np.array(result["values"]) - peer["values"][: len(result["values"])])
            print(
                f"{f'ours, {label}, {seconds} s':24} {result['cpu_s']:8.2f} "
                f"{result['peak_mb']:8.0f}  {peer['cpu_s'] / result['cpu_s']:.1f} times cheaper, "
                f"at most {gap.max():.1e} dB apart"
            )
    if not given.quick:
        for which, label in (("ours", "all four"), ("ours-sdr", "SDR alone")):
            long = run(which, 240)
            print(f"{f'ours, {label}, 240 s':24} {long['cpu_s']:8.2f} {long['peak_mb']:8.0f}")


if __name__ == "__main__":
    main()
