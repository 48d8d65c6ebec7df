"""Only sounds whose licence lets a model ship get into the bank."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from partita.core import InputError, UsageError
from partita.training.bank.sources import ALLOWED, SOURCES, Source, check_licences, fingerprint


def test_every_source_is_allowed():
    check_licences(SOURCES.values())


@pytest.mark.parametrize("licence", ["GPL-3.0", "CC-BY-SA-4.0", "CC-BY-NC-4.0", "", "mit"])
def test_another_licence_is_refused(licence):
    wrong = replace(SOURCES["fluidr3_gm"], licence=licence)
    with pytest.raises(UsageError, match="may not train a model"):
        check_licences([SOURCES["procedural"], wrong])


def test_no_share_alike_or_non_commercial_licence_is_allowed():
    assert not [name for name in ALLOWED if "SA" in name or "NC" in name or "GPL" in name]


def test_every_source_says_how_to_obtain_it():
    assert all(source.where and source.used_for for source in SOURCES.values())


def test_a_folder_of_the_user_counts_only_where_partita_data_is_set(tmp_path, monkeypatch):
    source = Source("x", "MIT", "a shop", "tests", ("songs",))
    monkeypatch.delenv("PARTITA_DATA", raising=False)
    assert source.path() is None
    with pytest.raises(InputError, match="a shop"):
        source.require()
    (tmp_path / "songs").mkdir()
    monkeypatch.setenv("PARTITA_DATA", str(tmp_path))
    assert source.require() == tmp_path / "songs"


def test_fingerprint_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert fingerprint(tmp_path / "a") == hashlib.sha256(b"abc").hexdigest()


def test_fingerprint_of_a_folder_depends_on_names_and_contents(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    first = fingerprint(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = fingerprint(tmp_path)
    (tmp_path / "b").write_bytes(b"abd")
    assert len({first, second, fingerprint(tmp_path)}) == 3
