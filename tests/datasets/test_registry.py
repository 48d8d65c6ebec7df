from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from partita.core import UsageError
from partita.datasets import create, describe, names, registry
from partita.datasets.folder import SongFolder


def test_every_name_is_that_of_its_class(trees):
    for name in names():
        assert registry.find(name).name == name
    assert set(names()) == set(trees["MAKERS"])


def test_an_unknown_dataset_is_refused_with_those_that_there_are(tmp_path):
    with pytest.raises(UsageError, match="no dataset 'top40'; there are folder, musdb18, "):
        create("top40", tmp_path)


def test_options_are_described():
    (stems, *_) = describe("moisesdb").options
    assert (stems.name, stems.default, stems.choices) == ("stems", "4", ("4", "5", "6", "all"))


def test_the_guide_tells_of_every_dataset_and_its_licence():
    guide = (Path(__file__).parents[2] / "docs" / "datasets.md").read_text(encoding="utf-8")
    for name in names():
        about = describe(name).about
        assert f"`{name}`" in guide
        assert about.homepage in guide
        for option in describe(name).options:
            assert f"`{option.name}`" in guide or f"`{option.name}=" in guide


def test_other_packages_add_datasets(monkeypatch):
    point = EntryPoint("mine", "partita.datasets.folder:SongFolder", registry.GROUP)

    def points(group, name="mine"):
        return [point] if (group, name) == (registry.GROUP, "mine") else []

    monkeypatch.setattr(registry, "entry_points", points)
    assert "mine" in names()
    assert registry.find("mine") is SongFolder
