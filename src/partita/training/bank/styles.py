"""Styles: tempi, harmony, drum grooves, bass lines and who else plays.

A groove gives each drum sixteen steps (sixteenths of a bar of four): `X` accent, `x` stroke,
`o` ghost stroke, `?` sometimes, `-` rest. A part is (line, family): what is played, and by which
instruments; see `lines` and `instruments`.
"""

from __future__ import annotations

from dataclasses import dataclass

Groove = dict[str, str]


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


EIGHTHS = "x-x-x-x-x-x-x-x-"
ACCENTED = "X-x-X-x-X-x-X-x-"
QUARTERS = "x---x---x---x---"
SIXTEENTHS = "XoxoXoxoXoxoXoxo"
OFFBEATS = "--X---X---X---X-"
BACKBEAT = "----X-------X---"
FOUR = "X---X---X---X---"

ROCK = (
    {"kick": "X-------X-------", "snare": BACKBEAT, "hat": EIGHTHS},
    {"kick": "X-----x-X-------", "snare": BACKBEAT, "hat": ACCENTED},
    {"kick": "X--x--x-X-x-----", "snare": BACKBEAT, "hat": EIGHTHS, "open": "--------------?-"},
    {"kick": "X-x---x-X-x---x-", "snare": BACKBEAT, "ride": EIGHTHS},
    {"kick": "X-----x-X-----x-", "snare": BACKBEAT, "crash": QUARTERS},
    {"kick": "X---x---X---x---", "snare": "--X---X---X---X-", "hat": EIGHTHS},
    {"kick": "X-------x-x-----", "snare": BACKBEAT, "open": QUARTERS, "hat": "--x---x---x---x-"},
    {"kick": "X-x-----X-x-----", "snare": "----X-------X-?o", "tom_low": "x-x-x-x-x-x-x-x-"},
)
POP = (
    {"kick": "X-----x-X-------", "snare": BACKBEAT, "hat": EIGHTHS, "clap": "----?-------?---"},
    {"kick": FOUR, "snare": BACKBEAT, "hat": SIXTEENTHS},
    {"kick": "X--x---x--x-----", "snare": BACKBEAT, "hat": ACCENTED, "shaker": SIXTEENTHS},
    {"kick": "X-------X--x----", "snare": BACKBEAT, "hat": SIXTEENTHS, "tambourine": BACKBEAT},
    {"kick": "X--x--x---------", "clap": "----X-------X---", "hat": EIGHTHS, "snap": BACKBEAT},
)
FUNK = (
    {"kick": "X-x---x---x--x--", "snare": "----X-oo-o--X--o", "hat": SIXTEENTHS},
    {
        "kick": "X--x--x-----x---",
        "snare": "o---X--o-o-oX---",
        "hat": ACCENTED,
        "open": "------?-------x-",
    },
    {"kick": "X-x-----x-x--x--", "snare": "----X--o-o--X-o-", "hat": "xxxxx-xxxxxxx-xx"},
    {"kick": "X-------?-X-----", "snare": "----X--o-o--X---", "ride": EIGHTHS, "cowbell": QUARTERS},
)
BALLAD = (
    {"kick": "X-------X-------", "snare": BACKBEAT, "hat": EIGHTHS},
    {"kick": "X-------------x-", "rim": "--------X-------", "hat": QUARTERS},
    {"kick": "X-----x---------", "snare": "--------X-------", "ride": EIGHTHS},
    {"kick": "X-------x-------", "rim": BACKBEAT, "shaker": EIGHTHS},
    {"kick": "X---------x-----", "snare": "--------X-------", "hat": SIXTEENTHS},
)
HOUSE = (
    {"kick": FOUR, "clap": BACKBEAT, "open": OFFBEATS, "hat": "o-o-o-o-o-o-o-o-"},
    {"kick": FOUR, "snare": BACKBEAT, "hat": SIXTEENTHS, "open": OFFBEATS},
    {"kick": FOUR, "clap": BACKBEAT, "hat": OFFBEATS, "perc": "x--x--x---x--x--"},
    {"kick": FOUR, "open": OFFBEATS, "shaker": SIXTEENTHS, "snare": "----x--?----x-?-"},
    {"kick": "X-----x---x-----", "snare": BACKBEAT, "hat": "x-xxx-xxx-xxx-xx"},
    {"kick": "X--x--X--x------", "snare": "----X--o-o--X---", "hat": EIGHTHS, "ride": OFFBEATS},
)
ELECTRO = (
    {"kick": "X--X--X-X--X----", "snare": "--------X-------", "hat": "--x---x---x---x-"},
    {"kick": "X---x-X---X-X---", "clap": BACKBEAT, "perc": "--x--x----x--x--"},
    {"kick": "X-X---X-X-X-X---", "snare": "------------X---", "tom_low": "-------x-------x"},
    {"kick": "X--x----X--x----", "snare": BACKBEAT, "hat": SIXTEENTHS, "open": "------x-------x-"},
    {"kick": "X-----X---X-----", "snare": "----X--X----X-X-", "hat": EIGHTHS},
    {"kick": FOUR, "snare": BACKBEAT, "perc": "x-x--x--x--x--x-"},
)
BREAKS = (
    {"kick": "X-X-------XX----", "snare": "----X--o-o--X--o", "hat": EIGHTHS},
    {"kick": "X---------X-----", "snare": "----X-------X--x", "hat": SIXTEENTHS},
    {"kick": "X-x-------x-----", "snare": "----X--x-x-xX--x", "ride": EIGHTHS},
)
HIPHOP = (
    {"kick": "X-----x-x-------", "snare": BACKBEAT, "hat": EIGHTHS},
    {"kick": "X------x--x-----", "clap": BACKBEAT, "hat": "x-x-xxx-x-x-x-xx"},
    {"kick": "X--x------x-x---", "snare": "--------X-------", "hat": "x-xxx-x-xxxxx-x-"},
    {
        "kick": "X-x----x--x----x",
        "snare": BACKBEAT,
        "hat": "x-x-x-x-x-x-xoxo",
        "open": "--------------x-",
    },
    {"kick": "X---------x-----", "snap": BACKBEAT, "hat": SIXTEENTHS, "perc": "---x--x----x--x-"},
)
METAL = (
    {"kick": "xxxxxxxxxxxxxxxx", "snare": BACKBEAT, "crash": QUARTERS},
    {"kick": "X-xxX-xxX-xxX-xx", "snare": BACKBEAT, "hat": QUARTERS},
    {"kick": EIGHTHS, "snare": "--X---X---X---X-", "ride": EIGHTHS},
    {"kick": "x-x-x-x-x-x-x-x-", "snare": "-x-x-x-x-x-x-x-x", "crash": QUARTERS},
    {"kick": "X--X--X--X--X-X-", "snare": "--------X-------", "china": QUARTERS},
)
REGGAE = (
    {"kick": "--------X-------", "rim": "--------X-------", "hat": "x-xox-xox-xox-xo"},
    {"kick": "X-------X-------", "snare": "--------X-------", "hat": OFFBEATS},
    {"kick": FOUR, "rim": "---x--x-----x---", "hat": EIGHTHS, "open": "--------------?-"},
)
LATIN = (
    {
        "kick": "X--x--x-X--x--x-",
        "rim": "x--x---x--x-x---",
        "shaker": SIXTEENTHS,
        "conga": "--x---xx--x---xx",
    },
    {"kick": "X-----x-X-----x-", "cowbell": "X-x-X-xxX-x-X-xx", "conga": "--x---xx--x---xx"},
    {"kick": "X--xX--xX--xX--x", "snare": "---x--x----x--x-", "hat": SIXTEENTHS},
    {
        "kick": "X-------X-------",
        "bongo": "xoxxxoxxxoxxxoxx",
        "rim": "x--x--x---x-x---",
        "maracas": EIGHTHS,
    },
    {"kick": "X---x---X---x---", "snare": "o-oxo-oxo-oxo-ox", "tambourine": SIXTEENTHS},
)
JAZZ = (
    {
        "ride": "X---X--xX---X--x",
        "pedal": BACKBEAT,
        "kick": "o---o---o---o---",
        "snare": "------?------?--",
    },
    {"ride": "X---X--xX---X--x", "pedal": BACKBEAT, "snare": "--?----?--?---?-"},
    {"brush": "x---X--ox---X--o", "pedal": BACKBEAT, "kick": "o-------o-------"},
    {
        "ride": EIGHTHS,
        "rim": "----------------",
        "snare": "-----o---o----o-",
        "kick": "x-----x-x-----x-",
    },
)

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
