import pickle

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import save_file  # noqa: E402

from partita.core import InputError  # noqa: E402
from partita.training.checkpoint import (  # noqa: E402
    FILE,
    Checkpoint,
    load_checkpoint,
    load_weights,
    save_checkpoint,
)


def test_what_is_saved_is_loaded(tmp_path):
    tensors = {
        "model.a": torch.randn(3),
        "ema.a": torch.ones(3),
        "optimizer.a.step": torch.ones(()),
    }
    state = {"step": 3, "config": {"name": "x", "list": [1, 2.5, None]}}
    save_checkpoint(tmp_path, Checkpoint(tensors, state))
    loaded = load_checkpoint(tmp_path)
    assert loaded.state == state
    assert loaded.tensors.keys() == tensors.keys()
    assert all(torch.equal(loaded.tensors[name], tensors[name]) for name in tensors)
    assert loaded.part("ema").keys() == {"a"}


def test_nothing_but_the_checkpoint_and_its_state_is_left(tmp_path):
    for step in range(2):
        save_checkpoint(tmp_path, Checkpoint({"model.a": torch.ones(1)}, {"step": step}))
    assert sorted(p.name for p in tmp_path.iterdir()) == [FILE, "state.json"]


def test_a_crash_while_writing_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    save_checkpoint(tmp_path, Checkpoint({"model.a": torch.ones(1)}, {"step": 1}))
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("no space left")))
    with pytest.raises(OSError, match="no space"):
        save_checkpoint(tmp_path, Checkpoint({"model.a": torch.zeros(1)}, {"step": 2}))
    assert load_checkpoint(tmp_path).state == {"step": 1}


def test_an_empty_folder_is_an_error(tmp_path):
    with pytest.raises(InputError, match="nothing was trained there"):
        load_checkpoint(tmp_path)


def test_a_pickle_is_refused_and_not_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("a pickle was run",))

    (tmp_path / FILE).write_bytes(pickle.dumps(Trap()))
    with pytest.raises(InputError, match="cannot read weights"):
        load_checkpoint(tmp_path)


def test_weights_without_a_state_are_no_checkpoint(tmp_path):
    save_file({"model.a": torch.ones(1)}, tmp_path / FILE)
    with pytest.raises(InputError, match="not a checkpoint of a run"):
        load_checkpoint(tmp_path)


def test_weights_are_the_running_means_where_there_are_any(tmp_path):
    save_file({"model.a": torch.zeros(1), "ema.a": torch.ones(1)}, tmp_path / FILE)
    assert load_weights(tmp_path)["a"] == 1
    save_file({"a": torch.full((1,), 5.0)}, tmp_path / "plain.safetensors")
    assert load_weights(tmp_path / "plain.safetensors")["a"] == 5
