"""The key of a piece of work: everything that its results depend on.

Equal keys, equal results. Where the key in a manifest is the key of what is asked for, there is
nothing left to do; where that of a spool is, its segments are used. Not in the key: the device,
the number of threads and the versions of libraries, which change no more than the last bits (the
manifest has them).
"""

from __future__ import annotations

import dataclasses

from partita._version import __version__
from partita.core.digest import digest
from partita.core.names import printable
from partita.engines.registry import options_of
from partita.jobs.request import Request
from partita.jobs.selection import Selection


def work_key(request: Request, selection: Selection, *, track: str, input_sha256: str) -> str:
    """The SHA-256 over everything that the results depend on, in hexadecimal."""
    engine = request.engine
    content = {
        "partita": __version__,
        "input": input_sha256,
        "engine": [engine.name, type(engine).__module__, options_of(engine)],
        "weights": getattr(engine, "weights_sha256", None),
        "hints": request.hints,
        "streaming": [engine.segment_s, engine.overlap, request.overlap, max(request.shifts, 1)],
        "selection": dataclasses.asdict(selection),
        "format": [request.format, request.encoding, request.clip],
        "places": [
            printable(request.stem_path(track, name).relative_to(request.root))
            for name in selection.outputs
        ],
    }
    return digest(content)
