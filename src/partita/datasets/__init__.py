"""Datasets: each an iterable of Track, one file each."""

from partita.datasets.dataset import About, Dataset
from partita.datasets.demo import demo_track
from partita.datasets.folder import SongFolder
from partita.datasets.registry import create, describe, names

__all__ = [
    "About",
    "Dataset",
    "SongFolder",
    "create",
    "demo_track",
    "describe",
    "names",
]
