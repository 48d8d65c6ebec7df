"""Shards are whole, small, and say where they come from."""

from __future__ import annotations

import json

import numpy as np
import pytest

from partita.core import InputError, UsageError
from partita.training.bank import build as building
from partita.training.bank import shards
from partita.training.bank.build import Task, build, plan
from partita.training.bank.sound import RATE
from partita.training.bank.sources import SOURCES, Source


def stored(bank, id="band/00000", samples=None, **changed):
    if samples is None:
        samples = np.random.default_rng(0).uniform(-0.5, 0.5, (3, 2, RATE)).astype(np.float32)
    facts = {
        "kind": "band",
        "stems": ("drums", "bass", "other"),
        "split": "train",
        "sources": ("procedural",),
        "seed": 0,
    }
    return samples, shards.write_item(bank, id, samples, **{**facts, **changed})


def test_a_shard_is_the_samples_to_half_a_step(tmp_path):
    samples, item = stored(tmp_path)
    error = np.abs(shards.read_stems(tmp_path, item) - samples).max()
    assert error <= 0.51 * item.scale  # half a step, and float32's rounding


def test_a_shard_uses_all_of_int16_and_needs_no_pickle(tmp_path):
    _, item = stored(tmp_path)
    codes = np.load(tmp_path / item.file, allow_pickle=False)
    assert codes.dtype == np.int16
    assert codes.shape == (3, 2, RATE)
    assert np.abs(codes.astype(int)).max() == 32767


def test_silence_can_be_stored(tmp_path):
    _, item = stored(tmp_path, samples=np.zeros((3, 2, 100), np.float32))
    assert not shards.read_stems(tmp_path, item).any()


@pytest.mark.parametrize("shape", [(2, 2, 10), (3, 1, 10), (3, 10)])
def test_stems_and_samples_must_fit(tmp_path, shape):
    with pytest.raises(InputError, match="expected"):
        stored(tmp_path, samples=np.zeros(shape, np.float32))


def test_nan_is_refused_and_nothing_is_left(tmp_path):
    with pytest.raises(InputError, match="finite"):
        stored(tmp_path, samples=np.full((3, 2, 10), np.nan, np.float32))
    assert not list(tmp_path.rglob("*"))


def test_a_forbidden_source_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "pirated", Source("pirated", "GPL-3.0", "nowhere", "nothing"))
    with pytest.raises(UsageError, match="pirated"):
        stored(tmp_path, sources=("procedural", "pirated"))
    assert not list(tmp_path.rglob("*"))


def test_a_crash_leaves_no_half_shard(tmp_path, monkeypatch):
    def broken(file, codes, **options):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(np, "save", broken)
    with pytest.raises(OSError, match="disk full"):
        stored(tmp_path)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_an_array_without_its_facts_is_not_an_item(tmp_path):
    _, item = stored(tmp_path)
    (tmp_path / "band" / "00001.npy").write_bytes((tmp_path / item.file).read_bytes())
    assert [found.id for found in shards.items(tmp_path)] == ["band/00000"]
    assert not shards.exists(tmp_path, "band/00001")


def test_the_index_lists_items_and_their_sources(tmp_path):
    _, item = stored(tmp_path)
    shards.write_index(tmp_path)
    index = json.loads((tmp_path / "bank.json").read_text())
    assert (index["format"], index["rate"]) == (1, 44100)
    (entry,) = index["items"]
    assert entry["file"] == "band/00000.npy"
    assert entry["stems"] == ["drums", "bass", "other"]
    assert entry["scale"] == item.scale
    assert entry["seconds"] == 1.0
    (source,) = index["sources"]
    assert set(source) == {"name", "licence", "where", "sha256", "used_for"}
    assert source["name"] == "procedural"


@pytest.fixture
def quick(monkeypatch):
    """Items of synthesised instruments, short, and no other source."""

    def made(rng, *, held):
        from partita.training.bank.band import band

        _, samples = band(rng, font=None, style="breaks", target_s=3.0, held=held)
        return samples, ("procedural",), "breaks"

    monkeypatch.setattr(building, "_band", made)
    monkeypatch.setattr("partita.training.bank.drums.SAMPLES", {})
    monkeypatch.setattr(building, "unavailable", lambda t: "" if t.maker == "band" else "not here")
    monkeypatch.setattr(building, "VALID_BANDS", 1)


def contents(bank):
    return {
        path.relative_to(bank).as_posix(): path.read_bytes()
        for path in sorted(bank.rglob("*"))
        if path.is_file()
    }


def silent(line):
    pass


def test_the_same_seed_gives_the_same_bank_byte_for_byte(tmp_path, quick):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        build(tmp_path / name, hours=0.01, seed=seed, report=silent)
    a, b, c = (contents(tmp_path / name) for name in "abc")
    assert a == b
    assert a["band/00000.npy"] != c["band/00000.npy"]


def test_a_build_goes_on_where_it_stopped(tmp_path, quick):
    bank = tmp_path / "bank"
    build(bank, hours=0.02, report=silent)
    whole = contents(bank)
    (bank / "band" / "00001.json").unlink()
    kept = (bank / "band" / "00000.npy").stat().st_mtime_ns
    made = []
    build(bank, hours=0.02, report=made.append)
    assert contents(bank) == whole
    assert (bank / "band" / "00000.npy").stat().st_mtime_ns == kept
    assert next(line for line in made if line.startswith("band/")).startswith("band/00001")
    assert len([line for line in made if line.startswith("band/")]) == 1


def test_what_is_not_installed_is_said(tmp_path, quick):
    said = []
    build(tmp_path / "bank", hours=0.02, report=said.append)
    assert any("song" in line and "not here" in line for line in said)


@pytest.mark.parametrize(("hours", "jobs"), [(0, 1), (-1, 1), (1, 0)])
def test_a_senseless_build_is_refused(tmp_path, hours, jobs):
    with pytest.raises(UsageError, match="needs hours"):
        build(tmp_path / "bank", hours=hours, jobs=jobs)


def test_a_longer_plan_begins_with_the_shorter_one():
    short, long = list(plan(0.5)), list(plan(3.0))
    assert set(short) < set(long)
    assert len({task.id for task in long}) == len(long)


def test_rubidium_is_for_validation_only():
    splits = {task.name: task.split for task in plan(0.1) if task.maker == "song"}
    assert splits.pop("rubidium") == "valid"
    assert set(splits) == {"hydrogen", "lithium", "sodium", "potassium"}
    assert set(splits.values()) == {"train"}


def test_bands_and_singing_stay_in_proportion():
    tasks = [task for task in plan(2.0) if task.split == "train"]
    half = tasks[: len(tasks) // 2]
    bands = sum(task.maker == "band" for task in half)
    voices = sum(task.maker == "singing" for task in half)
    assert voices / bands == pytest.approx(0.4 * 42 / 34, abs=0.1)


def test_task_ids_name_their_kind():
    assert all(task.id.startswith(f"{task.maker}/") for task in plan(0.2))
    assert isinstance(next(plan(0.2)), Task)
