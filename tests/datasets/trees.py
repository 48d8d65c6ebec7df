"""Miniature datasets: trees of the published layouts, with noise for music.

Loaded by the fixture `make_tree`. Every tree has at least two tracks; samples are 16 bit, and the
mixes are the sums of what the stems were before they were rounded, unless a dataset's are not.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from partita.core import Audio, Stems
from partita.io import save, save_stem_mp4

RATE = 8000
LENGTH = 1600
FOUR = ("vocals", "drums", "bass", "other")


def make_tree(name: str, root: Path) -> Path:
    """Write the miniature of a dataset below a folder; the dataset's root."""
    root.mkdir(parents=True, exist_ok=True)
    MAKERS[name](root, np.random.default_rng(len(name)))
    return root


def noise(rng, *shape: int) -> np.ndarray:
    return 0.02 * rng.standard_normal(shape)


def write(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path, Audio(np.atleast_2d(samples), rate), encoding="int16")


def folder(root, rng):
    for song in ("one", "two"):
        stems = noise(rng, 2, 2, LENGTH)
        for name, samples in zip(("vocals", "accompaniment"), stems, strict=True):
            write(root / song / f"{name}.wav", samples)
    write(root / "two/mixture.flac", stems.sum(axis=0))


def musdb18(root, rng):
    for place in ("train/Song - A", "train/ANiMAL - Rockshow", "test/Song - B"):
        stems = noise(rng, 4, 2, 2 * LENGTH)
        path = root / f"{place}.stem.mp4"
        path.parent.mkdir(exist_ok=True)
        parts = Stems(("drums", "bass", "other", "vocals"), stems, 44100)
        save_stem_mp4(path, Audio(stems.sum(axis=0), 44100), parts, encoding="int16")
    (root / "train/._Song - A.stem.mp4").write_bytes(b"a Mac was here")


def _four_stems(folder: Path, mixture: Path, rng) -> None:
    stems = noise(rng, 4, 2, LENGTH)
    for name, samples in zip(FOUR, stems, strict=True):
        write(folder / f"{name}.wav", samples)
    write(mixture, stems.sum(axis=0))


def musdb18hq(root, rng):
    for place in ("train/Song - A", "train/ANiMAL - Rockshow", "test/Song - B"):
        _four_stems(root / place, root / place / "mixture.wav", rng)
    (root / "train/.DS_Store").write_bytes(b"a Mac was here")


def dsd100(root, rng):
    for song in ("Dev/051 - A - A", "Dev/052 - B - B", "Test/001 - C - C"):
        mixture = root / "Mixtures" / song / "mixture.wav"
        _four_stems(root / "Sources" / song, mixture, rng)


def moisesdb(root, rng):
    for track in ("0a-uuid", "1b-uuid"):
        stems = []
        for stem, files in {"vocals": 2, "bass": 1, "guitar": 2, "bowed_strings": 1}.items():
            for number in range(files):
                path = root / "moisesdb_v0.1" / track / stem / f"{stem}-{number}.wav"
                write(path, noise(rng, 2, LENGTH))
            tracks = [{"id": f"{stem}-{n}", "extension": "wav"} for n in range(files)]
            stems.append({"stemName": stem, "tracks": tracks})
        content = {"song": "A", "artist": "B", "genre": "pop", "stems": stems}
        (root / "moisesdb_v0.1" / track / "data.json").write_text(json.dumps(content))


SLAKH_SOURCES = (
    ("Guitar", "Acoustic Guitar (nylon)", False),
    ("Drums", "Drums", True),
    ("Bass", "Electric Bass (finger)", False),
    ("Piano", "Acoustic Grand Piano", False),
    ("Strings (continued)", "Choir Aahs", False),
    ("Guitar", "Acoustic Guitar (nylon)", False),
)


def slakh2100(root, rng):
    places = ("train/Track00001", "train/Track00002", "validation/Track01501", "test/Track01876")
    for place in (*places, "omitted/Track00003"):
        slakh_track(root / place, rng)


def slakh_track(folder: Path, rng, *, ending: str = "flac", rendered: str = "true") -> None:
    stems = noise(rng, len(SLAKH_SOURCES), LENGTH)
    lines = ["UUID: 1a81", "audio_dir: stems", "overall_gain: 0.18", "stems:"]
    for number, (kind, program, is_drum) in enumerate(SLAKH_SOURCES):
        key = f"S{number:02}"
        write(folder / f"stems/{key}.{ending}", stems[number])
        (folder / "MIDI").mkdir(exist_ok=True)
        (folder / f"MIDI/{key}.mid").write_bytes(midi([(0.1 * number, 0.1, 60 + number)]))
        lines += [f"  {key}:", f"    audio_rendered: {rendered}", f"    inst_class: {kind}"]
        lines += [f"    is_drum: {str(is_drum).lower()}", f"    midi_program_name: {program}"]
    # A sound effect, which Slakh has not rendered.
    lines += ["  S06:", "    audio_rendered: false", "    inst_class: Sound Effects"]
    lines += ["    is_drum: false", "    midi_program_name: Applause", "target_peak: -1.0"]
    write(folder / f"mix.{ending}", stems.sum(axis=0))
    (folder / "metadata.yaml").write_text("\n".join(lines) + "\n")


MEDLEY_STEMS = (
    ("female singer", "melody"),
    ("drum set", ""),
    ("electric bass", "bass"),
    ("clean electric guitar", ""),
    ("synthesizer", "bass"),
    ("vibraphone", ""),
    ("tack piano", ""),
    ("drum set", ""),
)


