"""A run's state in one file, written whole or not at all, read without unpickling anything.

RUN/checkpoint.safetensors holds the tensors `model.NAME` (weights as trained), `ema.NAME` (their
running mean: the weights to use) and `optimizer.NAME.KEY`; its metadata hold the state as JSON.
RUN/state.json repeats the state for people.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor, nn

from partita.core.errors import InputError
from partita.core.names import printable
from partita.training.onnx_file import weights_in_onnx

FILE = "checkpoint.safetensors"
STATE = "state.json"


@dataclass(frozen=True)
class Checkpoint:
    """Everything that a run needs to go on.

    Parameters
    ----------
    tensors : as the module names them.
    state : JSON-like: step, elapsed_s, config, and what else the loop keeps.
    """

    tensors: dict[str, Tensor]
    state: dict[str, Any]

    def part(self, name: str) -> dict[str, Tensor]:
        """The tensors of "model", "ema" or "optimizer", without that prefix."""
        prefix = f"{name}."
        return {k.removeprefix(prefix): v for k, v in self.tensors.items() if k.startswith(prefix)}


def save_checkpoint(run: Path, checkpoint: Checkpoint) -> None:
    """Write the checkpoint of a run in place of the one before, which stays until this one lies."""
    tensors = {
        name: tensor.detach().cpu().contiguous() for name, tensor in checkpoint.tensors.items()
    }
    state = json.dumps(checkpoint.state)
    _replace(run / FILE, to_bytes(tensors, metadata={"state": state}))
    _replace(run / STATE, json.dumps(checkpoint.state, indent=1).encode() + b"\n")


def load_checkpoint(run: Path) -> Checkpoint:
    """The checkpoint of a run.

    Raises
    ------
    InputError : there is none, or the file is not one.
    """
    path = run / FILE
    if not path.is_file():
        raise InputError(f"{printable(run)} holds no {FILE}: nothing was trained there")
    tensors, metadata = read_tensors(path)
    try:
        state = json.loads(metadata["state"])
    except (KeyError, ValueError) as error:
        raise InputError(f"{printable(path)} is not a checkpoint of a run") from error
    return Checkpoint(tensors, state)


def read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """The tensors and the metadata of a safetensors file.

    Raises
    ------
    InputError : it cannot be read.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            return tensors, dict(file.metadata() or {})
    except (OSError, SafetensorError) as error:
        raise InputError(f"cannot read weights from {printable(path)}: {error}") from error


def load_weights(path: Path) -> dict[str, Tensor]:
    """The weights in a safetensors or ONNX file, or a run's folder: the running means if any.

    Raises
    ------
    InputError : it cannot be read.
    """
    if path.suffix == ".onnx":
        return weights_in_onnx(path)
    path = path / FILE if path.is_dir() else path
    tensors, _ = read_tensors(path)
    for prefix in ("ema.", "model."):
        part = {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)}
        if part:
            return part
    return tensors


def fill(network: nn.Module, weights: dict[str, Tensor], origin: str) -> None:
    """Put weights into a network, all of them into all of it.

    They may lack the counts of batches, which nothing reads.

    Parameters
    ----------
    origin : where they come from, for the message.

    Raises
    ------
    InputError : they belong to another network.
    """
    counts = {k: v for k, v in network.state_dict().items() if k.endswith(".num_batches_tracked")}
    try:
        network.load_state_dict(counts | weights)
    except RuntimeError as error:
        name = type(network).__name__
        raise InputError(f"the weights in {origin} do not fit this network ({name})") from error


def _replace(path: Path, content: bytes) -> None:
    """Write a file so that a crash at any moment leaves the old one or the new one."""
    draft = path.with_name(path.name + ".part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
