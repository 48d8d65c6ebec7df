"""NMF beside scikit-learn's: CPU time and memory from one start, and the bound of the products.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/nmf.py [--iterations 100] [--repeats 3]
    [--markdown docs/benchmarks/nmf.md]

The spectrogram is 1025 × 1292 (30 s at 44.1 kHz, 2048/1024), as an STFT gives it: in memory the
frequencies of a frame lie side by side. scikit-learn is also shown with a copy in C order, which
suits it better. The bound is the time of the four matrix products of an iteration and nothing else.
At the end, what the source/filter engine takes for 30 s (its three passes and the melody).
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.decomposition import non_negative_factorization

import partita
from partita.core import Audio
from partita.datasets import demo_track
from partita.factor import nmf
from partita.signal import stft

FREQ, FRAMES, RANK = 1025, 1292, 50
TOLERANCE = 0.01
PARTITA, SCIKIT = "partita", "scikit-learn"

EXPLANATION = """\
# The speed of a factorization

`OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/nmf.py` made this table: CPU-seconds and
peak memory of `partita.factor.nmf` and of scikit-learn's `non_negative_factorization` (solver
"mu"), from one start, for a spectrogram of 1025 x 1292 (30 s), 50 components and 100 iterations for
KL (20 for Itakura-Saito); the least of a few runs. *C order* gives scikit-learn a copy of the
spectrogram that suits it better than an STFT's. *x products* is the time in units of the four
matrix products of an iteration and nothing else, which no multiplicative update can do without.
Memory is what is allocated besides the spectrogram.

"""


def spectrogram() -> np.ndarray:
    """The demo song's, repeated to 30 s and slightly changed each time, so that ranks are real."""
    mix = demo_track().mix()
    x = np.resize(np.mean(mix.samples, axis=0), (FRAMES - 1) * 1024)
    x += 1e-4 * np.random.default_rng(0).standard_normal(len(x)).astype(np.float32)
    return np.abs(stft(x, n_fft=2048, hop=1024))


def products(V: np.ndarray, W: np.ndarray, H: np.ndarray, iterations: int) -> None:
    model = np.ascontiguousarray(V)
    for _ in range(iterations):
        np.matmul(W, H, out=model)
        W.T @ model
        np.matmul(W, H, out=model)
        model @ H.T


def scikit_learns(V: np.ndarray, W: np.ndarray, H: np.ndarray, beta: float, iterations: int) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "maximum number of iterations reached"
        return non_negative_factorization(
            V,
            W=W.copy(),
            H=H.copy(),
            n_components=len(H),
            init="custom",
            solver="mu",
            beta_loss=beta,
            max_iter=iterations,
            tol=0,
        )


def divergence(V: np.ndarray, W: np.ndarray, H: np.ndarray, beta: float) -> float:
    V, model = V.astype(np.float64), W.astype(np.float64) @ H
    V = np.maximum(V, 1e-10 * V.mean()) if beta == 0 else V
    ratio = V / model
    if beta == 0:
        return float(np.sum(ratio - np.log(ratio) - 1))
    return float(np.sum(V * np.log(np.maximum(ratio, 1e-300)) - V + model))


def measured(function: Callable[[], Any], repeats: int) -> tuple[float, float, Any]:
    """(least CPU seconds, peak megabytes, result)."""
    seconds, result = np.inf, None
    for _ in range(repeats):
        began = time.process_time()
        result = function()
        seconds = min(seconds, time.process_time() - began)
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return seconds, peak, result


@dataclass(frozen=True)
class Row:
    beta: float
    dtype: str
    method: str
    cpu_s: float
    products_s: float
    peak_mb: float
    cost: float


