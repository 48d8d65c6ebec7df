"""Pictures with a palette as PNG: enough for spectrograms, and without another library."""

from __future__ import annotations

import base64
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import UsageError

STOPS = (
    (0.0, (12, 14, 22)),
    (0.3, (38, 44, 92)),
    (0.55, (118, 62, 122)),
    (0.75, (205, 98, 92)),
    (0.9, (244, 172, 96)),
    (1.0, (253, 238, 190)),
)
"""From quiet to loud: lightness grows all the way, so it reads without colour too."""


def png(picture: NDArray[np.uint8]) -> bytes:
    """A PNG of a picture whose values are places in the palette.

    Parameters
    ----------
    picture : (rows, columns) uint8, the top row first.

    Raises
    ------
    UsageError : another shape or type, or no pixel.

    References
    ----------
    W3C, "Portable Network Graphics (PNG) Specification", third edition, 2025.
    """
    if picture.ndim != 2 or picture.dtype != np.uint8 or not picture.size:
        raise UsageError(
            f"a picture must be (rows, columns) of uint8, got {picture.shape} of {picture.dtype}"
        )
    rows, columns = picture.shape
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), picture], axis=1)  # 0: no filter
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, 8, 3, 0, 0, 0)),
            _chunk(b"PLTE", _palette().tobytes()),
            _chunk(b"IDAT", zlib.compress(lines.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def data_uri(picture: NDArray[np.uint8]) -> str:
    """The picture as text that stands in for its address."""
    return "data:image/png;base64," + base64.b64encode(png(picture)).decode()


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _palette() -> NDArray[np.uint8]:
    places = np.linspace(0, 1, 256)
    at = [place for place, _ in STOPS]
    channels = [np.interp(places, at, [colour[n] for _, colour in STOPS]) for n in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)