def medleydb(root, rng):
    medley_track(root / "Audio/Artist_Title", rng)
    medley_track(root / "Audio/Other_Track", rng, has_bleed="yes")


def medley_track(folder: Path, rng, *, has_bleed: str = "no", instruments=MEDLEY_STEMS) -> None:
    stems = noise(rng, len(instruments), 2, LENGTH)
    lines = ["artist: A", "title: 'B: the second'", f"has_bleed: '{has_bleed}'", "stems:"]
    for number, (instrument, component) in enumerate(instruments, 1):
        name = f"{folder.name}_STEM_{number:02}.wav"
        write(folder / f"{folder.name}_STEMS" / name, stems[number - 1])
        lines += [f"  S{number:02}:", f"    component: '{component}'", f"    filename: {name}"]
        lines += [f"    instrument: {instrument}", "    raw:", "      R01:"]
        lines += ["        filename: ../../elsewhere.wav", f"        instrument: {instrument}"]
    # Mastered: louder, and bent at the top.
    write(folder / f"{folder.name}_MIX.wav", np.tanh(1.5 * stems.sum(axis=0)))
    (folder / f"{folder.name}_METADATA.yaml").write_text("\n".join(lines) + "\n")


def urmp(root, rng):
    for piece, parts in (("02_Sonata", ("vn", "vn")), ("11_Maria", ("ob", "vc"))):
        folder = root / "_".join((piece, *parts))
        stems = noise(rng, len(parts), LENGTH)
        for number, (code, samples) in enumerate(zip(parts, stems, strict=True), 1):
            rest = f"{number}_{code}_{piece}"
            write(folder / f"AuSep_{rest}.wav", samples)
            frames = [f"{0.01 * n:.4f}\t\t{440.0 * number * (n % 3 > 0)}" for n in range(20)]
            (folder / f"F0s_{rest}.txt").write_text("\n".join(frames) + "\n")
            notes = [f"0.05\t\t{440.0 * number}\t\t0.10", f"0.15\t\t{220.0 * number}\t\t0.04"]
            (folder / f"Notes_{rest}.txt").write_text("\n".join(notes) + "\n")
        write(folder / f"AuMix_{folder.name}.wav", 0.7 * stems.sum(axis=0))
        (folder / f"Sco_{folder.name}.mid").write_bytes(midi([(0, 1, 60)]))
    (root / "Supplementary_Files").mkdir()


def bach10(root, rng):
    from scipy.io import savemat

    parts = ("violin", "clarinet", "saxphone", "bassoon")
    for piece in ("01-AchGott", "02-Jesus"):
        folder = root / piece
        stems = noise(rng, 4, LENGTH)
        for part, samples in zip(parts, stems, strict=True):
            write(folder / f"{piece}-{part}.wav", samples)
        write(folder / f"{piece}.wav", stems.sum(axis=0))
        midi_of = np.array([[69.0], [64.0], [60.0], [48.0]])
        f0s = np.where(np.arange(18) >= 3, midi_of, 0)
        notes = [np.stack([np.arange(4, 19), np.full(15, pitch[0] + 0.2)]) for pitch in midi_of]
        savemat(folder / f"{piece}-GTF0s.mat", {"GTF0s": f0s})
        savemat(folder / f"{piece}-GTNotes.mat", {"GTNotes": cells([cells([n]) for n in notes])})


def cells(items: Sequence) -> np.ndarray:
    """A column of MATLAB cells."""
    column = np.empty((len(items), 1), dtype=object)
    for row, item in enumerate(items):
        column[row, 0] = item
    return column


def choral_singing(root, rng):
    for song in ("ER", "ND"):
        for part, f0_hz in (("soprano", 880), ("alto", 440), ("tenor", 220), ("bass", 110)):
            for singer in (1, 2):
                name = f"CSD_{song}_{part}_{singer}"
                write(root / f"{name}.wav", noise(rng, LENGTH - 10 * singer))
                frames = [f"{n * 256 / 44100:.6f} {f0_hz + singer}" for n in range(30 + singer)]
                (root / f"{name}.f0").write_text("\n".join(frames) + "\n")
            (root / f"CSD_{song}_{part}_midi.mid").write_bytes(midi([(0, 0.2, 60)]))


def midi(notes: Sequence[tuple[float, float, int]]) -> bytes:
    """A MIDI file of (onset, duration, pitch): format 0, 480 ticks a beat, 120 beats a minute."""
    events = []
    for onset_s, duration_s, pitch in notes:
        start, stop = round(960 * onset_s), round(960 * (onset_s + duration_s))
        events += [(start, 1, bytes([0x90, pitch, 80])), (stop, 0, bytes([0x80, pitch, 0]))]
    track, now = b"", 0
    for tick, _, event in sorted(events):
        delta, now = tick - now, tick
        track += bytes([0x80 | delta >> 7, delta & 0x7F]) + event
    track += b"\x00\xff\x2f\x00"
    head = b"MThd" + (6).to_bytes(4, "big") + b"\0\0" + b"\0\1" + (480).to_bytes(2, "big")
    return head + b"MTrk" + len(track).to_bytes(4, "big") + track


MAKERS: dict[str, Callable[[Path, np.random.Generator], None]] = {
    maker.__name__: maker
    for maker in (
        *(folder, musdb18, musdb18hq, dsd100, moisesdb),
        *(medleydb, slakh2100, urmp, bach10, choral_singing),
    )
}
