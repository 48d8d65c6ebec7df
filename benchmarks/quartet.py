"""The board of `quartet`: SDR of every stem beside the mixture, `classic` and the oracle.

PARTITA_DATA=FOLDER python benchmarks/quartet.py [--weights FILE.onnx] [--bank BANK]
                                                 [--markdown docs/benchmarks/quartet.md]

Three groups. *Validation*: rubidium and the demo song, on which weights and settings are chosen.
*Synthetic*: the items of the bank that are never trained on (with --bank). *Reported only*:
musdb-excerpts, on which nothing is ever chosen.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from classic import data_folder, grouped

from partita.core import Audio, Hints, References, Separator, Stems
from partita.datasets import demo_track
from partita.engines import create
from partita.engines.quartet import Quartet
from partita.io import load
from partita.jobs import separate
from partita.metrics.sdr import sdr_global

VOCAL_SHARE_DB = -4.0
"""Level of a held-out voice against the held-out band it is laid over."""
SILENT_DB = -50.0

EXPLANATION = """\
# quartet on its board

`python benchmarks/quartet.py` made this table: SDR in dB, 10·log10(Σs² / Σ(s − ŝ)²), over both
channels and the whole recording. *validation* is what weights were chosen on; *synthetic* holds
bands and voices that were never trained on; *reported only* is MUSDB18, on which nothing was ever
chosen. *best-scaled* is the mixture turned down by the gain that suits the stem best, *oracle* the
ideal ratio mask. *network* is `quartet` without rules and filter. A stem that a recording does not
tell apart is compared as the sum it is in.

"""

Case = tuple[str, str, Stems]


def cases(folder: Path, bank: Path | None) -> Iterator[Case]:
    """Group, name and true stems of every recording of the board."""
    song = sorted((folder / "everything-is-free" / "rubidium").glob("*.opus"))
    parts = grouped({file.stem: load(file) for file in song})
    yield "validation", "rubidium", _renamed(parts, {"other": "bass+other"})
    yield "validation", "demo song", demo_track().stems()
    if bank is not None:
        yield from (("synthetic", *case) for case in _synthetic(bank))
    for path in sorted(p for p in (folder / "musdb-excerpts").iterdir() if p.is_dir()):
        stems = grouped({file.stem: load(file) for file in sorted(path.glob("*.flac"))})
        yield "reported only", path.name, stems


def _renamed(stems: Stems, names: dict[str, str]) -> Stems:
    return Stems(tuple(names.get(n, n) for n in stems.names), stems.samples, stems.rate)


def _synthetic(bank: Path) -> Iterator[tuple[str, Stems]]:
    """Each held-out band with a held-out voice over it."""
    index = json.loads((bank / "bank.json").read_text())
    valid = [item for item in index["items"] if item["split"] == "valid"]
    bands = [item for item in valid if item["kind"] == "band"]
    voices = [item for item in valid if item["kind"] == "singing"]
    for number, band in enumerate(bands):
        parts = dict(zip(band["stems"], _samples(bank, band), strict=True))
        if voices:
            voice = _samples(bank, voices[number % len(voices)])[0]
            length = next(iter(parts.values())).shape[1]
            voice = repeated(voice, length)
            rest = np.sum(list(parts.values()), axis=0)
            scale = np.sqrt(np.mean(rest**2) / np.mean(voice**2)) * 10 ** (VOCAL_SHARE_DB / 20)
            parts["vocals"] = voice * scale
        yield band["id"], Stems(tuple(parts), np.stack(list(parts.values())), index["rate"])


def repeated(sound: np.ndarray, length: int) -> np.ndarray:
    """The sound (channels, time) again and again, both channels together: (channels, length)."""
    return np.tile(sound, -(-length // sound.shape[1]))[:, :length]


def _samples(bank: Path, item: dict[str, object]) -> np.ndarray:
    codes = np.load(bank / str(item["file"]), allow_pickle=False)
    return codes.astype(np.float32) * np.float32(item["scale"])


def guess(engine: Separator, mix: Audio, names: tuple[str, ...]) -> dict[str, np.ndarray]:
    """The engine's estimate of each true stem, summed where the true stem is a sum."""
    found = separate(mix, engine=engine)
    sums = {"bass+other": ("bass", "other"), "accompaniment": ("drums", "bass", "other")}
    return {
        name: np.sum([found[part].samples for part in sums.get(name, (name,))], axis=0)
        for name in names
    }


def measure(engines: dict[str, Separator], truth: Stems) -> Iterator[tuple[str, list[float]]]:
    """Stem and its SDR by the mixture, the best-scaled mixture, the engines and the oracle."""
    mix = Audio(truth.samples.sum(axis=0), truth.rate)
    by_engine = [guess(engine, mix, truth.names) for engine in engines.values()]
    oracle = separate(mix, engine="ideal_ratio_mask", hints=Hints(references=References(truth)))
    x = mix.samples
    for name, stem in truth.items():
        s = stem.samples
        if np.sum(s**2) < 10 ** (SILENT_DB / 10) * np.sum(x**2):
            continue
        scaled = x * (np.vdot(s, x) / np.vdot(x, x))
        guesses = [x, scaled, *(found[name] for found in by_engine), oracle[name].samples]
        yield name, [float(sdr_global(s, g)) for g in guesses]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", default="", help="an exported network; default: the embedded")
    parser.add_argument("--bank", type=Path, help="adds its held-out items")
    parser.add_argument("--markdown", type=Path, help="write the table there as well")
    options = parser.parse_args()
    engines = {
        "classic": create("classic"),
        "network": Quartet(weights=options.weights, rules=0.0, refine=False, hedge=0),
        "quartet": Quartet(weights=options.weights),
    }
    heads = ["group", "recording", "stem", "mixture", "best-scaled", *engines, "oracle"]
    lines = [heads, ["---"] * 3 + ["---:"] * (len(heads) - 3)]
    began = time.process_time()
    by_group: dict[tuple[str, str], list[list[float]]] = {}
    for group, name, truth in cases(data_folder(), options.bank):
        for stem, values in measure(engines, truth):
            by_group.setdefault((group, stem), []).append(values)
            lines.append([group, name, stem, *(f"{value:.2f}" for value in values)])
    for (group, stem), rows in by_group.items():
        mean = np.mean(rows, axis=0)
        lines.append([f"{group}, mean", f"of {len(rows)}", stem, *(f"{v:.2f}" for v in mean)])
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    print(text)
    print(f"{time.process_time() - began:.0f} CPU-seconds in all")
    if options.markdown is not None:
        options.markdown.parent.mkdir(parents=True, exist_ok=True)
        options.markdown.write_text(EXPLANATION + text, encoding="utf-8")


if __name__ == "__main__":
    main()
