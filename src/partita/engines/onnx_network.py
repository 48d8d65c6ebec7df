"""A trained network in an ONNX file, from waveforms to waveforms: what `partita export` writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from partita.core.errors import InputError
from partita.core.names import printable
from partita.signal.stft import Frame, Window, istft, stft

STEMS, MASKS = FORMATS = ("partita quartet 1", "partita quartet 2")
"""What a network gives: spectra of all stems, or masks of all but the last."""

BROKEN = "MatMul_BatchNormalization_Fusion"
"""A step of onnxruntime's (1.20) that makes of some networks what it then refuses."""

Array = NDArray[np.floating]


@dataclass(frozen=True)
class OnnxNetwork:
    """A network in memory, and what its file says about itself.

    Parameters
    ----------
    channels : how many it is given: the two of the mixture, and where another network was asked
        before, the two of each stem.
    stems : what it finds. rate : Hz. n_fft, hop, window : of the spectrum. level : RMS to which a
        recording is brought. masks : whether it gives masks.
    """

    session: Any
    channels: int
    stems: tuple[str, ...]
    rate: int
    n_fft: int
    hop: int
    window: Window
    level: float
    masks: bool

    @classmethod
    def load(cls, path: Path, *, threads: int, providers: Sequence[str]) -> Self:
        """The network in a file.

        Parameters
        ----------
        threads : at least 1. providers : as onnxruntime calls devices.

        Raises
        ------
        InputError : the file holds no such network.
        """
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # The arena keeps what a run took, for the next one; planned as one block it took 1.6 times
        # as much, and without an arena the heap is left in pieces, and takes twice as much.
        options.enable_mem_pattern = False
        if _arena_is_shared():
            options.add_session_config_entry("session.use_env_allocators", "1")
        # Threads that wait by spinning take the time of whoever else is at work.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            session = onnxruntime.InferenceSession(
                str(path), options, providers=list(providers), disabled_optimizers=[BROKEN]
            )
            facts = session.get_modelmeta().custom_metadata_map
            if facts.get("format") not in FORMATS:
                raise ValueError(f"its format is {facts.get('format')!r}, not {FORMATS[-1]!r}")
            network = cls(
                session,
                channels=int(session.get_inputs()[0].shape[1]),
                stems=tuple(json.loads(facts["stems"])),
                rate=int(facts["rate"]),
                n_fft=int(facts["n_fft"]),
                hop=int(facts["hop"]),
                window="hann" if facts["window"] == "hann" else "sine",
                level=float(facts["level"]),
                masks=facts["format"] == MASKS,
            )
            if not (min(network.rate, network.n_fft, network.hop) > 0 and network.level > 0):
                raise ValueError("its rate, frames or level are not above 0")
            return network
        except Exception as error:  # onnxruntime's own errors have no common base
            raise InputError(f"{printable(path)} holds no network for quartet: {error}") from error

    def separate(self, x: Array, level: float, *, stems: int) -> Iterator[Array]:
        """The first stems, each (2, time) at the network's rate, from (channels, time).

        Parameters
        ----------
        level : RMS of the whole recording, above 0. stems : how many.
        """
        frame: Frame = {"n_fft": self.n_fft, "hop": self.hop, "window": self.window}
        spectrum = np.swapaxes(stft(x, **frame), -1, -2)  # as it lies in memory
        spectrum *= np.float32(self.level / level)
        (found,) = self.session.run(None, {"spectrum": _parts(spectrum)})
        for answer in found[0, :stems]:  # one after the other, for memory
            image = spectrum[:2] * answer if self.masks else _whole(answer)
            part = istft(np.swapaxes(image, -1, -2), length=x.shape[1], **frame)
            part *= np.float32(level / self.level)
            yield part


@cache
def _arena_is_shared() -> bool:
    """Whether all networks of this process take their memory from one place, so that one finds
    there what another has left."""
    import onnxruntime

    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    try:
        onnxruntime.create_and_register_allocator(memory, None)
    except Exception:  # somebody else's is registered; onnxruntime's errors have no common base
        return False
    return True


def _parts(spectrum: NDArray[np.complexfloating]) -> Array:
    """(channel, frames, bins) as a network takes it: (1, channel, part, frames, bins) float32."""
    parts = np.empty((1, len(spectrum), 2, *spectrum.shape[1:]), dtype=np.float32)
    parts[0, :, 0], parts[0, :, 1] = spectrum.real, spectrum.imag
    return parts


def _whole(parts: Array) -> NDArray[np.complexfloating]:
    """(channel, frames, bins) from (channel, part, frames, bins)."""
    spectrum = np.empty((len(parts), *parts.shape[2:]), dtype=np.complex64)
    spectrum.real, spectrum.imag = np.swapaxes(parts, 0, 1)
    return spectrum
