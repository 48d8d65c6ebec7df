from importlib.metadata import EntryPoint

import pytest

from partita.core import MissingExtra, OptionError, UsageError
from partita.engines import DEFAULT, create, from_toml, names, registry


def test_the_default_is_registered():
    assert DEFAULT in names()


def test_an_unknown_engine_is_answered_with_those_there_are():
    with pytest.raises(UsageError, match=r"no engine 'demucs'.*classic.*hpss"):
        create("demucs")


@pytest.mark.parametrize(
    ("options", "match"),
    [({"margin": "x"}, "margin.*'x'"), ({"margin": -1}, "margin must be from 0.1 to 16, got -1")],
)
def test_a_wrong_value_is_named(options, match):
    with pytest.raises(OptionError, match=match):
        create("hpss", **options)


@pytest.mark.parametrize(
    ("text", "match"),
    [("engine = ", "not TOML"), ("margin = 1.0", "engine ="), ('engine = "hpss"\nx = 1', "'x'")],
)
def test_a_wrong_configuration_is_refused(text, match):
    with pytest.raises(OptionError, match=match):
        from_toml(text)


def test_another_package_can_add_an_engine(monkeypatch):
    point = EntryPoint("plugin", "partita.engines.hpss:HPSS", registry.GROUP)

    def entry_points(group, name=None):
        return [point] if group == registry.GROUP and name in (None, "plugin") else []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert names()[-1] == "plugin"
    assert create("plugin", margin=3).margin == 3


def test_a_missing_extra_names_the_command(monkeypatch):
    entry = registry.Entry("partita_absent.engine:Engine", extra="torch")
    monkeypatch.setattr(registry, "BUILT_IN", {"absent": entry})
    with pytest.raises(MissingExtra, match=r"pip install 'partita\[torch\]'"):
        create("absent")
