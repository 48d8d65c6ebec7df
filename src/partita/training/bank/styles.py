"""Styles: tempi, harmony, drum grooves, bass lines and who else plays.

A part is (line, family): what is played, and by which instruments; see `lines` and `instruments`.
"""

from __future__ import annotations

from dataclasses import dataclass

from partita.training.bank.grooves import (
    BALLAD,
    BREAKS,
    ELECTRO,
    FUNK,
    HIPHOP,
    HOUSE,
    JAZZ,
    LATIN,
    METAL,
    POP,
    REGGAE,
    ROCK,
    Groove,
)


@dataclass(frozen=True)
class Style:
    """One kind of music. `parts` lists candidates; a song takes `players` of them."""

    name: str
    tempo: tuple[float, float]
    swing: tuple[float, float]
    harmony: tuple[str, ...]
    grooves: tuple[Groove, ...]
    kits: tuple[str, ...]
    bass_lines: tuple[str, ...]
    basses: tuple[str, ...]
    parts: tuple[tuple[str, str], ...]
    players: tuple[int, int] = (2, 4)
    share: float = 1.0
    """How often it is drawn, against the others."""


STYLES = {
    style.name: style
    for style in (
        Style(
            "rock",
            (95.0, 165.0),
            (0.0, 0.05),
            ("major", "minor", "power"),
            ROCK,
            ("acoustic", "acoustic", "mixed"),
            ("eighths", "eighths", "kick", "fills"),
            ("pick", "finger", "pick_driven"),
            (
                ("strum", "crunch"),
                ("power", "distorted"),
                ("power_long", "distorted"),
                ("riff", "crunch"),
                ("solo", "lead_guitar"),
                ("arpeggio", "clean"),
                ("pads", "organ"),
                ("blocks", "piano"),
                ("strum", "acoustic"),
            ),
        ),
        Style(
            "pop",
            (80.0, 130.0),
            (0.0, 0.08),
            ("major", "minor"),
            POP,
            ("acoustic", "mixed", "electronic", "sampled"),
            ("eighths", "kick", "long", "fills"),
            ("finger", "pick", "synth", "muted"),
            (
                ("strum", "acoustic"),
                ("arpeggio", "clean"),
                ("blocks", "piano"),
                ("blocks", "epiano"),
                ("pads", "pad"),
                ("pads", "strings"),
                ("sixteenths", "synth_pluck"),
                ("stabs", "brass"),
                ("melody", "lead"),
                ("chops", "muted_guitar"),
                ("power_long", "crunch"),
            ),
        ),
        Style(
            "funk",
            (90.0, 122.0),
            (0.0, 0.15),
            ("modal", "jazz", "minor"),
            FUNK,
            ("acoustic", "acoustic", "mixed"),
            ("funk", "funk", "octaves"),
            ("slap", "finger", "synth"),
            (
                ("chops", "muted_guitar"),
                ("stabs", "brass"),
                ("chops", "clav"),
                ("blocks", "epiano"),
                ("stabs", "organ"),
                ("melody", "winds"),
                ("pads", "strings"),
                ("riff", "clean"),
            ),
        ),
        Style(
            "ballad",
            (62.0, 92.0),
            (0.0, 0.05),
            ("major", "minor", "jazz"),
            BALLAD,
            ("acoustic", "soft", "mixed"),
            ("long", "kick", "fills"),
            ("finger", "fretless", "acoustic", "synth"),
            (
                ("arpeggio", "piano"),
                ("blocks", "piano"),
                ("pads", "strings"),
                ("pads", "pad"),
                ("arpeggio", "acoustic"),
                ("arpeggio", "clean"),
                ("melody", "winds"),
                ("solo", "lead_guitar"),
                ("arpeggio", "mallets"),
                ("blocks", "epiano"),
                ("melody", "solo_strings"),
            ),
        ),
        Style(
            "house",
            (112.0, 140.0),
            (0.0, 0.12),
            ("minor", "modal", "major"),
            HOUSE,
            ("electronic", "sampled", "electronic"),
            ("offbeat", "octaves", "eighths", "rolling"),
            ("synth", "reese", "sub", "thump"),
            (
                ("pads", "synth_pad"),
                ("stabs", "synth_stab"),
                ("sixteenths", "synth_pluck"),
                ("sixteenths", "synth_lead"),
                ("stabs", "piano"),
                ("melody", "synth_lead"),
                ("pads", "strings"),
                ("stabs", "organ"),
                ("risers", "sweep"),
                ("risers", "sweep"),
            ),
            (3, 5),
        ),
        Style(
            "electro",
            (84.0, 168.0),
            (0.0, 0.08),
            ("minor", "modal", "power"),
            ELECTRO,
            ("electronic", "electronic", "sampled"),
            ("staccato", "staccato", "kick", "rolling", "eighths"),
            ("blip", "thump", "thump", "synth", "sub"),
            (
                ("stabs", "synth_stab"),
                ("sixteenths", "synth_pluck"),
                ("arpeggio", "synth_pluck"),
                ("melody", "synth_lead"),
                ("sixteenths", "synth_lead"),
                ("pads", "synth_pad"),
                ("risers", "sweep"),
            ),
            (1, 4),
            3.0,
        ),
        Style(
            "breaks",
            (135.0, 176.0),
            (0.0, 0.05),
            ("minor", "modal"),
            BREAKS,
            ("sampled", "mixed", "electronic"),
            ("long", "rolling", "kick"),
            ("reese", "sub", "synth", "thump"),
            (
                ("pads", "synth_pad"),
                ("stabs", "synth_stab"),
                ("melody", "synth_lead"),
                ("sixteenths", "synth_pluck"),
                ("arpeggio", "epiano"),
                ("risers", "sweep"),
            ),
        ),
        Style(
            "hiphop",
            (68.0, 104.0),
            (0.0, 0.22),
            ("minor", "modal", "jazz"),
            HIPHOP,
            ("electronic", "sampled", "mixed"),
            ("sub", "long", "kick"),
            ("sub", "thump", "synth", "finger"),
            (
                ("arpeggio", "piano"),
                ("blocks", "epiano"),
                ("melody", "mallets"),
                ("melody", "synth_lead"),
                ("pads", "synth_pad"),
                ("riff", "clean"),
                ("stabs", "brass"),
                ("melody", "winds"),
                ("arpeggio", "acoustic"),
            ),
            (1, 3),
        ),
        Style(
            "metal",
            (100.0, 180.0),
            (0.0, 0.0),
            ("power", "minor"),
            METAL,
            ("acoustic", "acoustic", "mixed"),
            ("eighths", "riff"),
            ("pick_driven", "pick"),
            (
                ("gallop", "distorted"),
                ("power", "distorted"),
                ("power_long", "distorted"),
                ("riff", "distorted"),
                ("solo", "lead_guitar"),
                ("pads", "strings"),
                ("arpeggio", "clean"),
            ),
        ),
        Style(
            "reggae",
            (66.0, 92.0),
            (0.0, 0.25),
            ("major", "minor", "modal"),
            REGGAE,
            ("acoustic", "mixed"),
            ("dub", "dub", "kick"),
            ("finger", "muted", "sub"),
            (
                ("skank", "muted_guitar"),
                ("skank", "piano"),
                ("skank", "organ"),
                ("melody", "brass"),
                ("melody", "winds"),
                ("riff", "clean"),
                ("pads", "organ"),
            ),
        ),
        Style(
            "latin",
            (90.0, 130.0),
            (0.0, 0.0),
            ("minor", "jazz", "major"),
            LATIN,
            ("acoustic", "sampled"),
            ("tumbao", "tumbao", "kick"),
            ("acoustic", "finger", "fretless"),
            (
                ("montuno", "piano"),
                ("strum", "nylon"),
                ("arpeggio", "nylon"),
                ("stabs", "brass"),
                ("melody", "winds"),
                ("melody", "brass"),
                ("pads", "strings"),
                ("melody", "mallets"),
            ),
        ),
        Style(
            "jazz",
            (85.0, 180.0),
            (0.22, 0.33),
            ("jazz", "blues"),
            JAZZ,
            ("soft", "acoustic"),
            ("walking", "walking", "long"),
            ("acoustic", "fretless", "finger"),
            (
                ("comping", "piano"),
                ("comping", "jazz_guitar"),
                ("melody", "winds"),
                ("melody", "brass"),
                ("melody", "mallets"),
                ("comping", "epiano"),
                ("pads", "organ"),
            ),
        ),
    )
}
