"""The manifest beside the stems: what made them, from what, so that they can be made again.

It holds no clock time and no path of the machine: the same work gives the same manifest. It is
written last: where it lies, the stems that it names are whole.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from partita._version import __version__
from partita.core.names import printable
from partita.core.separator import Separator
from partita.engines.registry import options_of
from partita.io.audio import AudioFile

PACKAGES = ("numpy", "scipy", "soundfile", "av", "soxr", "onnxruntime")


def manifest(
    engine: Separator,
    file: AudioFile,
    *,
    key: str,
    input_sha256: str,
    length: int,
    hints: list[dict[str, Any]],
    streaming: dict[str, Any],
    output: dict[str, Any],
    warnings: tuple[str, ...],
) -> dict[str, Any]:
    """What was done, as plain JSON values."""
    return {
        "partita": __version__,
        "key": key,
        "engine": {
            "name": engine.name,
            "options": options_of(engine),
            "weights": getattr(engine, "weights_sha256", None),
        },
        "input": {
            "name": printable(file.path.name),
            "sha256": input_sha256,
            "codec": file.codec,
            "rate": file.rate,
            "channels": file.file_channels,
            "length": length,
        },
        "hints": hints,
        "streaming": streaming,
        "output": output,
        "versions": {"python": platform.python_version(), **_versions()},
        "warnings": list(warnings),
    }


@cache
def _versions() -> Mapping[str, str]:
    """Finding them takes as long as writing a short stem: once a process is enough."""
    return {name: version(name) for name in PACKAGES}


def read_manifest(path: Path) -> dict[str, Any] | None:
    """What a manifest says, or None where there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def write_manifest(path: Path, content: dict[str, Any]) -> None:
    text = json.dumps(content, indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
