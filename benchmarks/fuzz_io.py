"""Damages files of every format at random and reads them: nothing but clear errors may come.

python benchmarks/fuzz_io.py [--count 20000] [--seed 0] [--formats wav,mp3] [--keep FOLDER]

Each case runs in a child process with at most 5 CPU-seconds, and 300 MB above what the process
held before; a crash, a hang, or an error other than Partita's own is printed, and the exit code
is 1.
"""

from __future__ import annotations

import argparse
import resource
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

from partita.cli.stderr import keep_for_ourselves
from partita.core import Audio, AudioError, InputError, PartitaWarning, Stems
from partita.io import (
    STEM_MP4_NAMES,
    Tags,
    load_stem_mp4,
    open_audio,
    read_tags,
    save,
    save_stem_mp4,
)

CASE_S, CASE_MB = 5, 300
MOST_S = 2000
"""Seconds of sound after which a case stops: silence in gaps is bounded, endless sound is not."""
EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

Rng = np.random.Generator


def music(seconds: float = 0.4, rate: int = 44100) -> Audio:
    rng = np.random.default_rng(5)
    t = np.arange(round(seconds * rate)) / rate
    tone = 0.2 * np.sin(2 * np.pi * 330 * t)
    return Audio(np.stack([tone, 0.7 * tone]) + 0.02 * rng.standard_normal((2, len(t))), rate)


def with_libsndfile(path: Path, format: str, subtype: str) -> None:
    audio = music()
    soundfile.write(path, audio.samples.T, audio.rate, subtype=subtype, format=format)


