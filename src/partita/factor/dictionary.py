"""Dictionaries: the spectra of one source, learned from clips, on disk as .npz.

A file holds W (freq, rank) float32, whose columns add up to one, the rate (Hz) and n_fft that they
belong to, and the name of the source: plain arrays, read without unpickling, and only after their
sizes are known.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import MAX_RATE
from partita.core.errors import InputError, OutputError, UsageError
from partita.core.names import printable, stem_name

Floats = NDArray[np.floating]

FORMAT = "partita-dictionary-1"
FIELDS = ("format", "source", "W", "rate", "n_fft")
MAX_BYTES = 1 << 26
"""Of the arrays in a file: 64 MB are 250 spectra of 65536 bins."""


@dataclass(frozen=True, eq=False)
class Dictionary:
    """The spectra of one source.

    Parameters
    ----------
    source : its name.
    W : (n_fft/2 + 1, rank) magnitudes, not negative.
    rate, n_fft : what W's bins belong to: bin i lies at i·rate/n_fft Hz.
    """

    source: str
    W: Floats
    rate: int
    n_fft: int

    def at(self, rate: int, n_fft: int) -> Floats:
        """W on the bins of another rate and frame length; zero above its own highest.

        Between bins it is linear: frames of about the same length in time are assumed.

        Examples
        --------
        >>> dictionary = Dictionary("hum", np.array([[0.0], [1.0], [0.0]]), 400, 4)
        >>> dictionary.at(800, 16)[:6, 0]
        array([0. , 0.5, 1. , 0.5, 0. , 0. ])
        """
        if (rate, n_fft) == (self.rate, self.n_fft):
            return self.W
        own = np.arange(len(self.W)) * self.rate / self.n_fft
        new = np.arange(n_fft // 2 + 1) * rate / n_fft
        columns = [np.interp(new, own, column, right=0) for column in self.W.T]
        return np.stack(columns, axis=1).astype(self.W.dtype)


def save_dictionary(dictionary: Dictionary, path: str | os.PathLike[str]) -> None:
    """Write a dictionary, whole or not at all.

    Raises
    ------
    OutputError : the file cannot be written.
    """
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        format=np.array(FORMAT),
        source=np.array(dictionary.source),
        W=dictionary.W.astype(np.float32),
        rate=np.array(dictionary.rate),
        n_fft=np.array(dictionary.n_fft),
    )
    target = Path(path)
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.write_bytes(buffer.getvalue())
        os.replace(draft, target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OutputError(f"{printable(target)} cannot be written: {error.strerror}") from error


def load_dictionary(path: str | os.PathLike[str]) -> Dictionary:
    """A dictionary as `save_dictionary` wrote it.

    Raises
    ------
    InputError : no such file, not a dictionary, or values that cannot be.
    """
    name = printable(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _checked({key: _read(archive, key) for key in FIELDS})
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}") from error
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, NotImplementedError) as error:
        raise InputError(
            f"{name} is not a dictionary as `partita train-dictionary` writes it ({error})"
        ) from error


def _checked(arrays: Mapping[str, NDArray[np.generic]]) -> Dictionary:
    """The dictionary that a file's arrays are; ValueError where they are none."""
    if str(arrays["format"]) != FORMAT:
        raise ValueError(f"its format is {arrays['format']}")
    W = arrays["W"].astype(np.float32)
    if any(arrays[key].dtype.kind not in "iu" or arrays[key].shape for key in ("rate", "n_fft")):
        raise ValueError("rate or n_fft is no whole number")
    rate, n_fft = (int(arrays[key].item()) for key in ("rate", "n_fft"))
    if not 1 <= rate <= MAX_RATE or W.ndim != 2 or len(W) != n_fft // 2 + 1 or not W.size:
        raise ValueError(f"spectra of shape {W.shape} with n_fft {n_fft} at {rate} Hz")
    if not np.all(np.isfinite(W)) or np.any(W < 0):
        raise ValueError("spectra that are negative or not finite")
    return Dictionary(str(arrays["source"]), W, rate, n_fft)


def _read(archive: zipfile.ZipFile, key: str) -> NDArray[np.generic]:
    """One array, after a look at the size that its header claims."""
    info = archive.getinfo(f"{key}.npy")
    if info.file_size > MAX_BYTES:
        raise ValueError(f"{key} holds {info.file_size} bytes")
    with archive.open(info) as stream:
        content = stream.read(MAX_BYTES + 1)
    header = io.BytesIO(content)
    version = np.lib.format.read_magic(header)
    if version != (1, 0):
        raise ValueError(f"{key} has a header of version {version}")
    shape, _, dtype = np.lib.format.read_array_header_1_0(header)
    if dtype.kind not in "fiuU" or int(np.prod(shape, dtype=object)) * dtype.itemsize > len(
        content
    ):
        raise ValueError(f"{key} is {dtype} of shape {shape}")
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


def named_dictionaries(paths: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """(source, path) of each file, the source being the file's name without its ending.

    Raises
    ------
    UsageError : two files of one name.

    Examples
    --------
    >>> named_dictionaries(["learned/guitar.npz", "piano.npz"])
    (('guitar', 'learned/guitar.npz'), ('piano', 'piano.npz'))
    """
    pairs = tuple((stem_name(Path(path).stem), path) for path in paths)
    if len({source for source, _ in pairs}) != len(pairs):
        raise UsageError("two dictionaries of one name: rename one of the files")
    return pairs
