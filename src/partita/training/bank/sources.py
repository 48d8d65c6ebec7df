"""Where every sound of the bank comes from, and under which licence.

A model that ships may learn only from sounds whose licence allows that: the list is `ALLOWED`,
and `check_licences` refuses everything else. Nothing is downloaded here: soundfonts and samples
come from Debian's archive, the renderers from PyPI, real recordings from folders that the user
names (environment variable PARTITA_DATA).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from partita.core.errors import InputError, UsageError

ALLOWED = ("MIT", "MIT-Festival", "CC0-1.0", "public domain", "CC-BY-4.0", "CC-BY-3.0")
"""Licences (SPDX names) that let a trained model ship. MIT-Festival is SPDX's name for the terms
of CMU's and Edinburgh's speech software: MIT's grant, with names and changes to be kept marked."""


@dataclass(frozen=True)
class Source:
    """A body of sound, or a program whose own sound is heard in the bank.

    Attributes
    ----------
    name : as items cite it. licence : an SPDX name, or "public domain".
    where : how a user obtains it. used_for : what it plays in the bank.
    paths : where it may lie, the first that exists counts; relative ones are in PARTITA_DATA.
        The environment variable PARTITA_NAME (PARTITA_FLUIDR3_GM …) comes before them.
    """

    name: str
    licence: str
    where: str
    used_for: str
    paths: tuple[str, ...] = ()

    def path(self) -> Path | None:
        """The file or folder on this machine, or None where it is not installed."""
        named = os.environ.get(f"PARTITA_{self.name.upper()}")
        if named and Path(named).exists():
            return Path(named)
        data = os.environ.get("PARTITA_DATA")
        for path in self.paths:
            if not path.startswith("/") and data is None:
                continue
            found = Path(data or "/") / path
            if found.exists():
                return found
        return None

    def require(self) -> Path:
        """The file or folder, or InputError with what to do about it."""
        path = self.path()
        if path is None:
            raise InputError(f"{self.name} is not installed; obtain it with: {self.where}")
        return path


def _library(name: str, licence: str, repository: str, used_for: str) -> Source:
    """One of the sample libraries that the collection sfzinstruments keeps on GitHub."""
    where = f"sfzinstruments/{repository} on GitHub, in PARTITA_DATA/{repository}"
    return Source(name, licence, where, used_for, (repository,))


def _speaker(name: str, whose: str) -> Source:
    """One of the people who recorded their speech for the voice assistant Rhasspy."""
    repository = f"dataset-voice-{name}"
    return Source(
        name,
        "CC0-1.0",
        f"rhasspy/{repository} on GitHub, in PARTITA_DATA/{repository}",
        f"{whose} speech, which a synthetic singer sings",
        (repository,),
    )


SOURCES = {
    source.name: source
    for source in (
        Source(
            "procedural",
            "MIT",
            "part of Partita",
            "synthesised drums, basses, guitars, keys, pads; all scores and melodies",
        ),
        Source(
            "fluidr3_gm",
            "MIT",
            "apt-get install fluid-soundfont-gm",
            "drums, bass and accompaniment of the training bands",
            ("/usr/share/sounds/sf2/FluidR3_GM.sf2",),
        ),
        Source(
            "musescore_general",
            "MIT",
            "apt-get install musescore-general-soundfont-small",
            "bands held out for validation",
            (
                "/usr/share/sounds/sf3/MuseScore_General_Lite.sf3",
                "/usr/share/sounds/sf3/MuseScore_General.sf3",
            ),
        ),
        Source(
            "sonic_pi_samples",
            "CC0-1.0",
            "apt-get install sonic-pi-samples",
            "single strokes of drums and percussion",
            ("/usr/share/sonic-pi/samples",),
        ),
        Source(
            "everything_is_free",
            "CC0-1.0",
            "the stems of Software-Entwicklungskit's album, in PARTITA_DATA/everything-is-free",
            "four real songs and their singing; rubidium for validation only",
            ("everything-is-free",),
        ),
        Source(
            "choral_singing",
            "CC-BY-4.0",
            "Zenodo 1286570 (Cuesta et al. 2018), in PARTITA_DATA/choral-singing",
            "singers 1 to 3 of each part; singer 4 never",
            ("choral-singing",),
        ),
        Source(
            "flite",
            "MIT-Festival",
            "apt-get install flite",
            "spoken words that a synthetic singer sings (voices slt, rms and kal16; awb held out)",
            ("/usr/bin/flite",),
        ),
        Source(
            "producer_space",
            "CC0-1.0",
            "neshanjo/strudel-producer-space-samples on GitHub, in PARTITA_DATA/producer-space",
            "sung phrases of house and trance",
            ("producer-space",),
        ),
        _speaker("kerstin", "a German woman's"),
        _speaker("nathalie", "a Dutch woman's"),
        _library(
            "emilyguitar",
            "CC0-1.0",
            "karoryfer.emilyguitar",
            "an electric guitar, recorded note by note",
        ),
        _library(
            "shinyguitar",
            "CC0-1.0",
            "karoryfer.shinyguitar",
            "a guitar, acoustic and electric, recorded note by note",
        ),
        _library(
            "pastabass",
            "CC0-1.0",
            "karoryfer.pastabass",
            "four electric basses, recorded note by note",
        ),
        _library(
            "growlybass",
            "CC0-1.0",
            "karoryfer.growlybass",
            "an electric bass, recorded note by note",
        ),
        _library(
            "meatbass",
            "CC0-1.0",
            "karoryfer.meatbass",
            "a plucked double bass, recorded note by note",
        ),
        _library(
            "weresax", "CC0-1.0", "karoryfer.weresax", "an alto saxophone, recorded note by note"
        ),
        _library(
            "splendid_piano",
            "public domain",
            "SplendidGrandPiano",
            "a grand piano, recorded note by note",
        ),
        _library(
            "muldjord_kit",
            "CC-BY-4.0",
            "DrumGizmo.MuldjordKit",
            "a drum kit, each stroke through 16 microphones",
        ),
    )
}


def check_licences(sources: Iterable[Source]) -> None:
    """Refuse a source whose licence does not let a model ship.

    Examples
    --------
    >>> check_licences(SOURCES.values())
    """
    for source in sources:
        if source.licence not in ALLOWED:
            raise UsageError(
                f"{source.name} is under {source.licence}, which may not train a model that "
                f"ships; allowed are {', '.join(ALLOWED)}"
            )


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files, in hexadecimal."""
    digest = hashlib.sha256()
    for file in _files(path):
        if path.is_dir():
            digest.update(file.relative_to(path).as_posix().encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    else:
        yield from sorted(file for file in path.rglob("*") if file.is_file())


@cache
def describe(name: str) -> dict[str, str]:
    """What bank.json says about a source: name, licence, where, sha256, used_for."""
    source = SOURCES[name]
    path = source.path()
    return {
        "name": source.name,
        "licence": source.licence,
        "where": source.where,
        "sha256": fingerprint(path) if path else "",
        "used_for": source.used_for,
    }
