"""The numbers in a network's ONNX file: stored in 16 bits, and found again by their names.

The graph is written without folding constants (`partita.training.export`), so that its
initializers are the network's own tensors under their own names. A tensor in 16 bits is called
NAME.half, and a Cast makes NAME of it as the file is loaded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from partita.core.errors import InputError, MissingExtra
from partita.core.names import printable

SMALL = 64
"""Arrays with fewer numbers stay in 32 bits."""
HALF = ".half"


def stored_in_half(parameter: Tensor) -> bool:
    """Whether a tensor is stored in 16 bits: matrices are, vectors stay exact."""
    return parameter.ndim >= 2 and parameter.numel() >= SMALL


def store_in_half(model: Any) -> None:
    """Replace large float32 constants by float16 ones, and a Cast to float32 for each."""
    import onnx

    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.ndim < 2 or values.size < SMALL:
            continue
        if not np.array_equal(values.astype(np.float16).astype(np.float32), values):
            continue  # a statistic: kept exact
        name = tensor.name
        tensor.CopyFrom(onnx.numpy_helper.from_array(values.astype(np.float16), name + HALF))
        cast = onnx.helper.make_node(
            "Cast", [name + HALF], [name], to=onnx.TensorProto.FLOAT, name=f"{name}.cast"
        )
        casts.append(cast)
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


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
