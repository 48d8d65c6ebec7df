"""NMF beside scikit-learn's: CPU time and memory from one start, and the bound of the products.

OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/nmf.py [--iterations 100] [--repeats 3]

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


def compare(V: np.ndarray, beta: float, iterations: int, repeats: int) -> bool:
    """Print the rows of one float type; whether the costs agree."""
    rng = np.random.default_rng(0)
    scale = np.sqrt(V.mean() / RANK)
    W = (scale * rng.uniform(0.5, 1.5, (FREQ, RANK))).astype(V.dtype)
    H = (scale * rng.uniform(0.5, 1.5, (RANK, FRAMES))).astype(V.dtype)
    in_c_order = np.ascontiguousarray(V)
    bound, _, _ = measured(lambda: products(V, W, H, iterations), repeats)
    rows = {
        "partita": lambda: nmf(V, RANK, beta=beta, iterations=iterations, W=W, H=H),
        "scikit-learn": lambda: scikit_learns(V, W, H, beta, iterations),
        "scikit-learn, C order": lambda: scikit_learns(in_c_order, W, H, beta, iterations),
    }
    print(f"β = {beta}, {V.dtype}, the matrix products alone {bound:.2f} CPU-s")
    results = {name: measured(function, repeats) for name, function in rows.items()}
    own = results["partita"][0]
    costs = {}
    for name, (seconds, peak, found) in results.items():
        costs[name] = divergence(V, found[0], found[1], beta)
        print(
            f"  {name:22s} {seconds:5.2f} CPU-s = {seconds / bound:4.2f} × the products, "
            f"partita takes {own / seconds:4.2f} of it, {peak:5.0f} MB, cost {costs[name]:.6g}"
        )
    return abs(costs["partita"] / costs["scikit-learn"] - 1) < TOLERANCE


def three_passes(seconds: float = 30.0) -> None:
    """Print what the source/filter model of the lead takes for a mono recording."""
    mix = demo_track().mix()
    x = np.resize(np.mean(mix.samples, axis=0), round(seconds * mix.rate))
    audio = Audio(x[None], mix.rate)
    took, peak, _ = measured(lambda: partita.separate(audio, engine="source_filter"), 1)
    print(f"source/filter, three passes on {seconds:.0f} s: {took:.1f} CPU-s, {peak:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--iterations", type=int, default=100)
    parser.add_argument("--repeats", type=int, default=3)
    given = parser.parse_args()
    magnitude = spectrogram().astype(np.float32)
    agreed = [
        compare(magnitude, 1, given.iterations, given.repeats),
        compare(magnitude.astype(np.float64), 1, given.iterations, 1),
        compare(magnitude.astype(np.float64) ** 2, 0, given.iterations // 5, 1),
    ]
    three_passes()
    if not all(agreed):
        raise SystemExit(f"the costs differ by more than {TOLERANCE:.0%}")


if __name__ == "__main__":
    main()
