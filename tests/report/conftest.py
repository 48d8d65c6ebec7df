"""A small evaluation that reports are made from: two songs with sound, and one without."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from partita.core import Audio, Scores, Stems
from partita.datasets import demo_track
from partita.evaluate import Scored, score_stems
from partita.evaluate.evidence import gather
from partita.report import Result, Settings, build_report, result_of
from partita.signal.resample import resample

RATE = 8000
HOSTILE = "<script>alert('x')</script> & \"co\" </script>{{ 7 * 7 }}"
"""A name that breaks out of whatever does not escape it."""


def beside(name: str) -> ModuleType:
    """A module in this folder; tests are no package."""
    spec = importlib.util.spec_from_file_location(
        f"report_{name}", Path(__file__).with_name(f"{name}.py")
    )
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def demo_stems(seconds: int) -> Stems:
    """Vocals, drums and the rest of the demo song from its eighth second on."""
    stems = demo_track().stems()
    cut = stems.samples[:, :, 8 * stems.rate : (8 + seconds) * stems.rate].mean(axis=1)
    low = resample(np.stack([cut[0], cut[1], cut[2:].sum(axis=0)]), stems.rate, RATE)
    return Stems(("vocals", "drums", "other"), low[:, np.newaxis], RATE)


def scored(name: str, truth: Stems, *, bleed: float) -> Scored:
    """A song whose estimates are 0.8 of the truth and some of the mix; vocals leak and vanish."""
    mix = truth.samples.sum(axis=0)
    guess = 0.8 * truth.samples + bleed * (mix - truth.samples)
    truth_samples = truth.samples.copy()
    truth_samples[0, :, RATE : 2 * RATE] = 0
    guess[0, :, 3 * RATE : 4 * RATE] = 0
    truth = Stems(truth.names, truth_samples, RATE)
    recording = Audio(truth.samples.sum(axis=0), RATE)
    estimates = {
        "estimate": Stems(truth.names, guess, RATE),
        "mixture": Stems(truth.names, np.stack([recording.samples] * len(truth)), RATE),
    }
    systems = {
        system: score_stems(truth, stems, track=name, mix=recording)
        for system, stems in estimates.items()
    }
    evidence = gather(truth, estimates["estimate"], recording, track=name)
    return Scored(name, systems, ("gain of drums: <b>bold</b>",), evidence=evidence)


def long_scores() -> Scores:
    """Two minutes of a stem, of which no sound was kept."""
    columns = {
        "sdr": 5 * np.sin(np.arange(120) / 10),
        "target_dbfs": np.full(120, -20.0),
        "estimate_dbfs": np.full(120, -21.0),
    }
    return Scores.from_rows(
        ("long song", "vocals", metric, n, float(n), 1.0, value)
        for metric, values in columns.items()
        for n, value in enumerate(values.tolist())
    )


@pytest.fixture(scope="session")
def reading() -> ModuleType:
    return beside("reading")


@pytest.fixture(scope="session")
def chromium() -> ModuleType:
    module = beside("chromium")
    if not module.find_chromium():
        pytest.skip("there is no Chromium here")
    return module


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE


@pytest.fixture(scope="session")
def result() -> Result:
    songs = [scored("demo song", demo_stems(6), bleed=0.2)]
    songs.append(scored(HOSTILE, demo_stems(5), bleed=0.4))
    songs.append(Scored("long song", {"estimate": long_scores()}))
    return result_of("mine <i>", songs)


@pytest.fixture(scope="session")
def page(result) -> str:
    return build_report([result], Settings(sound_mb=2.0))


@pytest.fixture(scope="session")
def page_file(page, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page, encoding="utf-8")
    return path
