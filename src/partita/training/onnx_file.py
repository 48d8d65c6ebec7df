"""The numbers in a network's ONNX file: stored in 16 or 8 bits, and found again by their names.

The graph is written without folding constants (`partita.training.export`), so that its
initializers are the network's own tensors under their own names. A tensor in 16 bits is called
NAME.half, and a Cast makes NAME of it as the file is loaded. The matrices of GRUs, a third of the
numbers, take 8 bits: NAME.byte holds integers, NAME.scale what one is worth in each row.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from partita.core.errors import InputError, MissingExtra
from partita.core.names import printable

SMALL = 64
"""Arrays with fewer numbers stay in 32 bits."""
HALF, BYTE, SCALE = ".half", ".byte", ".scale"
LARGEST = 127
SMALLEST = np.float32(2.0**-14)
"""Below it a number in 16 bits has fewer digits."""

Array = NDArray[np.float32]


def rounded(name: str, parameter: Tensor) -> Tensor:
    """A parameter as its file will hold it: matrices rounded, vectors exact."""
    if parameter.ndim < 2 or parameter.numel() < SMALL:
        return parameter
    values = parameter.detach().cpu().numpy()
    if _in_bytes(name, values):
        return torch.from_numpy(_from_bytes(*_to_bytes(values)))
    return parameter.half().float()


def store_small(model: Any) -> None:
    """Replace large float32 constants that are rounded already by what is cast back to them."""
    import onnx

    graph = model.graph
    casts, added = [], []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < SMALL:
            continue
        name = tensor.name
        coded = _to_bytes(values) if _in_bytes(name, values) else None
        if coded and np.array_equal(_from_bytes(*coded), values):
            codes, scale = coded
            tensor.CopyFrom(onnx.numpy_helper.from_array(codes, name + BYTE))
            added.append(onnx.numpy_helper.from_array(scale, name + SCALE))
            cast = onnx.helper.make_node(
                "DequantizeLinear", [name + BYTE, name + SCALE], [name], name=f"{name}.cast", axis=0
            )
        elif np.array_equal(values.astype(np.float16).astype(np.float32), values):
            tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + HALF))
            cast = onnx.helper.make_node(
                "Cast", [name + HALF], [name], name=f"{name}.cast", to=onnx.TensorProto.FLOAT
            )
        else:
            continue  # a statistic: kept exact
        casts.append(cast)
    graph.initializer.extend(added)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def _in_bytes(name: str, values: Array) -> bool:
    return ".gru.weight" in name and values.ndim == 2


def _to_bytes(values: Array) -> tuple[NDArray[np.int8], Array]:
    """Integers (rows, columns), and what one is worth in each row.

    The worth has few digits (16 bits, rounded up), so that what was stored once is stored the same
    again.
    """
    wanted = np.maximum(np.abs(values).max(axis=1) / np.float32(LARGEST), SMALLEST)
    scale = wanted.astype(np.float16)
    scale = np.where(scale < wanted, np.nextafter(scale, np.float16(np.inf)), scale)
    scale = scale.astype(np.float32)
    return np.rint(values / scale[:, np.newaxis]).astype(np.int8), scale


def _from_bytes(codes: NDArray[np.int8], scale: Array) -> Array:
    return codes.astype(np.float32) * scale[:, np.newaxis]


def weights_in_onnx(path: Path) -> dict[str, Tensor]:
    """The tensors of the network in a file, in 32 bits.

    Raises
    ------
    InputError : it cannot be read as ONNX. MissingExtra : onnx is not installed.
    """
    try:
        import onnx
    except ModuleNotFoundError as error:
        raise MissingExtra("weights from an ONNX file", "train") from error
    try:
        graph = onnx.load_from_string(path.read_bytes()).graph
        if any(t.data_location == onnx.TensorProto.EXTERNAL for t in graph.initializer):
            raise ValueError("its numbers lie in another file")
        found = {t.name: onnx.numpy_helper.to_array(t) for t in graph.initializer}
        if not found:
            raise ValueError("there are none")
        for name in [name for name in found if name.endswith(BYTE)]:
            scale = found.pop(name.removesuffix(BYTE) + SCALE)
            found[name.removesuffix(BYTE)] = _from_bytes(found.pop(name), scale)
    except Exception as error:  # protobuf's own errors have no common base with onnx's
        raise InputError(f"cannot read weights from {printable(path)}: {error}") from error
    found = {name.removesuffix(HALF): values for name, values in found.items()}
    for node in graph.node:
        # What is equal is stored once; the others are called its identities.
        if node.op_type == "Identity" and node.input[0] in found:
            found[node.output[0]] = found[node.input[0]]
    return {
        name: torch.from_numpy(values.astype(np.float32))
        for name, values in found.items()
        if values.dtype in (np.float16, np.float32)
    }
