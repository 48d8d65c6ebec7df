"""What drummers play: grooves by the kind of music.

A groove gives each drum sixteen steps (sixteenths of a bar of four): `X` accent, `x` stroke,
`o` ghost stroke, `?` sometimes, `-` rest.
"""

from __future__ import annotations

Groove = dict[str, str]

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
