"""Where each stem of each input is written."""

from __future__ import annotations

import string
import zlib
from pathlib import Path, PurePosixPath

from partita.core.errors import UsageError

DEFAULT_TEMPLATE = "{track}/{stem}.{ext}"
ONE_FILE_TEMPLATE = "{track}.{ext}"
"""Where one file holds all stems of a recording."""
FIELDS = ("track", "stem", "ext", "engine")
MANIFEST = "partita"
"""The manifest lies where a stem of this name would lie, with the ending json."""
NAME_BYTES = 255
"""The longest name that common file systems take."""


def check_template(template: str, *, one_file: bool = False) -> None:
    """Refuse a template that does not tell stems apart, or that leaves the output folder.

    Parameters
    ----------
    one_file : whether one file holds all stems, so that the template must not tell them apart.

    Raises
    ------
    UsageError : naming what is wrong.
    """
    try:
        fields = [name for _, name, _, _ in string.Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise UsageError(f"--filename {template!r}: {error}") from error
    for name in fields:
        if name not in FIELDS:
            known = ", ".join("{" + f + "}" for f in FIELDS)
            raise UsageError(f"--filename knows {known}, not {{{name}}}")
    if one_file and "stem" in fields:
        raise UsageError(f"--filename {template!r}: one file holds all stems, leave out {{stem}}")
    for needed in ("ext",) if one_file else ("stem", "ext"):
        if needed not in fields:
            raise UsageError(f"--filename needs {{{needed}}}, got {template!r}")
    path = PurePosixPath(template)
    if path.is_absolute() or ".." in path.parts:
        raise UsageError(f"--filename must stay inside the output folder, got {template!r}")


def output_path(
    folder: Path, template: str, *, track: str, stem: str, ext: str, engine: str
) -> Path:
    """The path that the template makes; a name that would be too long is cut in its track.

    Examples
    --------
    >>> output_path(Path("out"), "{track}/{stem}.{ext}", track="song", stem="bass", ext="wav",
    ...             engine="classic").as_posix()
    'out/song/bass.wav'
    """
    path = folder
    for part in PurePosixPath(template).parts:
        others = part.format(track="", stem=stem, ext=ext, engine=engine)
        room = NAME_BYTES - len(others.encode(errors="surrogateescape"))
        short = _cut(track, room)
        path = path / part.format(track=short, stem=stem, ext=ext, engine=engine)
    return path


def names_tracks(template: str) -> bool:
    """Whether the template gives every recording a place of its own.

    Examples
    --------
    >>> names_tracks("{track}/{stem}.{ext}"), names_tracks("{stem}.{ext}")
    (True, False)
    """
    return any(name == "track" for _, name, _, _ in string.Formatter().parse(template))


def track_name(path: Path) -> str:
    """The name of a recording: its file's name without its ending.

    Examples
    --------
    >>> track_name(Path("a/Song No. 5.stem.mp4")), track_name(Path(".wav"))
    ('Song No. 5', '.wav')
    """
    name = path.name
    for ending in (".stem.mp4", path.suffix):
        if ending and name.lower().endswith(ending.lower()) and len(name) > len(ending):
            return name[: -len(ending)]
    return name


def _cut(text: str, room: int) -> str:
    """At most `room` bytes of the text, at a character's edge; what is cut off leaves its mark.

    Two long names that begin alike stay two names.
    """
    data = text.encode(errors="surrogateescape")
    if len(data) <= max(room, 1):
        return text
    mark = f"~{zlib.crc32(data):08x}"
    while len(text.encode(errors="surrogateescape")) > max(room - len(mark), 1):
        text = text[:-1]
    return text + mark
