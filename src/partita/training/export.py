"""A trained network as an ONNX file: what the quartet engine reads, without torch.

Input `spectrum` (1, 2, 2, frames, bins), with eight channels more where another network is asked
first. Output `masks` (1, stems - 1, 2, frames, bins) of all stems but the last, or, from a network
whose masks are complex or do not add up, `stems` (1, stems, 2, 2, frames, bins). All float32, any
number of frames; the metadata say what an engine must know (`METADATA`). Matrices are stored in 16
bits, those of GRUs in 8, and cast to 32 as the file is loaded: the file is less than half as large,
and the arithmetic the same. The weights keep the network's names, so that training can go on from
the file.
"""

from __future__ import annotations

import hashlib
import io
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from partita.core.errors import MissingExtra, OptionError, OutputError
from partita.engines.onnx_network import BROKEN, MASKS, STEMS
from partita.nets import parameter_count
from partita.training.card import model_card
from partita.training.checkpoint import Checkpoint, fill, load_checkpoint
from partita.training.config import Config
from partita.training.first import build_network
from partita.training.log import read_log
from partita.training.onnx_file import rounded, store_small
from partita.training.validate import LEVEL

OPSET = 17
METADATA = (
    "format",  # STEMS or MASKS
    "name",
    "stems",  # JSON list
    "rate",  # Hz
    "n_fft",
    "hop",
    "window",
    "level",  # RMS that a recording is brought to
    "parameters",
    "audio_h",  # hours of audio seen in training
    "weights_sha256",  # of the rounded weights
)
TOLERANCE = 1e-4
"""Largest difference allowed between torch and onnxruntime, for spectra of deviation 1."""


def export_run(run: Path, output: Path, *, half: bool = True) -> int:
    """Write a run's averaged weights as ONNX, and its model card; the size of the file in bytes.

    Parameters
    ----------
    run : folder that `train` wrote. output : path of the file; the card gets the ending .md.
    half : store matrices in 16 bits, those of GRUs in 8.

    Raises
    ------
    InputError : nothing was trained there.
    OutputError : onnxruntime does not agree with torch (a defect; nothing is written).
    """
    checkpoint = load_checkpoint(run)
    config = Config.model_validate(checkpoint.state["config"])
    network = trained_network(checkpoint, half=half)
    content = to_onnx(network, config, state=checkpoint.state, half=half)
    check_agreement(network, content)
    output.write_bytes(content)
    card = model_card(config, checkpoint.state, read_log(run), file=output.name, size=len(content))
    output.with_suffix(".md").write_text(card, encoding="utf-8")
    return len(content)


def trained_network(checkpoint: Checkpoint, *, half: bool = False) -> nn.Module:
    """The network of a run with its averaged weights, for inference.

    Parameters
    ----------
    half : round matrices to what the file will hold.

    Raises
    ------
    InputError : the weights belong to another network.
    """
    network = build_network(Config.model_validate(checkpoint.state["config"]))
    fill(network, checkpoint.part("ema"), "the checkpoint")
    if half:
        with torch.no_grad():
            for name, parameter in network.named_parameters():
                parameter.copy_(rounded(name, parameter))
    return network.eval().requires_grad_(False)


def to_onnx(
    network: nn.Module, config: Config, *, state: dict[str, Any] | None = None, half: bool = True
) -> bytes:
    """The network as the content of an ONNX file.

    Parameters
    ----------
    network : in evaluation mode; its matrices already rounded where `half` is set.
    state : of the run, for the metadata.

    Raises
    ------
    OptionError : this torch is too old to export it. MissingExtra : onnx is not installed.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtra("exporting a network", "train") from error
    bins = config.spectrum.n_fft // 2 + 1
    example = torch.zeros(1, channels(config), 2, 16, bins)
    draft = io.BytesIO()
    output, frames_axis = ("masks", 3) if gives_masks(network) else ("stems", 4)
    with warnings.catch_warnings():
        # The tracing exporter is the one that keeps a GRU whole and its time axis free; it warns
        # that it is the old one, and of a batch larger than the one that is ever used.
        warnings.simplefilter("ignore")
        try:
            torch.onnx.export(
                network,
                (example,),
                draft,  # type: ignore[arg-type]  # the tracing exporter writes to any file
                input_names=["spectrum"],
                output_names=[output],
                dynamic_axes={"spectrum": {3: "frames"}, output: {frames_axis: "frames"}},
                opset_version=OPSET,
                do_constant_folding=False,  # the weights keep their names: they can be read again
                # Otherwise norms are folded into convolutions, which 16 bits cannot hold exactly.
                training=torch.onnx.TrainingMode.PRESERVE,
                dynamo=False,
            )
        except TypeError as error:
            raise OptionError("exporting needs torch 2.5 or later") from error
    model = onnx.load_from_string(draft.getvalue())
    if half:
        store_small(model)
    onnx.helper.set_model_props(model, _metadata(network, config, state or {}))
    model.producer_name = "partita"
    onnx.checker.check_model(model)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def channels(config: Config) -> int:
    """Of the spectrum that a network is given: two, and two for each stem that is guessed."""
    return 2 if config.first is None else 2 + 2 * len(config.stems)


def gives_masks(network: nn.Module) -> bool:
    """Whether its ONNX file gives masks instead of stems."""
    return getattr(network, "exports_masks", False)


def check_agreement(network: nn.Module, content: bytes, *, frames: int = 37) -> None:
    """Compare onnxruntime with torch on noise.

    Raises
    ------
    OutputError : they differ by more than TOLERANCE.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        content, options, providers=["CPUExecutionProvider"], disabled_optimizers=[BROKEN]
    )
    _, heard, parts, _, bins = session.get_inputs()[0].shape
    shape = (1, heard, parts, frames, bins)
    noise = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    (found,) = session.run(None, {"spectrum": noise})
    with torch.no_grad():
        expected = network(torch.from_numpy(noise)).numpy()
    if gives_masks(network):
        found = found[:, :, :, np.newaxis] * noise[:, np.newaxis, :2]
        expected = expected[:, :-1]
    worst = float(np.max(np.abs(found - expected)))
    if not worst <= TOLERANCE:
        raise OutputError(f"onnxruntime differs from torch by {worst:.2g}; nothing was written")


def _metadata(network: nn.Module, config: Config, state: dict[str, Any]) -> dict[str, str]:
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.numpy().tobytes())
    values = {
        "format": MASKS if gives_masks(network) else STEMS,
        "name": config.name,
        "stems": json.dumps(list(config.stems)),
        "rate": config.spectrum.rate,
        "n_fft": config.spectrum.n_fft,
        "hop": config.spectrum.hop,
        "window": config.spectrum.window,
        "level": LEVEL,
        "parameters": parameter_count(network),
        "audio_h": round(float(state.get("audio_h", 0)), 3),
        "weights_sha256": digest.hexdigest(),
    }
    return {key: str(values[key]) for key in METADATA}
