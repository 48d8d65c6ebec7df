"""Vocals, drums, bass and the rest, by rules alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from partita.core.audio import Audio, Stems
from partita.core.hints import Hints
from partita.engines.options import check_options, option
from partita.engines.session import StatelessSession, cpu_session
from partita.methods.foreground import foreground
from partita.methods.hpss import hpss_magnitudes
from partita.methods.local_shares import local_shares
from partita.methods.mid_side import centre_mask
from partita.methods.typical_shares import typical_shares
from partita.signal.masks import ratio_masks
from partita.signal.resolution import odd, scaled_n_fft
from partita.signal.stft import Frame, Window, istft, stft

TOP_HZ = 16000.0
"""Above it a cell is shared as the cells just below are: little is there, and at 192 kHz much of
the spectrum is."""
AROUND_HZ, AROUND_S = 350.0, 1.0
"""The neighbourhood over which a stem's share changes little."""
FLOOR = np.float32(0.02)
"""Added to a stem's share there, so that no stem is ruled out by its neighbourhood alone."""
IMAGE = np.float32(0.4)
"""Added to centre and side alike: the image alone never decides (1.4 to 0.4 at most)."""

Spectrum = NDArray[np.complexfloating]


@dataclass(frozen=True)
class Classic:
    """Vocals, drums, bass and the rest, by rules alone: nothing trained, nothing downloaded.

    Good at: a first result within a second or two; drums, and a clear bass. Bad at: voices among
    other held notes at the same pitch in the middle of the image, where the rules have no cue.

    Every cell of the spectrogram is shared among the stems by odds, and every cue multiplies them:

    1. what usually sounds at this frequency (`typical_shares`);
    2. percussive cells are drums, harmonic ones all else (`hpss_magnitudes`);
    3. the centre of the stereo image is voice, drums and bass, the sides are the rest
       (`centre_mask`, beside what is usual in this recording: mono tells nothing);
    4. what stands out of its frequency's usual level is voice or drums (`foreground`);
    5. what a first guess finds around the cell (`local_shares`), once the rest is known.

    The odds stay near the plain ratio of magnitudes: a mask that hedges errs less than one that
    decides.

    References
    ----------
    FitzGerald, "Harmonic/percussive separation using median filtering", DAFx 2010; Avendano and
    Jot, "Frequency domain techniques for stereo to multichannel upmix", AES 2002; Liutkus et al.,
    "Kernel additive models for source separation", TSP 2014 (estimates smoothed locally).
    """

    name: ClassVar[str] = "classic"
    stems: ClassVar[tuple[str, ...]] = ("vocals", "drums", "bass", "other")
    uses: ClassVar[frozenset[str]] = frozenset()
    requires: ClassVar[frozenset[str]] = frozenset()
    segment_s: ClassVar[float | None] = 30.0
    overlap: ClassVar[float] = 0.1
    max_duration_s: ClassVar[float | None] = None
    adds_up: ClassVar[bool] = True

    n_fft: int = option(4096, "frame length at 44.1 kHz", low=256, high=65536, unit="samples")
    redundancy: int = option(4, "frames over each sample; 2 is half the work", choices=(2, 4, 8))
    time_s: float = option(0.36, "a hit is shorter, a note longer", low=0.01, high=5, unit="s")
    freq_hz: float = option(250.0, "a partial is narrower, a hit not", low=20, high=5000, unit="Hz")
    centre: float = option(1.0, "how much the stereo image counts", low=0, high=4)
    stand_out: float = option(0.5, "how much standing out counts", low=0, high=4)
    adapt: float = option(1.0, "how much the first guess around a cell counts", low=0, high=4)

    def __post_init__(self) -> None:
        check_options(self)

    def open(self, device: str = "auto", threads: int | None = None) -> StatelessSession:
        return cpu_session(self._separate, self.name, device)

    def _frame(self, rate: int) -> Frame:
        """The short-time Fourier transform in which it works, for a sample rate in Hz."""
        n_fft = scaled_n_fft(self.n_fft, rate)
        # squares of either window add up evenly
        window: Window = "sine" if self.redundancy == 2 else "hann"
        return {"n_fft": n_fft, "hop": n_fft // self.redundancy, "window": window}

    def masks(self, spectrum: Spectrum, frame: Frame, rate: int) -> NDArray[np.floating]:
        """The share of each stem in each cell, (stems, freq, frames), adding up to one.

        Parameters
        ----------
        spectrum : (channels, freq, frames), of any frame, from 0 Hz up to where it is wanted.
        rate : of the signal, Hz.
        """
        hz_per_bin = rate / frame["n_fft"]
        bins = min(int(TOP_HZ / hz_per_bin) + 1, spectrum.shape[1])
        low = self._masks(
            spectrum[:, :bins], hz_per_bin=hz_per_bin, frames_per_s=rate / frame["hop"]
        )
        above = np.mean(low[:, -odd(1000 / hz_per_bin) :], axis=1, keepdims=True)
        return np.concatenate([low, np.repeat(above, spectrum.shape[1] - bins, axis=1)], axis=1)

    def _separate(self, segment: Audio, hints: Hints, stems: tuple[str, ...]) -> Stems:
        frame = self._frame(segment.rate)
        spectrum = stft(segment.samples, **frame)
        masks = self.masks(spectrum, frame, segment.rate)
        samples = np.empty((len(stems), *segment.samples.shape), dtype=np.float32)
        for name, out in zip(stems, samples, strict=True):
            mask = masks[self.stems.index(name)]
            # One channel at a time: at 192 kHz that saves hundreds of megabytes.
            for channel, cells in zip(out, spectrum, strict=True):
                channel[:] = istft(cells * mask, length=segment.length, **frame)
        return Stems(stems, samples, segment.rate)

    def _masks(
        self, spectrum: Spectrum, *, hz_per_bin: float, frames_per_s: float
    ) -> NDArray[np.floating]:
        """(stems, freq, frames), adding up to one, from (channels, freq, frames)."""
        power = np.ascontiguousarray(np.mean(_power(spectrum), axis=0))
        odds = self._odds(spectrum, power, hz_per_bin=hz_per_bin, frames_per_s=frames_per_s)
        masks = ratio_masks(odds, power=1)
        around = local_shares(
            masks,
            power,
            freq_bins=odd(AROUND_HZ / hz_per_bin),
            time_frames=odd(AROUND_S * frames_per_s),
        )
        masks *= (around + FLOOR) ** self.adapt
        masks /= np.sum(masks, axis=0)
        return masks

    def _odds(
        self,
        spectrum: Spectrum,
        power: NDArray[np.floating],
        *,
        hz_per_bin: float,
        frames_per_s: float,
    ) -> NDArray[np.floating]:
        """(stems, freq, frames): the first four cues, multiplied."""
        magnitude = np.sqrt(power)
        structure = hpss_magnitudes(
            magnitude,
            time_frames=odd(self.time_s * frames_per_s),
            freq_bins=odd(self.freq_hz / hz_per_bin),
        )
        # A trace of the cell itself, so that two silent medians leave an open question.
        harmonic, percussive = ratio_masks(np.stack(structure) + 1e-3 * magnitude, power=1)
        middle, side = self._image(spectrum, power)
        middle_harmonic = middle * harmonic
        lively = foreground(magnitude) ** self.stand_out
        cues = {
            "vocals": middle_harmonic * lively,
            "drums": middle * percussive * lively,
            "bass": middle_harmonic,
            "other": side * harmonic,
        }
        frequency_hz = np.arange(len(power)) * hz_per_bin
        return np.stack([cues[s] * typical_shares(frequency_hz, s)[:, None] for s in self.stems])

    def _image(
        self, spectrum: Spectrum, power: NDArray[np.floating]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """What the place in the stereo image says for the middle and for the sides."""
        if len(spectrum) != 2:
            return np.ones_like(power), np.ones_like(power)
        centre = centre_mask(spectrum)
        usual = np.sum(centre * power) / max(np.sum(power), np.finfo(power.dtype).tiny)
        centre = np.clip(centre - usual + 0.5, 0, 1)
        return (IMAGE + centre) ** self.centre, (IMAGE + 1 - centre) ** self.centre


def _power(spectrum: Spectrum) -> NDArray[np.floating]:
    return np.square(spectrum.real) + np.square(spectrum.imag)
