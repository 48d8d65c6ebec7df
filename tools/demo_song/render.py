"""Writes the demo song's stems as Ogg Vorbis: ``python tools/demo_song/render.py OUT_DIR``.

The decoded files, not the arrays before coding, are the song's true stems, and
their plain sum is its mix.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import soundfile

# a script's own folder is on the path, its package's is not
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from demo_song.effects import RATE, Sound
from demo_song.song import SEED, stems

# libsndfile's Vorbis encoder overflows the stack when given a long sound in one call.
BLOCK_FRAMES = 65_536


def write_vorbis(path: Path, sound: Sound, *, compression: float = 0.3) -> None:
    """Writes `sound` ``(2, frames)``; `compression` is 0 (best) to 1 (smallest)."""
    with soundfile.SoundFile(
        path, "w", RATE, 2, format="OGG", subtype="VORBIS", compression_level=compression
    ) as file:
        for start in range(0, sound.shape[-1], BLOCK_FRAMES):
            file.write(sound[:, start : start + BLOCK_FRAMES].T)


def main() -> None:
    """Renders the song and prints how loud and how large each stem is."""
    parser = argparse.ArgumentParser(description="Render the demo song's four stems.")
    parser.add_argument("out_dir", type=Path, help="folder for vocals, drums, bass, other .ogg")
    parser.add_argument("--seed", type=int, default=SEED, help="of all that varies by chance")
    options = parser.parse_args()
    options.out_dir.mkdir(parents=True, exist_ok=True)
    mix = 0.0
    for name, sound in stems(seed=options.seed).items():
        path = options.out_dir / f"{name}.ogg"
        write_vorbis(path, sound)
        decoded, _ = soundfile.read(path)
        mix = mix + decoded
        level_db = 10.0 * np.log10(np.mean(decoded**2))
        print(f"{name:7} {level_db:6.1f} dBFS {path.stat().st_size / 1000.0:6.0f} kB")
    print(f"peak of the mix {np.abs(mix).max():.3f}")


if __name__ == "__main__":
    main()
