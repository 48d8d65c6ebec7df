"""Datasets: each an iterable of Track, one file each."""

from partita.datasets.demo import demo_track

__all__ = ["demo_track"]
