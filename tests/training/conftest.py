"""A bank of tones and noise, small enough to train on in a test, and a run to match."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from partita.training.config import Config

RATE = 16000
BAND = ["drums", "bass", "other"]
TABLE = {
    "network": {"options": {"channels": 8, "levels": 1, "hidden": 8, "squeeze": 4}},
    "spectrum": {"rate": RATE, "n_fft": 512, "hop": 256},
    "data": {"chunk_s": 1.0, "batch": 2},
    "loss": {"n_fft": [256]},
    "schedule": {"steps": 6, "warmup_steps": 2, "ema": 0.9},
    "run": {"device": "cpu", "threads": 1, "log_steps": 2, "validate_items": 1, "validate_s": 2},
}
"""What differs from the defaults, table by table."""
PLAIN = {
    "vocals_spread_db": 0,
    "gain_db": 0,
    "pan": 0,
    "second_voice": 0,
    "no_vocals": 0,
    "no_drums": 0,
    "no_bass": 0,
    "equaliser": 0,
    "vocal_reverb": 0,
    "drum_reverb": 0,
    "other_reverb": 0,
    "low_pass": 0,
    "compressed": 0,
    "mono": 0,
}
"""An `augment` table that changes as little as it can."""


def config(**tables) -> Config:
    """The tiny configuration, its tables updated."""
    names = TABLE.keys() | tables.keys()
    return Config.model_validate({n: TABLE.get(n, {}) | tables.get(n, {}) for n in names})


def stem(name: str, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """(2, time): each stem in a range of its own, so that masks can tell them apart."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = rng.uniform(0, 2 * np.pi, (2, 1))
    if name == "vocals":
        return 0.2 * np.sin(2 * np.pi * 1000 * t + 8 * np.sin(2 * np.pi * 5 * t) + phase)
    if name == "drums":
        clicks = rng.standard_normal((2, len(t))) * np.exp(-40 * (t % 0.25))
        return 0.2 * np.diff(np.diff(np.diff(clicks, prepend=0), prepend=0), prepend=0)
    if name == "other":
        return 0.2 * np.sin(2 * np.pi * 2500 * t + phase)
    low = 0.2 * np.sin(2 * np.pi * 70 * t + phase)
    return low if name == "bass" else low + stem("other", seconds, rng)


def write_bank(folder: Path, *, seconds: float = 3.0) -> Path:
    """Two bands, two voices and a song to train on, one of each to validate on."""
    rng = np.random.default_rng(0)
    song = ["vocals", "drums", "bass+other"]
    items = []
    for kind, stems, splits in (
        ("band", BAND, ("train", "train", "valid")),
        ("singing", ["vocals"], ("train", "train", "valid")),
        ("song", song, ("train", "valid")),
    ):
        for n, split in enumerate(splits):
            items.append(write_item(folder, f"{kind}/{n}", kind, stems, split, seconds, rng))
    write_index(folder, items)
    return folder


def write_item(
    folder: Path,
    name: str,
    kind: str,
    stems: list[str],
    split: str,
    seconds: float,
    rng: np.random.Generator,
) -> dict:
    """Write one item's samples; its entry for the index."""
    samples = np.stack([stem(s, seconds, rng) for s in stems])
    scale = float(np.max(np.abs(samples))) / 32767
    path = folder / f"{name}.npy"
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.round(samples / scale).astype(np.int16))
    return {
        "id": name,
        "file": f"{name}.npy",
        "kind": kind,
        "stems": stems,
        "scale": scale,
        "split": split,
        "seconds": seconds,
        "sources": ["made_up"],
    }


def write_index(folder: Path, items: list[dict]) -> None:
    sources = [{"name": "made_up", "licence": "CC0-1.0", "used_for": "tests"}]
    index = {"format": 1, "rate": RATE, "items": items, "sources": sources}
    (folder / "bank.json").write_text(json.dumps(index), encoding="utf-8")


@pytest.fixture(scope="session")
def make_config():
    """Function of tables -> the tiny configuration with those tables updated."""
    return config


@pytest.fixture(scope="session")
def plain() -> dict:
    """An `augment` table that changes as little as it can."""
    return PLAIN


@pytest.fixture(scope="session")
def bank_folder(tmp_path_factory) -> Path:
    """The tiny bank; not to be changed."""
    return write_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture
def make_bank(tmp_path):
    """Function of (kind, stems, seconds) triples -> a bank folder with those training items."""

    def make(*wanted: tuple[str, list[str], float]) -> Path:
        rng = np.random.default_rng(1)
        items = [
            write_item(tmp_path / "made", f"{kind}{n}", kind, stems, "train", seconds, rng)
            for n, (kind, stems, seconds) in enumerate(wanted)
        ]
        write_index(tmp_path / "made", items)
        return tmp_path / "made"

    return make