def with_ffmpeg(path: Path, container: str, codec: str) -> None:
    audio = music(rate=48000)
    with av.open(str(path), "w", format=container) as out:
        stream = out.add_stream(codec, rate=audio.rate)
        stream.layout, stream.bit_rate = "stereo", 128_000
        frame = av.AudioFrame.from_ndarray(audio.samples, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = audio.rate, 0, Fraction(1, audio.rate)
        to = av.AudioResampler(format=stream.codec_context.format, layout="stereo", rate=audio.rate)
        for part in to.resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def write_stems(path: Path) -> None:
    mix = music()
    stems = np.stack([mix.samples / 4] * 4)
    save_stem_mp4(path, mix, Stems(STEM_MP4_NAMES, stems, mix.rate), tags=Tags(title="a"))


def own(path: Path, encoding: str | None = None) -> None:
    tags = Tags(title="Title", artist="Artist", comment="x" * 200, cover=b"\x89PNG\r\n\x1a\n" * 20)
    save(path, music(), encoding=encoding, tags=tags)


MAKERS: dict[str, Callable[[Path], None]] = {
    "16.wav": lambda path: own(path, "int16"),
    "float.wav": own,
    "a.flac": own,
    "a.ogg": own,
    "a.opus": own,
    "a.mp3": own,
    "a.m4a": own,
    "alac.m4a": lambda path: own(path, "int24"),
    "a.stem.mp4": write_stems,
    "a.aiff": lambda path: with_libsndfile(path, "AIFF", "PCM_24"),
    "a.caf": lambda path: with_libsndfile(path, "CAF", "ALAC_16"),
    "a.w64": lambda path: with_libsndfile(path, "W64", "PCM_16"),
    "a.rf64": lambda path: with_libsndfile(path, "RF64", "FLOAT"),
    "adpcm.wav": lambda path: with_libsndfile(path, "WAV", "IMA_ADPCM"),
    "gsm.wav": lambda path: soundfile.write(
        path, music(rate=8000).samples[0], 8000, subtype="GSM610"
    ),
    "a.au": lambda path: with_libsndfile(path, "AU", "ULAW"),
    "a.voc": lambda path: with_libsndfile(path, "VOC", "PCM_16"),
    "opus.webm": lambda path: with_ffmpeg(path, "webm", "libopus"),
    "flac.mka": lambda path: with_ffmpeg(path, "matroska", "flac"),
    "ac3.mka": lambda path: with_ffmpeg(path, "matroska", "ac3"),
    "a.wma": lambda path: with_ffmpeg(path, "asf", "wmav2"),
    "a.wv": lambda path: with_ffmpeg(path, "wv", "wavpack"),
    "a.aac": lambda path: with_ffmpeg(path, "adts", "aac"),
}


def mutated(data: bytes, rng: Rng) -> bytes:
    """The file with one to four kinds of damage."""
    out = bytearray(data)
    for _ in range(rng.integers(1, 5)):
        if len(out) > 16:
            DAMAGE[rng.integers(len(DAMAGE))](out, rng)
    return bytes(out)


def place(data: bytearray, rng: Rng) -> int:
    """Anywhere, but every other time within a header (the first or last kilobyte)."""
    edge = min(1000, len(data))
    choice = rng.integers(4)
    if choice == 0:
        return int(rng.integers(edge))
    if choice == 1:
        return int(len(data) - 1 - rng.integers(edge))
    return int(rng.integers(len(data)))


def stretch(data: bytearray, rng: Rng) -> slice:
    start = place(data, rng)
    return slice(start, start + 1 + int(rng.exponential(len(data) / 20)))


def flip(data: bytearray, rng: Rng) -> None:
    for _ in range(rng.integers(1, 20)):
        data[place(data, rng)] ^= 1 << rng.integers(8)


def extreme(data: bytearray, rng: Rng) -> None:
    width = int(rng.choice([1, 2, 4, 8]))
    value = int(rng.choice(EXTREMES)) & ((1 << 8 * width) - 1)
    at = min(place(data, rng), len(data) - width)
    data[at : at + width] = value.to_bytes(width, "little" if rng.integers(2) else "big")


def cut(data: bytearray, rng: Rng) -> None:
    del data[place(data, rng) + 1 :]


def remove(data: bytearray, rng: Rng) -> None:
    del data[stretch(data, rng)]


def double(data: bytearray, rng: Rng) -> None:
    at = place(data, rng)
    data[at:at] = data[stretch(data, rng)]


def blank(data: bytearray, rng: Rng) -> None:
    part = stretch(data, rng)
    data[part] = bytes([int(rng.choice([0, 255]))]) * len(data[part])


def noise(data: bytearray, rng: Rng) -> None:
    part = stretch(data, rng)
    data[part] = rng.bytes(len(data[part]))


DAMAGE = (flip, flip, extreme, extreme, extreme, cut, remove, double, blank, noise)


def case(names: list[str], seed: int, number: int, folder: Path) -> Path:
    """The file of one case, written."""
    rng = np.random.default_rng([seed, number])
    name = names[number % len(names)]
    path = folder / f"case.{name}"
    path.write_bytes(mutated((folder / name).read_bytes(), rng))
    return path


def read_it(path: Path) -> str:
    """Read all that can be read; the answer, in a word."""
    answer = "read"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", PartitaWarning)
        read_tags(path)
        try:
            length = 0
            file = open_audio(path)
            for block in file.blocks(1 << 16):
                length += block.length
                if length > MOST_S * file.rate:
                    break
            if path.name.endswith(".stem.mp4"):
                load_stem_mp4(path)
        except (InputError, AudioError):
            answer = "refused"
    return answer


def held_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(names: list[str], seed: int, first: int, stop: int, folder: Path) -> None:
    """Run cases, saying each one's number before and its answer after."""
    keep_for_ourselves()  # as the command does; a crash is told, mpg123's remarks are not
    read_it(folder / names[0])  # what libraries load once is not a case's
    before = held_mb()
    for number in range(first, stop):
        print(f"case {number}", flush=True)
        path = case(names, seed, number, folder)
        signal.setitimer(signal.ITIMER_PROF, CASE_S)  # the process ends where it expires
        print(read_it(path), flush=True)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if held_mb() > before + CASE_MB:
            raise SystemExit(f"took {held_mb() - before:.0f} MB")


def run(names: list[str], seed: int, count: int, folder: Path, keep: Path | None) -> int:
    """Run all cases, starting again after each that failed; the number of failures."""
    first, failures, answers = 0, 0, {"read": 0, "refused": 0}
    while first < count:
        arguments = ["--child", str(folder), "--first", str(first), "--count", str(count)]
        arguments += ["--seed", str(seed), "--formats", ",".join(names)]
        done = subprocess.run(
            [sys.executable, __file__, *arguments],
            capture_output=True,
            text=True,
            timeout=120 + count,
        )
        lines = done.stdout.split("\n")
        for answer in answers:
            answers[answer] += lines.count(answer)
        if done.returncode == 0:
            if done.stderr:
                failures += 1
                print("the terminal was written to:", done.stderr[-1500:])
            break
        started = [line for line in lines if line.startswith("case ")]
        if not started:
            raise SystemExit(done.stderr)
        number = int(started[-1].split()[1])
        failures += 1
        path = case(names, seed, number, folder)
        print(f"case {number} ({path.name}), exit code {done.returncode}:")
        print(done.stderr.strip()[-1500:], flush=True)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{number}.{path.name}").write_bytes(path.read_bytes())
        first = number + 1
    print(f"{answers['read']} read, {answers['refused']} refused, {failures} failed")
    return failures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", default=",".join(MAKERS))
    parser.add_argument("--keep", type=Path, help="keep the files that failed there")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--first", type=int, default=0, help=argparse.SUPPRESS)
    given = parser.parse_args()
    names = given.formats.split(",")
    if given.child:
        child(names, given.seed, given.first, given.count, given.child)
        return
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            MAKERS[name](Path(folder) / name)
        failures = run(names, given.seed, given.count, Path(folder), given.keep)
    print(f"{given.count} cases in {time.perf_counter() - began:.0f} s")
    raise SystemExit(bool(failures))


if __name__ == "__main__":
    main()