def compare(V: np.ndarray, beta: float, iterations: int, repeats: int) -> list[Row]:
    """The rows of one divergence and float type."""
    rng = np.random.default_rng(0)
    scale = np.sqrt(V.mean() / RANK)
    W = (scale * rng.uniform(0.5, 1.5, (FREQ, RANK))).astype(V.dtype)
    H = (scale * rng.uniform(0.5, 1.5, (RANK, FRAMES))).astype(V.dtype)
    in_c_order = np.ascontiguousarray(V)
    bound, _, _ = measured(lambda: products(V, W, H, iterations), repeats)
    methods = {
        PARTITA: lambda: nmf(V, RANK, beta=beta, iterations=iterations, W=W, H=H),
        SCIKIT: lambda: scikit_learns(V, W, H, beta, iterations),
        f"{SCIKIT}, C order": lambda: scikit_learns(in_c_order, W, H, beta, iterations),
    }
    rows = []
    for name, function in methods.items():
        seconds, peak, found = measured(function, repeats)
        cost = divergence(V, found[0], found[1], beta)
        rows.append(Row(beta, str(V.dtype), name, seconds, bound, peak, cost))
    return rows


def agree(rows: list[Row]) -> bool:
    costs = {row.method: row.cost for row in rows}
    return abs(costs[PARTITA] / costs[SCIKIT] - 1) < TOLERANCE


def table(rows: list[Row]) -> str:
    heads = "β | type | method | CPU-s | x products | partita's share of it | MB | cost"
    lines = [heads, "---: | --- | --- | ---: | ---: | ---: | ---: | ---:"]
    own = {(row.beta, row.dtype): row.cpu_s for row in rows if row.method == PARTITA}
    for row in rows:
        share = own[row.beta, row.dtype] / row.cpu_s
        figures = f"{row.cpu_s:.2f} | {row.cpu_s / row.products_s:.2f} | {share:.2f}"
        name = f"{row.beta} | {row.dtype} | {row.method}"
        lines.append(f"{name} | {figures} | {row.peak_mb:.0f} | {row.cost:.5g}")
    return "".join(f"| {line} |\n" for line in lines)


def across_types(rows: list[Row]) -> str:
    """What float32, which is enough here, is worth against scikit-learn's usual float64."""
    cpu_s = {(row.dtype, row.method): row.cpu_s for row in rows if row.beta == 1}
    own = cpu_s["float32", PARTITA]
    usual, c_order = (cpu_s["float64", name] for name in (SCIKIT, f"{SCIKIT}, C order"))
    return (
        f"Partita in float32 takes {own / usual:.2f} of scikit-learn in float64 "
        f"({own / c_order:.2f} in C order), at the same cost.\n"
    )


def three_passes(seconds: float = 30.0) -> str:
    """What the source/filter model of the lead takes for a mono recording."""
    mix = demo_track().mix()
    x = np.resize(np.mean(mix.samples, axis=0), round(seconds * mix.rate))
    audio = Audio(x[None], mix.rate)
    took, peak, _ = measured(lambda: partita.separate(audio, engine="source_filter"), 1)
    return (
        f"The engine `source_filter` (a melody and three passes of 30 iterations) takes {took:.1f} "
        f"CPU-s and {peak:.0f} MB for {seconds:.0f} s in mono.\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    given = parser.parse_args()
    magnitude = spectrogram().astype(np.float32)
    double = magnitude.astype(np.float64)
    compared = [
        compare(magnitude, 1, given.iterations, given.repeats),
        compare(double, 1, given.iterations, given.repeats),
        compare(double**2, 0, given.iterations // 5, given.repeats),
    ]
    rows = [row for part in compared for row in part]
    text = f"{table(rows)}\n{across_types(rows)}\n{three_passes()}"
    print(text)
    if given.markdown is not None:
        given.markdown.parent.mkdir(parents=True, exist_ok=True)
        given.markdown.write_text(EXPLANATION + text, encoding="utf-8")
    if not all(agree(part) for part in compared):
        raise SystemExit(f"the costs differ by more than {TOLERANCE:.0%}")


if __name__ == "__main__":
    main()
