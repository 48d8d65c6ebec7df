"""`partita doctor`: what works here, and what to do about what does not."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer


def doctor(
    json_: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check this installation: versions, formats, engines, optional parts, processors."""
    import json

    checks = [*_versions(), *_formats(), *_engines(), *_extras(), *_processors()]
    if json_:
        typer.echo(json.dumps(checks, indent=2, ensure_ascii=False))
    else:
        for check in checks:
            mark = {"ok": "ok  ", "absent": "-   ", "bad": "BAD "}[check["state"]]
            typer.echo(f"{mark}{check['what']}: {check['detail']}")
    if any(check["state"] == "bad" for check in checks):
        sys.exit(1)


def _check(what: str, state: str, detail: str) -> dict[str, str]:
    return {"what": what, "state": state, "detail": detail}


def _versions() -> list[dict[str, str]]:
    import platform
    from importlib.metadata import PackageNotFoundError, version

    from partita._version import __version__

    checks = [
        _check(
            "partita",
            "ok",
            f"{__version__}, Python {platform.python_version()}, "
            f"{platform.system()} {platform.machine()}",
        )
    ]
    for package in ("numpy", "scipy", "soundfile", "av", "soxr", "onnxruntime"):
        try:
            checks.append(_check(package, "ok", version(package)))
        except PackageNotFoundError:
            checks.append(_check(package, "bad", "missing; install partita again"))
    return checks


def _formats() -> list[dict[str, str]]:
    """Write and read a second of noise in every format."""
    import tempfile
    from pathlib import Path

    import numpy as np

    from partita.core import Audio, PartitaError
    from partita.io import FORMATS, load, save

    samples = np.random.default_rng(0).uniform(-0.1, 0.1, (2, 48000))
    noise = Audio(samples.astype(np.float32), 48000)
    checks = []
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            path = Path(folder) / f"noise.{name}"
            try:
                save(path, noise)
                exact = load(path).length == noise.length
                state, detail = ("ok", "written and read") if exact else ("bad", "wrong length")
            except PartitaError as error:
                state, detail = "bad", str(error)
            checks.append(_check(f"format {name}", state, detail))
    return checks


def _engines() -> list[dict[str, str]]:
    from partita.core import PartitaError
    from partita.engines import describe, names

    checks = []
    for name in names():
        try:
            stems = ", ".join(describe(name).stems) or "as the hints say"
            checks.append(_check(f"engine {name}", "ok", stems))
        except PartitaError as error:
            checks.append(_check(f"engine {name}", "absent", str(error)))
    return checks


def _extras() -> list[dict[str, str]]:
    from importlib.util import find_spec

    extras = {
        "eval": ("pandas", "pyarrow", "matplotlib", "jinja2"),
        "score": ("pretty_midi", "partitura"),
        "datasets": ("yaml",),
        "torch": ("torch", "huggingface_hub"),
    }
    checks = []
    for extra, packages in extras.items():
        missing = [package for package in packages if find_spec(package) is None]
        how = f"without {', '.join(missing)}; pip install 'partita[{extra}]'"
        state = "absent" if missing else "ok"
        checks.append(_check(f"extra {extra}", state, how if missing else ", ".join(packages)))
    return checks


def _processors() -> list[dict[str, Any]]:
    import os

    checks = [_check("processor", "ok", f"{os.cpu_count()} cores")]
    try:
        import onnxruntime

        providers = onnxruntime.get_available_providers()
        checks.append(_check("onnxruntime", "ok", ", ".join(providers)))
    except ImportError as error:
        checks.append(_check("onnxruntime", "bad", str(error)))
    return checks
