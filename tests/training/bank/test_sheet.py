"""The contact sheet shows whatever a bank holds."""

from __future__ import annotations

import numpy as np
import pytest

from partita.core import UsageError
from partita.training.bank import shards
from partita.training.bank.__main__ import main
from partita.training.bank.sheet import sheet
from partita.training.bank.sound import RATE


def test_a_sheet_is_drawn(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.delenv("PARTITA_DATA", raising=False)
    samples = np.random.default_rng(0).uniform(-0.1, 0.1, (1, 2, 2 * RATE)).astype(np.float32)
    shards.write_item(
        tmp_path, "singing/00000", samples, kind="singing", stems=("vocals",), split="train",
        sources=("procedural",), seed=0,
    )  # fmt: skip
    sheet(tmp_path, tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").read_bytes().startswith(b"\x89PNG")


def test_an_empty_bank_has_no_sheet(tmp_path):
    with pytest.raises(UsageError, match="build it first"):
        sheet(tmp_path, tmp_path / "sheet.png")


def test_a_wrong_command_ends_in_one_line(tmp_path, capsys):
    assert main(["build", str(tmp_path / "bank"), "--hours", "0"]) == 1
    assert capsys.readouterr().err.startswith("error: a bank needs hours > 0")


def test_sources_are_listed(capsys):
    assert main(["sources"]) == 0
    assert "fluidr3_gm: MIT" in capsys.readouterr().out
