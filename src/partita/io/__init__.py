"""Files to core types and back."""

from partita.io.activity import read_activity
from partita.io.audio import AudioFile, load, open_audio, save
from partita.io.example import read_example
from partita.io.formats import FORMATS, Encoding, FileFormat, format_of
from partita.io.lyrics import read_lyrics
from partita.io.pitch import read_pitch
from partita.io.score import read_score
from partita.io.stem_mp4 import (
    STEM_MP4_COLOURS,
    STEM_MP4_NAMES,
    StemMp4Writer,
    load_stem_mp4,
    open_stem_mp4,
    save_stem_mp4,
)
from partita.io.tags import Tags, read_tags
from partita.io.writer import AudioWriter

__all__ = [
    "FORMATS",
    "STEM_MP4_COLOURS",
    "STEM_MP4_NAMES",
    "AudioFile",
    "AudioWriter",
    "Encoding",
    "FileFormat",
    "StemMp4Writer",
    "Tags",
    "format_of",
    "load",
    "load_stem_mp4",
    "open_audio",
    "open_stem_mp4",
    "read_activity",
    "read_example",
    "read_lyrics",
    "read_pitch",
    "read_score",
    "read_tags",
    "save",
    "save_stem_mp4",
]
