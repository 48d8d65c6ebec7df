"""What becomes of `quartet` when the recording is not as it should be.

PARTITA_DATA=FOLDER python benchmarks/quartet_conditions.py [--engine quartet] [--weights FILE.onnx]
                                                           [--markdown FILE.md]

The recordings are musdb-excerpts and half a minute of rubidium. Every condition changes the
mixture; the references are changed only by what a listener would not hold against a separator (the
gain, the channels, the rate). Then two mixtures in which a stem is missing: how loud is what the
engine gives for it?
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import soundfile
from classic import data_folder
from quartet import cases, guess

from partita.core import Audio, Separator, Stems
from partita.engines import create
from partita.metrics.sdr import sdr_global
from partita.metrics.silence import pes_framewise
from partita.signal import resample

EXCERPT_S = (60.0, 90.0)
"""Of rubidium: voice, drums and bass all sound there."""
KBPS = 64
QUIET_DB = -30.0
CLIP_DB = 6.0

EXPLANATION = """\
# quartet in bad conditions

`python benchmarks/quartet_conditions.py` made these tables: SDR in dB over whole excerpts, the mean
over the recordings that have the stem (five clips of MUSDB18, 30 s of rubidium). Below, the
predicted energy at silence: the level, in dBFS, of what is given for a stem that is not there (mean
over all seconds), beside the level of the mixture.

"""

Samples = np.ndarray
Change = Callable[[Samples, int], tuple[Samples, int]]


def mp3(x: Samples, rate: int) -> tuple[Samples, int]:
    """Through MP3 at 64 kb/s and back."""
    held = io.BytesIO()
    options = {"format": "MP3", "bitrate_mode": "CONSTANT"}
    level = (320 - KBPS) / (320 - 32)
    soundfile.write(held, x.T, rate, compression_level=level, **options)
    held.seek(0)
    decoded = soundfile.read(held, dtype="float32", always_2d=True)[0].T
    return np.pad(decoded, ((0, 0), (0, max(x.shape[1] - decoded.shape[1], 0))))[
        :, : x.shape[1]
    ], rate


def clipped(x: Samples, rate: int) -> tuple[Samples, int]:
    """Driven 6 dB beyond full scale, then brought back."""
    gain = 10 ** (CLIP_DB / 20) / np.max(np.abs(x))
    return np.clip(gain * x, -1, 1) / gain, rate


def _as_it_is(x: Samples, rate: int) -> tuple[Samples, int]:
    return x, rate


def _in_mono(x: Samples, rate: int) -> tuple[Samples, int]:
    return x.mean(axis=0, keepdims=True), rate


def _quiet(x: Samples, rate: int) -> tuple[Samples, int]:
    return x * np.float32(10 ** (QUIET_DB / 20)), rate


def _at(wanted: int) -> Change:
    return lambda x, rate: (resample(x, rate, wanted), wanted)


CONDITIONS: dict[str, tuple[Change, Change]] = {
    "as it is": (_as_it_is, _as_it_is),
    "mono": (_in_mono, _in_mono),
    f"mp3, {KBPS} kb/s": (mp3, _as_it_is),
    f"{QUIET_DB:.0f} dB": (_quiet, _quiet),
    f"clipped by {CLIP_DB:.0f} dB": (clipped, _as_it_is),
    "22.05 kHz": (_at(22050), _at(22050)),
    "96 kHz": (_at(96000), _at(96000)),
}
"""Name -> (what is done to the mixture, what to the references)."""


def excerpts(folder: Path) -> Iterator[tuple[str, Stems]]:
    """The recordings of the board, the long one cut."""
    for group, name, truth in cases(folder, None):
        if group == "validation" and name != "rubidium":
            continue
        start, end = (round(s * truth.rate) for s in EXCERPT_S)
        if truth.samples.shape[2] > end:
            truth = Stems(truth.names, truth.samples[:, :, start:end], truth.rate)
        yield name, truth


def scores(engine: Separator, truth: Stems, change: Change, true: Change) -> dict[str, float]:
    """SDR of each stem under a condition."""
    samples, rate = change(truth.samples.sum(axis=0), truth.rate)
    found = guess(engine, Audio(samples.astype(np.float32), rate), truth.names)
    return {
        name: float(sdr_global(true(stem.samples, truth.rate)[0], found[name]))
        for name, stem in truth.items()
    }


def absent(engine: Separator, truth: Stems, name: str) -> tuple[float, float]:
    """Mean level of the mixture without a stem, and of what is given for it, in dBFS."""
    rest = sum(stem.samples for other, stem in truth.items() if other != name)
    found = guess(engine, Audio(np.asarray(rest), truth.rate), (name,))[name]
    silence = np.zeros_like(found)
    levels = (pes_framewise(silence, x, truth.rate) for x in (np.asarray(rest), found))
    mixture, given = (float(np.nanmean(level)) for level in levels)
    return mixture, given


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", default="quartet")
    parser.add_argument("--weights", default="", help="an exported network; default: the embedded")
    parser.add_argument("--markdown", type=Path, help="write the tables there as well")
    options = parser.parse_args()
    weights = {"weights": options.weights} if options.weights else {}
    engine = create(options.engine, **weights)
    recordings = list(excerpts(data_folder()))
    names = ("vocals", "drums", "bass", "other", "bass+other", "accompaniment")
    lines = [["condition", *names], ["---", *["---:"] * len(names)]]
    for condition, (change, true) in CONDITIONS.items():
        rows = [scores(engine, truth, change, true) for _, truth in recordings]
        means = [np.mean([row[name] for row in rows if name in row]) for name in names]
        lines.append([condition, *(f"{mean:.2f}" for mean in means)])
        print(condition, *(f"{mean:.2f}" for mean in means), flush=True)
    lines += [[], ["recording", "missing stem", "mixture without it", "given for it"]]
    lines.append(["---", "---", "---:", "---:"])
    for recording, truth in recordings:
        for name in (n for n in ("vocals", "drums") if n in truth.names):
            mixture, given = absent(engine, truth, name)
            lines.append([recording, name, f"{mixture:.1f}", f"{given:.1f}"])
    text = "".join(f"| {' | '.join(line)} |\n" if line else "\n" for line in lines)
    print(text)
    if options.markdown is not None:
        options.markdown.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
