"""A singing voice: glottal pulses and noise through moving formants.

The source is Klatt and Klatt's (1990) KLGLOTT88 flow derivative, the tract Klatt's
(1980) cascade of resonators with a nasal pole and zero. Unlike theirs, the sound is
summed partial by partial, each weighted with the tract's response at its frequency,
so that it neither aliases nor clicks when the tract moves. Parameters are tracks with one value per
`HOP` frames. It is a singer's sketch: words are suggested rather than pronounced.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from demo_song.effects import RATE, Sound, amplitude, faded, passed, seconds, smoothed
from demo_song.phonemes import CONSONANTS, DIPHTHONGS, PHONES, Phone
from demo_song.score import Sung

HOP = 64
BANDWIDTHS_HZ = (105.0, 140.0, 160.0)
UPPER_HZ = (3700.0, 4500.0, 5700.0, 6900.0, 8100.0, 9400.0, 10800.0, 12300.0)
NOSE_HZ, NASAL_ZERO_HZ = 280.0, 620.0


@dataclass(frozen=True)
class Segment:
    """A stretch of one speech sound, in seconds; a `burst` opens a stop."""

    start_s: float
    end_s: float
    phone: Phone
    gain: float
    burst: bool = False


@dataclass(frozen=True)
class Tracks:
    """What the synthesiser follows, one value per `HOP` frames.

    `formants` is ``(3, blocks)`` in Hz, the others ``(blocks,)``: levels from 0 to
    about 1, and `nose` from 0 (shut) to 1 (open).
    """

    formants: Sound
    voice: Sound
    breath: Sound
    nose: Sound


def sing(
    notes: Sequence[Sung], duration_s: float, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Mono voice ``(frames,)`` that sings `notes`, about ±0.5 at its loudest, without room.

    A note's vowel begins on its beat: consonants come before it.
    """
    blocks = -(-round(duration_s * RATE) // HOP)
    segments = segments_of(notes, beat_s=beat_s)
    tracks = tracks_of(segments, blocks)
    f0_hz = pitch_track(notes, blocks, beat_s=beat_s, rng=rng)
    tracks = tuned(tracks, f0_hz)
    sound = voiced(f0_hz, tracks, rng=rng) + breathed(tracks, rng=rng)
    sound = 0.2 * sound + hisses(segments, sound.size, rng=rng)
    return sound[: round(duration_s * RATE)]


def segments_of(notes: Sequence[Sung], *, beat_s: float) -> list[Segment]:
    """Speech sounds in order of time, with stops split into closure and burst."""
    plans = [_expanded(note.words) for note in notes]
    heads = [_length(plan[0]) for plan in plans] + [0.0]
    segments = []
    for i, (note, (onset, nucleus, coda)) in enumerate(zip(notes, plans, strict=True)):
        start_s, end_s = note.beat * beat_s, (note.beat + note.length) * beat_s
        if i + 1 < len(notes):
            end_s = min(end_s, notes[i + 1].beat * beat_s - heads[i + 1])
        gain, middle_s = amplitude(note.level_db), end_s - _length(coda)
        segments += _in_a_row(onset, start_s - heads[i], gain)
        segments += _vowels(nucleus, start_s, middle_s, gain)
        segments += _in_a_row(coda, middle_s, gain)
    return segments


def _expanded(words: str) -> tuple[list[str], list[str], list[str]]:
    """Onset, nucleus and coda of a syllable, with its diphthong taken apart."""
    names = [part for name in words.split() for part in DIPHTHONGS.get(name, (name,))]
    held = [i for i, name in enumerate(names) if name not in CONSONANTS]
    return names[: held[0]], names[held[0] : held[-1] + 1], names[held[-1] + 1 :]


def _length(names: Sequence[str]) -> float:
    return sum(PHONES[name].length_s for name in names)


def _in_a_row(names: Sequence[str], start_s: float, gain: float) -> list[Segment]:
    segments = []
    for name in names:
        phone, end_s = PHONES[name], start_s + PHONES[name].length_s
        if phone.stop:
            middle_s = start_s + 0.6 * phone.length_s
            segments += [Segment(start_s, middle_s, phone, gain)]
            segments += [Segment(middle_s, end_s, phone, gain, burst=True)]
        else:
            segments += [Segment(start_s, end_s, phone, gain)]
        start_s = end_s
    return segments


def _vowels(names: Sequence[str], start_s: float, end_s: float, gain: float) -> list[Segment]:
    """One held vowel, or two of which the second takes a third, at most 0.16 s."""
    turn_s = max(end_s - 0.16, start_s + 0.65 * (end_s - start_s)) if len(names) > 1 else end_s
    edges = (start_s, turn_s, end_s)
    return [Segment(edges[i], edges[i + 1], PHONES[n], gain) for i, n in enumerate(names)]


def tracks_of(segments: Sequence[Segment], blocks: int) -> Tracks:
    """Tracks that glide from one speech sound to the next; silence between phrases."""
    formants, levels = np.zeros((3, blocks)), np.zeros((3, blocks))
    last = 0
    for segment in segments:
        first, end = (round(t * RATE / HOP) for t in (segment.start_s, segment.end_s))
        phone, shut = segment.phone, segment.phone.stop and not segment.burst
        voice = 0.0 if segment.burst else segment.gain * phone.voice
        breath = 0.0 if shut else segment.gain * phone.breath
        levels[:, first:end] = np.array([[voice], [breath], [phone.nasal]])
        # between sounds the mouth already takes the shape of the next one
        formants[:, last:end] = np.array(phone.formants)[:, None]
        last = end
    formants[:, last:] = np.array(segments[-1].phone.formants)[:, None]
    voice, breath, nose = smoothed(levels, 17)
    return Tracks(smoothed(formants, 41), smoothed(voice, 13), breath, nose)


def tuned(tracks: Tracks, f0_hz: Sound) -> Tracks:
    """`tracks` with the first formant above the fundamental, as singers tune it."""
    first, second, third = tracks.formants
    return replace(tracks, formants=np.stack([np.maximum(first, 1.08 * f0_hz), second, third]))


def pitch_track(
    notes: Sequence[Sung], blocks: int, *, beat_s: float, rng: np.random.Generator
) -> Sound:
    """Fundamental frequency ``(blocks,)`` in Hz: glides, scoops, late vibrato and drift."""
    time = np.arange(blocks) * HOP / RATE
    pitch, depth = np.full(blocks, float(notes[0].pitch)), np.zeros(blocks)
    previous_end_s = -1.0
    for note in notes:
        start_s, end_s = note.beat * beat_s, (note.beat + note.length) * beat_s
        pitch[time >= start_s - 0.03] = note.pitch
        if start_s - previous_end_s > 0.15:
            pitch[(time >= start_s - 0.1) & (time < start_s + 0.03)] = note.pitch - 1.2
        if end_s - start_s > 0.45:
            held = np.clip((time - start_s - 0.25) / 0.35, 0.0, 1.0) * (time < end_s)
            depth = np.maximum(depth, held)
        previous_end_s = end_s
    rate_hz = 5.4 + 0.25 * _wander(blocks, 1.0, rng)
    vibrato = np.sin(2.0 * np.pi * np.cumsum(rate_hz) * HOP / RATE)
    wobble = 0.42 * smoothed(depth, 61) * vibrato + 0.06 * _wander(blocks, 3.0, rng)
    jitter = 0.05 * _wander(blocks, 40.0, rng)
    return 440.0 * 2.0 ** ((smoothed(pitch, 55) + wobble + jitter - 69.0) / 12.0)


def _wander(blocks: int, high_hz: float, rng: np.random.Generator) -> Sound:
    """Slow noise of unit variance that changes at most about `high_hz` times a second."""
    slow = smoothed(rng.standard_normal(blocks), max(3, round(RATE / HOP / high_hz)))
    return slow / slow.std()


def upsampled(track: NDArray[Any]) -> NDArray[Any]:
    """`track` ``(blocks,)``, real or complex, interpolated to ``(blocks * HOP,)`` frames."""
    steps = np.diff(track, append=track[-1:])
    return (track[:, None] + steps[:, None] * (np.arange(HOP) / HOP)).reshape(-1)


def tract_response(f_hz: Sound, formants: Sound, nose: Sound) -> NDArray[Any]:
    """Complex response of the vocal tract at `f_hz`, one at 0 Hz.

    `f_hz` and `nose` and each of the three `formants` broadcast to the result's shape.
    """
    s = 2j * np.pi * f_hz
    response = _pair(s, NOSE_HZ, 100.0) / _pair(
        s, NOSE_HZ + nose * (NASAL_ZERO_HZ - NOSE_HZ), 100.0
    )
    for center_hz, width_hz in zip(formants, BANDWIDTHS_HZ, strict=True):
        response = response * _pair(s, center_hz, width_hz)
    for center_hz in UPPER_HZ:
        response = response * _pair(s, center_hz, 90.0 + 0.045 * center_hz)
    # Fant's correction for the resonances above the last, held where voices grow dark
    return response * np.exp((np.minimum(f_hz, 11_000.0) / 3650.0) ** 2)


def _pair(s: NDArray[Any], center_hz: Sound | float, width_hz: float) -> NDArray[Any]:
    """Response of a resonance at the complex frequency `s`, one at zero."""
    square = (2.0 * np.pi * center_hz) ** 2 + (np.pi * width_hz) ** 2
    return square / (s**2 + 2.0 * np.pi * width_hz * s + square)


def glottal_series(count: int, *, open_part: float = 0.6) -> NDArray[Any]:
    """Fourier coefficients 0 to `count` of KLGLOTT88's flow derivative, at unit power.

    The folds are open for `open_part` of each cycle.
    """
    phase = np.linspace(0.0, 1.0, 4096, endpoint=False) / open_part
    cycle = np.where(phase < 1.0, 2.0 * phase - 3.0 * phase**2, 0.0)
    return np.fft.rfft(cycle)[: count + 1] / cycle.size / cycle.std()


def voiced(f0_hz: Sound, tracks: Tracks, *, rng: np.random.Generator) -> Sound:
    """Glottal pulses through the tract ``(blocks * HOP,)``, without partials above 16 kHz.

    Shimmer moves the level by some per cent; soft sounds have fewer highs.
    """
    blocks = f0_hz.size
    shimmer = 1.0 + 0.03 * _wander(blocks, 40.0, rng) + 0.05 * _wander(blocks, 4.0, rng)
    count = int(16_000.0 / f0_hz.min())
    series = glottal_series(count)
    turn = np.exp(2j * np.pi * np.cumsum(upsampled(f0_hz)) / RATE)
    total, partial = np.zeros(turn.size), np.ones(turn.size, complex)
    for k in range(1, count + 1):
        partial = partial * turn
        inside = np.clip((16_000.0 - k * f0_hz) / 2000.0, 0.0, 1.0)
        level = inside * shimmer * tracks.voice.clip(0.0) ** (1.0 + 0.1 * np.log2(k))
        gain = 2.0 * series[k] * level * tract_response(k * f0_hz, tracks.formants, tracks.nose)
        total += (upsampled(gain) * partial).real
    return total


def breathed(tracks: Tracks, *, rng: np.random.Generator) -> Sound:
    """Breath noise through the tract ``(blocks * HOP,)``, by overlapping short spectra."""
    size, skip = 512, 2  # a frame of 8 blocks every 2 blocks
    level = 0.35 * tracks.breath[::skip] + 0.04 * tracks.voice[::skip]
    f_hz = np.fft.rfftfreq(size, 1.0 / RATE)[:, None]
    response = tract_response(f_hz, tracks.formants[:, None, ::skip], tracks.nose[::skip])
    noise = rng.standard_normal((size, level.size)) * signal.windows.hann(size, False)[:, None]
    # the folds' noise is weak below 1 kHz
    shaped = np.fft.rfft(noise, axis=0) * response * level * (f_hz / (f_hz + 1000.0))
    frames = np.fft.irfft(shaped, axis=0)
    sound = np.zeros((level.size - 1) * skip * HOP + size)
    for i, frame in enumerate(frames.T):
        sound[i * skip * HOP : i * skip * HOP + size] += frame
    start = size // 2
    return np.pad(sound, (0, size))[start : start + tracks.voice.size * HOP] / np.sqrt(1.5)


def hisses(segments: Sequence[Segment], frames: int, *, rng: np.random.Generator) -> Sound:
    """Noise of the lips and teeth ``(frames,)``: fricatives and the bursts of stops."""
    sound = np.zeros(frames)
    for segment in segments:
        phone = segment.phone
        if phone.hiss is None or (phone.stop and not segment.burst):
            continue
        low_hz, high_hz, level = phone.hiss
        time = seconds(segment.end_s - segment.start_s)
        noise = passed(rng.standard_normal(time.size), low_hz=low_hz, high_hz=high_hz)
        shape = np.exp(-time / 0.009) if phone.stop else 1.0
        noise = faded(noise * shape, rise_s=0.001 if phone.stop else 0.035, fall_s=0.025)
        start = round(segment.start_s * RATE)
        sound[start : start + time.size] += 0.25 * level * segment.gain * noise
    return sound
