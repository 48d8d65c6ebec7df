import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from partita.core import InputError, UsageError  # noqa: E402
from partita.training.checkpoint import (  # noqa: E402
    FILE,
    Checkpoint,
    load_checkpoint,
    save_checkpoint,
)
from partita.training.data import load_bank  # noqa: E402
from partita.training.export import export_run  # noqa: E402
from partita.training.log import read_log  # noqa: E402
from partita.training.loop import train  # noqa: E402

RUNNER = """
import sys
from pathlib import Path
from partita.training.config import Config
from partita.training.data import load_bank
from partita.training.loop import train
bank, run, config = sys.argv[1:]
train(Config.model_validate_json(config), load_bank(Path(bank)), Path(run))
threads = [task.read_text() for task in Path("/proc/self/task").glob("*/comm")]
assert not [name for name in threads if "gloo" in name], f"the team lives on: {threads}"
"""


def events(run, kind):
    return [event for event in read_log(run) if event["event"] == kind]


def same(a: Path, b: Path) -> bool:
    one, other = load_checkpoint(a).tensors, load_checkpoint(b).tensors
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)


@pytest.fixture
def bank(bank_folder):
    return load_bank(bank_folder)


@pytest.fixture
def start(bank_folder):
    """Function of (run, config, environment variables) -> a process that trains."""
    started = []

    def run(folder: Path, config, **variables: str) -> subprocess.Popen:
        command = [sys.executable, "-c", RUNNER, bank_folder, folder, config.model_dump_json()]
        environment = os.environ | {"OMP_WAIT_POLICY": "PASSIVE"} | variables
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


def test_a_run_leaves_a_log_a_checkpoint_and_its_state(bank, make_config, tmp_path):
    heard = []
    train(make_config(), bank, tmp_path, listener=heard.append)
    assert heard == read_log(tmp_path)
    assert [e["event"] for e in heard] == ["start", *["train"] * 3, "validate", "end"]
    assert [e["step"] for e in events(tmp_path, "train")] == [2, 4, 6]
    state = json.loads((tmp_path / "state.json").read_text())
    assert state["step"] == 6
    assert state["sources"][0]["name"] == "made_up"
    assert load_checkpoint(tmp_path).state == state


def test_validation_covers_every_stem_of_every_case(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path)
    (event,) = events(tmp_path, "validate")
    found = {(row["case"], row["stem"]) for row in event["rows"]}
    band = {("band/2", stem) for stem in ("vocals", "drums", "bass", "other")}
    assert found == band | {("song/1", stem) for stem in ("vocals", "drums", "bass+other")}


def test_the_same_run_twice_is_the_same(bank, make_config, tmp_path):
    for name in "ab":
        train(make_config(), bank, tmp_path / name)
    assert same(tmp_path / "a", tmp_path / "b")


def test_another_seed_is_another_run(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path / "a")
    train(make_config(run={"seed": 1, "device": "cpu", "threads": 1}), bank, tmp_path / "b")
    assert not same(tmp_path / "a", tmp_path / "b")


def test_a_killed_and_resumed_run_equals_an_undisturbed_one(bank, make_config, tmp_path, start):
    often = {"device": "cpu", "threads": 1, "log_steps": 1, "checkpoint_minutes": 1e-4}
    config = make_config(schedule={"steps": 40, "warmup_steps": 2}, run=often)
    process = start(tmp_path / "killed", config)
    deadline = time.monotonic() + 60
    while len(events(tmp_path / "killed", "train")) < 5:
        assert time.monotonic() < deadline, "it does not train"
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < load_checkpoint(tmp_path / "killed").state["step"] < 40
    resumed = start(tmp_path / "killed", config)
    assert resumed.wait() == 0, resumed.stderr.read().decode()
    assert len(events(tmp_path / "killed", "resume")) == 1
    train(config, bank, tmp_path / "whole")
    assert load_checkpoint(tmp_path / "killed").state["step"] == 40
    assert same(tmp_path / "killed", tmp_path / "whole")


def test_a_polite_stop_saves_where_it_stands(make_config, tmp_path, start):
    config = make_config(
        schedule={"steps": 10**6}, run={"device": "cpu", "threads": 1, "log_steps": 1}
    )
    process = start(tmp_path, config)
    while not events(tmp_path, "train"):
        assert process.poll() is None, process.stderr.read().decode()
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0, process.stderr.read().decode()
    (stop,) = events(tmp_path, "stop")
    assert load_checkpoint(tmp_path).state["step"] == stop["step"]


def test_two_processes_train_one_network(bank, make_config, tmp_path, start):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    together = {
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
        "WORLD_SIZE": "2",
        "GLOO_SOCKET_IFNAME": "lo",
    }
    team = [start(tmp_path / "two", make_config(), **together, RANK=rank) for rank in "01"]
    for process in team:
        assert process.wait() == 0, process.stderr.read().decode()
    train(make_config(), bank, tmp_path / "one")
    one, two = load_checkpoint(tmp_path / "one"), load_checkpoint(tmp_path / "two")
    assert [event["step"] for event in events(tmp_path / "two", "train")] == [2, 4, 6]
    assert two.state["audio_h"] == pytest.approx(2 * one.state["audio_h"])
    assert not same(tmp_path / "one", tmp_path / "two")


