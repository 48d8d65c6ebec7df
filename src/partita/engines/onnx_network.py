"""A trained network in an ONNX file, from waveforms to waveforms: what `partita export` writes."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError
from partita.core.names import printable
from partita.engines.beside import Beside
from partita.signal.stft import Frame, Window, istft, stft

FORMAT = "partita quartet 1"

Array = NDArray[np.floating]


@dataclass(frozen=True)
class OnnxNetwork:
    """A network in memory, and what its file says about itself.

    Parameters
    ----------
    channels : how many it is given: the two of the mixture, and where another network was asked
        before, the two of each stem.
    stems : what it finds. rate : Hz. n_fft, hop, window : of the spectrum. level : RMS to which a
        recording is brought.
    """

    session: Any
    channels: int
    stems: tuple[str, ...]
    rate: int
    n_fft: int
    hop: int
    window: Window
    level: float

    @classmethod
    def load(cls, path: Path, *, threads: int | None, providers: Sequence[str]) -> Self:
        """The network in a file.

        Parameters
        ----------
        threads : None takes one for each core. providers : as onnxruntime calls devices.

        Raises
        ------
        InputError : the file holds no such network.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or len(os.sched_getaffinity(0))
        options.inter_op_num_threads = 1
        # An arena keeps what it took: what a network needed while it ran, and what the rest of the
        # work needs afterwards, would be held at the same time.
        options.enable_cpu_mem_arena = False
        # Threads that wait by spinning take the time of whoever else is at work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(str(path), options, providers=list(providers))
            facts = session.get_modelmeta().custom_metadata_map
            if facts.get("format") != FORMAT:
                raise ValueError(f"its format is {facts.get('format')!r}, not {FORMAT!r}")
            network = cls(
                session,
                channels=int(session.get_inputs()[0].shape[1]),
                stems=tuple(json.loads(facts["stems"])),
                rate=int(facts["rate"]),
                n_fft=int(facts["n_fft"]),
                hop=int(facts["hop"]),
                window="hann" if facts["window"] == "hann" else "sine",
                level=float(facts["level"]),
            )
            if not (min(network.rate, network.n_fft, network.hop) > 0 and network.level > 0):
                raise ValueError("its rate, frames or level are not above 0")
            return network
        except Exception as error:  # onnxruntime's own errors have no common base
            raise InputError(f"{printable(path)} holds no network for quartet: {error}") from error

    def separate(self, x: Array, level: float, *, stems: int, beside: Beside) -> Array:
        """The first stems, (stems, 2, time) at the network's rate, from (channels, time).

        Parameters
        ----------
        level : RMS of the whole recording, above 0. stems : how many.
        """
        frame: Frame = {"n_fft": self.n_fft, "hop": self.hop, "window": self.window}
        cells = np.swapaxes(stft(x, **frame), -1, -2)
        scale = np.float32(self.level / level)
        # (1, channel, part, frames, bins), as the network takes it
        given = np.stack([cells.real, cells.imag], axis=1)[np.newaxis] * scale
        (found,) = self.session.run(None, {"spectrum": given})
        parts = np.empty((stems, 2, x.shape[1]), dtype=np.float32)

        def invert(rows: slice) -> None:
            spectrum = np.empty(found.shape[2:3] + found.shape[4:], dtype=np.complex64)
            for part, image in zip(
                parts[rows], found[0, rows], strict=True
            ):  # less is held at once
                spectrum.real, spectrum.imag = np.swapaxes(image, 0, 1)
                part[:] = istft(np.swapaxes(spectrum, -1, -2), length=x.shape[1], **frame)

        beside.halves(stems, invert)
        parts /= scale
        return parts
