"""HPSS beside librosa's: the same masks from the same spectrogram, and the CPU time of both.

python benchmarks/hpss.py [--seconds 30]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import librosa
import numpy as np

from partita.datasets import demo_track
from partita.methods import hpss_magnitudes
from partita.signal import istft, ratio_masks, stft

TOLERANCE = 1e-6
"""On masks between 0 and 1 from one spectrogram in float32: the two divide in another order."""
SOUND = 1e-5
"""On sound of full scale ±1: two float32 transforms there and back."""


def our_masks(magnitude: np.ndarray) -> np.ndarray:
    pair = hpss_magnitudes(magnitude, time_frames=31, freq_bins=31)
    return ratio_masks(np.stack(pair), power=2)


def librosas_masks(magnitude: np.ndarray) -> np.ndarray:
    return np.stack(librosa.decompose.hpss(magnitude, kernel_size=31, power=2, mask=True))


def ours(x: np.ndarray) -> np.ndarray:
    """The harmonic part, from sound to sound."""
    spectrum = stft(x, n_fft=2048, hop=512)
    masks = our_masks(np.abs(spectrum))
    return istft(masks[0] * spectrum, length=len(x), n_fft=2048, hop=512)


def librosas(x: np.ndarray) -> np.ndarray:
    spectrum = librosa.stft(x, n_fft=2048, hop_length=512)
    masks = librosas_masks(np.abs(spectrum))
    return librosa.istft(masks[0] * spectrum, hop_length=512, length=len(x))


def cpu_seconds(function: Callable[[Any], Any], x: np.ndarray, repeats: int = 3) -> float:
    """The least CPU time of several calls."""
    best = np.inf
    for _ in range(repeats):
        began = time.process_time()
        function(x)
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=30)
    mix = demo_track().mix()
    count = round(parser.parse_args().seconds * mix.rate) // 512 * 512
    x = np.resize(mix.samples[0], count)
    magnitude = np.abs(stft(x, n_fft=2048, hop=512))
    difference = float(np.max(np.abs(our_masks(magnitude) - librosas_masks(magnitude))))
    sound = float(np.max(np.abs(ours(x) - librosas(x))))
    print(f"{count / mix.rate:.1f} s mono, 2048/512, medians of 31")
    print(f"largest difference of the masks   {difference:.1e}  (tolerance {TOLERANCE:.0e})")
    print(f"largest difference of the sound   {sound:.1e}  (tolerance {SOUND:.0e})")
    own, their = cpu_seconds(ours, x), cpu_seconds(librosas, x)
    print(f"CPU-seconds   partita {own:.3f}   librosa {their:.3f}   ratio {their / own:.1f}")
    if difference > TOLERANCE or sound > SOUND or own >= their:
        raise SystemExit("not equal, or not faster")


if __name__ == "__main__":
    main()