def test_a_finished_run_is_not_trained_on(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path)
    before = load_checkpoint(tmp_path).tensors
    train(make_config(), bank, tmp_path)
    after = load_checkpoint(tmp_path).tensors
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_run_may_be_made_longer(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path)
    train(make_config(schedule={"steps": 8, "warmup_steps": 2, "ema": 0.9}), bank, tmp_path)
    assert load_checkpoint(tmp_path).state["step"] == 8


def test_another_configuration_is_refused(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path)
    with pytest.raises(UsageError, match="started with another configuration"):
        train(make_config(data={"batch": 1, "chunk_s": 1.0}), bank, tmp_path)


def test_a_run_can_begin_with_the_weights_of_another(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path / "first")
    barely = make_config(schedule={"steps": 1, "learning_rate": 1e-12, "ema": 0.0})
    train(barely, bank, tmp_path / "second", init=tmp_path / "first")
    first, second = (load_checkpoint(tmp_path / name) for name in ("first", "second"))
    name = "split.maps.0.weight"
    assert torch.allclose(first.part("ema")[name], second.part("model")[name], atol=1e-6)
    assert second.state["init"] == "first"


def test_weights_of_another_network_are_refused(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path / "first")
    wider = make_config(network={"options": {"channels": 12, "levels": 1}})
    with pytest.raises(InputError, match=r"do not fit this network \(TfcTdf\)"):
        train(wider, bank, tmp_path / "second", init=tmp_path / "first")


def test_a_checkpoint_whose_weights_have_other_names_is_refused(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path)
    kept = load_checkpoint(tmp_path)
    renamed = {k.replace(".encoder.", ".older."): v for k, v in kept.tensors.items()}
    save_checkpoint(tmp_path, Checkpoint(renamed, kept.state))
    longer = make_config(schedule={"steps": 8, "warmup_steps": 2, "ema": 0.9})
    with pytest.raises(InputError, match="the checkpoint do not fit this network"):
        train(longer, bank, tmp_path)
    with pytest.raises(InputError, match="the checkpoint do not fit this network"):
        export_run(tmp_path, tmp_path / "x.onnx")


def test_a_run_can_begin_with_the_weights_of_a_shallower_network(bank, make_config, tmp_path):
    train(make_config(), bank, tmp_path / "first")
    options = make_config().network.options | {"blocks": 2, "recurrences": 2}
    barely = make_config(
        network={"options": options}, schedule={"steps": 1, "learning_rate": 1e-12, "ema": 0.0}
    )
    train(barely, bank, tmp_path / "second", init=tmp_path / "first")
    first = load_checkpoint(tmp_path / "first").part("ema")
    second = load_checkpoint(tmp_path / "second").part("model")
    assert len(second) > len(first)
    for name in first:
        if name.endswith("weight"):
            assert torch.allclose(first[name], second[name], atol=1e-6)


def test_minutes_end_a_run(bank, make_config, tmp_path):
    train(make_config(schedule={"minutes": 0.03, "steps": None}), bank, tmp_path)
    assert 1.8 <= events(tmp_path, "end")[0]["elapsed_s"] < 30


def test_an_unknown_device_is_refused(bank, make_config, tmp_path):
    with pytest.raises(UsageError, match="no device 'abacus'"):
        train(make_config(run={"device": "abacus"}), bank, tmp_path)


def test_ten_seconds_are_learned_by_heart(make_bank, make_config, plain, tmp_path):
    bank = load_bank(
        make_bank(("band", ["drums", "bass", "other"], 10.0), ("singing", ["vocals"], 10.0))
    )
    one = tuple(
        type(item)(**vars(item) | {"split": split})
        for item in bank.items
        for split in ("train", "valid")
    )
    config = make_config(
        data={"chunk_s": 1.0, "batch": 4, "shuffled": 0},
        augment=plain,
        schedule={"steps": 150, "warmup_steps": 10, "learning_rate": 5e-3, "ema": 0.9},
        run={"device": "cpu", "threads": 1, "validate_s": 10, "log_steps": 50},
    )
    train(config, type(bank)(one, bank.rate), tmp_path)
    (event,) = events(tmp_path, "validate")
    assert min(stem["sdr_global"] for stem in event["stems"].values()) > 20, event["stems"]
    losses = [e["loss"] for e in events(tmp_path, "train")]
    assert losses == sorted(losses, reverse=True)


def test_the_checkpoint_is_safetensors(bank, make_config, tmp_path):
    from safetensors import safe_open

    train(make_config(), bank, tmp_path)
    with safe_open(tmp_path / FILE, framework="np") as file:
        assert {name.split(".")[0] for name in file.keys()} == {"model", "ema", "optimizer"}  # noqa: SIM118
