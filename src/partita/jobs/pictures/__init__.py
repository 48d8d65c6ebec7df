"""What an engine understood, as pictures; matplotlib is imported where they are made."""

from partita.jobs.pictures.png import check_can_draw, picture

__all__ = ["check_can_draw", "picture"]
