"""A network that learns behind another one, at a quarter of its rate."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")

import onnxruntime  # noqa: E402
from safetensors.torch import save_file  # noqa: E402

from partita.core import InputError, OptionError  # noqa: E402
from partita.metrics.sdr import sdr_global  # noqa: E402
from partita.training.checkpoint import load_checkpoint  # noqa: E402
from partita.training.data import load_bank  # noqa: E402
from partita.training.export import export_run, to_onnx  # noqa: E402
from partita.training.first import First, build_network, found  # noqa: E402
from partita.training.log import read_log  # noqa: E402
from partita.training.loop import train  # noqa: E402
from partita.training.spectra import reduced  # noqa: E402
from partita.training.team import Team  # noqa: E402
from partita.training.trainer import Trainer  # noqa: E402
from partita.training.validate import LEVEL, bank_cases, estimate, validate  # noqa: E402

CPU = torch.device("cpu")
RATE, FACTOR = 16000, 4


@pytest.fixture(scope="module")
def first_table(make_config, tmp_path_factory):
    """The `first` table of a configuration: a tiny network with random weights, in a file."""
    torch.manual_seed(0)
    config = make_config()
    path = tmp_path_factory.mktemp("first") / "first.onnx"
    path.write_bytes(to_onnx(build_network(config).eval(), config, half=False))
    frame = {"rate": RATE, "n_fft": 512, "hop": 256}
    network = {"options": config.network.options}
    return {"weights": str(path), "network": network, "spectrum": frame}


@pytest.fixture(scope="module")
def low_config(make_config, first_table):
    """Function of tables -> a configuration of a network at 4 kHz behind that one."""

    def make(**tables):
        frame = {"rate": RATE // FACTOR, "n_fft": 256, "hop": 128}
        return make_config(**{"first": first_table, "spectrum": frame} | tables)

    return make


def test_examples_are_whole_frames_at_the_rate_of_the_first(low_config):
    config = low_config()
    assert (config.rate, config.factor) == (RATE, FACTOR)
    assert config.chunk % (FACTOR * config.spectrum.hop) == 0
    assert config.chunk / RATE == pytest.approx(1.0, abs=0.02)


def test_a_rate_that_is_no_part_of_the_first_one_is_refused(low_config):
    from partita.training.config import parse_config

    network = "{weights = 'quartet', network = {}}"
    with pytest.raises(OptionError, match="multiple of 4000 Hz"):
        parse_config(f"schedule = {{steps = 5}}\nspectrum = {{rate = 4000}}\nfirst = {network}")


def test_what_the_network_is_told_is_the_mixture_and_stems_that_add_up_to_it(low_config):
    first = First.of(low_config(), CPU)
    time = torch.arange(RATE) / RATE
    mix = torch.sin(2 * torch.pi * 300 * time).repeat(1, 2, 1)
    heard = first(mix)
    assert heard.shape == (1, 10, RATE // FACTOR)
    assert torch.allclose(heard[:, :2], mix[..., ::FACTOR], atol=1e-3)
    stems = heard[:, 2:].reshape(1, 4, 2, -1)
    assert torch.allclose(stems.sum(dim=1), heard[:, :2], atol=1e-4)


@pytest.fixture(scope="module")
def mistakes(low_config, first_table):
    """(60, 4, 2, time): what is changed in the guesses of white noise."""
    torch.manual_seed(0)
    mix = torch.randn(60, 2, RATE // 2)
    first = First.of(low_config(first=first_table | {"mistaken": 1.0}), CPU)
    right, told = first(mix), first.told(mix, np.random.default_rng(0))
    assert torch.equal(told[:, :2], right[:, :2])
    return (told - right)[:, 2:].reshape(60, 4, 2, -1)


def test_a_mistake_gives_what_one_stem_has_to_another(mistakes):
    assert torch.allclose(mistakes.sum(dim=1), torch.zeros(()), atol=1e-5)
    energies = mistakes.square().sum(dim=(2, 3))
    assert ((energies > 1e-3 * energies.sum(dim=1, keepdim=True)).sum(dim=1) == 2).all()


def test_voice_and_other_are_mistaken_up_to_higher_frequencies(mistakes):
    cells = torch.fft.rfft(mistakes).abs().amax(dim=(1, 2))
    hertz = torch.fft.rfftfreq(mistakes.shape[-1], FACTOR / RATE)
    high = cells[:, hertz > 900].amax(dim=1) > 0.05 * cells[:, hertz < 300].amax(dim=1)
    energies = mistakes.square().sum(dim=(2, 3))
    melodic = (energies[:, [0, 3]] > 1e-9).all(dim=1)
    assert 5 <= int(high.sum()) <= 30
    assert bool(melodic[high].all())
    drums_and_bass = (energies[:, [1, 2]] > 1e-9).all(dim=1)
    assert 15 <= int(drums_and_bass.sum()) <= 40


def test_mistakes_come_by_chance_and_come_again(low_config, first_table):
    torch.manual_seed(0)
    mix = torch.randn(40, 2, RATE // 2)
    first = First.of(low_config(first=first_table | {"mistaken": 0.3}), CPU)
    right, told = first(mix), first.told(mix, np.random.default_rng(1))
    changed = [not torch.equal(a, b) for a, b in zip(right, told, strict=True)]
    assert 4 <= sum(changed) <= 20
    assert torch.equal(told, first.told(mix, np.random.default_rng(1)))
    never = First.of(low_config(), CPU)
    assert torch.equal(never.told(mix, np.random.default_rng(1)), right)


def test_in_some_examples_it_is_told_what_it_found_itself(low_config, first_table):
    torch.manual_seed(0)
    mix = torch.randn(20, 2, RATE // 2)
    trainer = Trainer(low_config(first=first_table | {"again": 0.5}), Team.from_environment("cpu"))
    with torch.no_grad():
        for weights in trainer.network.parameters():
            weights.zero_()  # it is not asked itself, but its running mean
    first = trainer.first(mix)
    own = found(trainer.mean, first, trainer.config.spectrum)
    told = trainer._heard(mix)
    assert torch.equal(told[:, :2], first[:, :2])
    replaced = [not torch.equal(a, b) for a, b in zip(told, first, strict=True)]
    assert 4 <= sum(replaced) <= 16
    for row in np.flatnonzero(replaced):
        assert torch.allclose(told[row, 2:].view(4, 2, -1), own[row], atol=1e-5)
    assert (own.flatten(1, 2) - first[:, 2:]).abs().max() > 0.01
    assert not trainer._heard(mix).requires_grad


def test_without_a_first_network_there_is_none(make_config):
    assert First.of(make_config(), CPU) is None


def test_missing_weights_are_a_clear_error(low_config, first_table):
    with pytest.raises(InputError, match="there are no weights nowhere"):
        First.of(low_config(first=first_table | {"weights": "nowhere"}), CPU)


def test_it_learns_validates_resumes_and_is_exported(low_config, bank_folder, tmp_path):
    bank = load_bank(bank_folder)
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    train(low_config(schedule={"steps": 4}), bank, whole)
    train(low_config(schedule={"steps": 2}), bank, halves)
    train(low_config(schedule={"steps": 4}), bank, halves)
    state = load_checkpoint(whole).state
    assert state["audio_h"] * 3600 == pytest.approx(4 * 2 * 1.0, rel=0.03)
    (event,) = [e for e in read_log(whole) if e["event"] == "validate" and e["on"] == "bank"]
    assert {row["stem"] for row in event["rows"]} >= {"vocals", "drums", "bass"}
    assert load_checkpoint(halves).state["step"] == 4
    export_run(whole, tmp_path / "low.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "low.onnx")
    assert session.get_inputs()[0].shape[1] == 10
    assert session.get_modelmeta().custom_metadata_map["rate"] == "4000"
    assert "asked first" in (tmp_path / "low.md").read_text()


def test_what_is_found_is_compared_at_the_lower_rate(low_config, bank_folder):
    """A network that adds nothing finds what the first one found."""
    config = low_config()
    case = bank_cases(load_bank(bank_folder), config)[0]
    network, first = build_network(config).eval(), First.of(config, CPU)
    for layer in network.join.maps:
        torch.nn.init.zeros_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    mix = case.stems.sum(dim=0)
    found = estimate(network, mix, config.spectrum, first)
    level = LEVEL / mix.square().mean().sqrt()
    guessed = (first(level * mix[None])[0, 2:] / level).reshape(4, 2, -1)
    assert found.shape == guessed.shape == (4, 2, case.stems.shape[-1] // FACTOR)
    assert float((found - guessed).square().sum()) < 0.01 * float(guessed.square().sum())
    truth = reduced(case.stems, FACTOR).numpy()
    for row in validate(network, [case], config, CPU, first):
        place = config.stems.index(row["stem"])
        expected = sdr_global(truth[place], found[place].numpy())
        assert row["sdr_global"] == pytest.approx(expected, abs=2e-3)


def test_weights_of_the_same_network_alone_can_be_started_from(low_config, make_config, tmp_path):
    """It grows an ear for the guesses, which before training adds nothing but their shares."""
    frame = low_config().spectrum.model_dump()
    alone = build_network(make_config(spectrum=frame)).state_dict()
    save_file(alone, tmp_path / "alone.safetensors")
    trainer = Trainer(low_config(), Team.from_environment("cpu"))
    trainer.start_from(tmp_path / "alone.safetensors")
    grown = trainer.network.state_dict()
    assert all(torch.equal(grown[name], value) for name, value in alone.items())
    assert not trainer.network.guesses.split.maps[0].weight.any()
