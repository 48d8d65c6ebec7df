import pytest

from partita.core import InputError, OptionError
from partita.training.config import PRESETS, find_config, load_config, parse_config, with_settings


@pytest.mark.parametrize("path", sorted(PRESETS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_preset_is_valid_and_found_by_name(path):
    assert find_config(path.stem) == load_config(path)


def test_there_are_presets():
    names = {path.stem for path in PRESETS.glob("*.toml")}
    assert names >= {"quartet-s-cpu", "quartet-m-gpu", "quartet-tiny"}


def test_a_file_says_only_what_differs():
    config = parse_config("[schedule]\nsteps = 3\n[data]\nbatch = 7\n")
    assert config.data.batch == 7
    assert config.data.chunk_s == 5
    assert config.spectrum.rate == 44100


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schedule = {steps = 1}\ncolour = 3", "colour: Extra inputs are not permitted"),
        ("schedule = {steps = 1, step = 2}", "schedule.step: Extra inputs"),
        ("schedule = {steps = 0}", "schedule.steps: .*greater than or equal to 1"),
        ("schedule = {}", "schedule: .*either steps or minutes"),
        ("schedule = {steps = 1, minutes = 1}", "schedule: .*either steps or minutes"),
        ("schedule = {steps = 1}\nspectrum = {hop = 1000}", "spectrum: .*hop"),
        ("schedule = {steps = 1}\nstems = ['drums']", "stems must be vocals"),
        ("schedule = {steps = 1}\ndata = {shuffled = 2}", "data.shuffled: .*less than or equal"),
        ("schedule = {steps = 1}\nloss = {waveform = 0, spectrum = 0}", "loss: .*must be above 0"),
        ("schedule = {steps = 'many'}", "schedule.steps: .*got 'many'"),
        ("schedule = ", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(text, message):
    with pytest.raises(OptionError, match=message):
        parse_config(text)


def test_the_file_is_named_in_the_error(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text("schedule = {steps = 1}\nbatch = 3\n")
    with pytest.raises(OptionError, match=r"run\.toml: batch: Extra"):
        load_config(path)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(InputError, match="there is no configuration"):
        find_config(str(tmp_path / "none.toml"))


def test_an_unknown_preset_lists_those_there_are():
    with pytest.raises(InputError, match="presets are .*quartet-s-cpu"):
        find_config("quartet-xxl")


def test_minutes_replace_steps():
    config = with_settings(find_config("quartet-tiny"), minutes=3, threads=1, device="cpu")
    assert (config.schedule.minutes, config.schedule.steps) == (3, None)
    assert (config.run.threads, config.run.device) == (1, "cpu")


def test_settings_are_checked_too():
    with pytest.raises(OptionError, match="schedule.minutes"):
        with_settings(find_config("quartet-tiny"), minutes=-1)
