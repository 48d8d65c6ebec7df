"""The demo song's music: "Part by Part", nine bars in D major, 100 beats a minute.

- bar 1: guitar and electric piano; a drum pick-up on its second half
- bar 2: drums and bass come in
- bars 3 and 4: verse, "Take me apart slowly, piece by piece, and then"
- bar 5: the drums stop, a pad comes in, "you hear my heart"; bass and toms lead on
- bars 6 to 8: chorus with more voices, "Part by part, we sing as one, and never fall a-"
- bar 8, beat 4: all but the voices stop
- bar 9: last chord, "-part"

Beats count from 0 through the song, four a bar. Pitches are MIDI numbers.
"""

from dataclasses import dataclass

TEMPO_BPM = 100.0
BEATS = 36


@dataclass(frozen=True)
class Chord:
    """A chord: where it sounds and how guitar and keyboards lay it out.

    `strum` has one letter an eighth: D is down, U is up, x is muted by the hand.
    Without it the guitar picks the chord's notes one by one.
    """

    beat: float
    length: float
    guitar: tuple[int, ...]
    keys: tuple[int, ...]
    strum: str = ""


@dataclass(frozen=True)
class Note:
    """A note of the bass; `level_db` is relative to its loudest."""

    beat: float
    length: float
    pitch: int
    level_db: float = 0.0


@dataclass(frozen=True)
class Sung:
    """A sung syllable: `words` are phoneme names, `pitch` is where it is held."""

    beat: float
    length: float
    pitch: float
    words: str
    level_db: float = 0.0


@dataclass(frozen=True)
class Hit:
    """A stroke on the drum kit; `level_db` is relative to a full stroke."""

    beat: float
    drum: str
    level_db: float = 0.0


CHORDS = (
    Chord(0, 4, (50, 57, 62, 64, 66), (57, 61, 64, 66)),  # D major 9
    Chord(4, 3, (55, 59, 62, 66, 69), (54, 57, 59, 62)),  # G major 9
    Chord(7, 1, (52, 57, 61, 64, 69), (55, 59, 61, 64)),  # A 9
    Chord(8, 4, (50, 57, 62, 64, 66), (54, 57, 61, 64)),  # D major 9
    Chord(12, 2, (54, 57, 61, 64, 66), (57, 61, 64, 66)),  # F sharp minor 7
    Chord(14, 2, (54, 59, 62, 66, 69), (57, 59, 62, 66)),  # B minor 7
    Chord(16, 2, (52, 59, 62, 64, 67), (55, 59, 62, 66)),  # E minor 9
    Chord(18, 2, (52, 57, 62, 64, 67), (55, 59, 62, 64)),  # A 9 suspended
    Chord(20, 2, (55, 59, 62, 66, 71), (57, 59, 62, 66), "DxDU"),  # G major 9
    Chord(22, 2, (57, 61, 64, 69, 73), (57, 59, 61, 64), "DxDU"),  # A add 9
    Chord(24, 2, (54, 57, 61, 64, 69), (57, 61, 64, 66), "DxDU"),  # F sharp minor 7
    Chord(26, 2, (54, 59, 62, 66, 71), (57, 59, 62, 66), "DxDU"),  # B minor 7
    Chord(28, 2, (52, 59, 62, 67, 71), (55, 59, 62, 66), "DxDU"),  # E minor 9
    Chord(30, 1, (55, 58, 62, 64, 67), (58, 62, 64, 67), "Dx"),  # G minor 6
    Chord(32, 4, (50, 57, 62, 66, 69), (54, 57, 59, 64), "D"),  # D 6/9
)

VERSE = (
    Sung(7.0, 0.6, 62, "BREATH", -14),
    Sung(8.0, 0.5, 66, "T EY K"),
    Sung(8.5, 0.5, 64, "M IY", -2),
    Sung(9.0, 0.5, 62, "AX", -3),
    Sung(9.5, 1.2, 66, "P AA T", 1),
    Sung(11.0, 0.5, 62, "S L OW", -1),
    Sung(11.5, 0.8, 59, "L IY", -2),
    Sung(12.5, 0.5, 57, "P IY S", -1),
    Sung(13.0, 0.5, 59, "B AY", -2),
    Sung(13.5, 1.2, 62, "P IY S"),
    Sung(15.0, 0.5, 62, "AE N D", -2),
    Sung(15.5, 0.5, 64, "DH EH N", -1),
    Sung(16.0, 0.5, 67, "Y UW"),
    Sung(16.5, 0.5, 66, "HH IR", 0),
    Sung(17.0, 0.5, 64, "M AY", -1),
    Sung(17.5, 1.7, 64, "HH AA T", 1),
    Sung(19.35, 0.5, 64, "BREATH", -12),
)

CHORUS = (
    Sung(20.0, 1.0, 69, "P AA T", 2),
    Sung(21.0, 0.5, 67, "B AY"),
    Sung(21.5, 1.2, 69, "P AA T", 2),
    Sung(23.0, 0.5, 66, "W IY"),
    Sung(23.5, 1.0, 69, "S IH NG", 1),
    Sung(24.5, 0.5, 66, "AE Z", -1),
    Sung(25.0, 1.4, 66, "W AH N", 1),
    Sung(26.5, 0.5, 62, "AE N D", -2),
    Sung(27.0, 0.5, 66, "N EH"),
    Sung(27.5, 0.5, 66, "V AX", -1),
    Sung(28.0, 1.9, 67, "F AO L", 1),
    Sung(30.0, 1.9, 64, "AX", 0),
    Sung(32.0, 2.5, 66, "P AA T", 1),
)

# The lower voice sings the chorus's words on these pitches.
HARMONY = (66, 62, 64, 62, 66, 61, 61, 59, 62, 62, 64, 58, 62)

BASS = (
    *(Note(4, 1.4, 31), Note(5.5, 0.4, 31, -3), Note(6, 0.9, 43, -2), Note(7, 0.5, 33)),
    *(Note(7.5, 0.45, 37, -2), Note(8, 1.4, 38), Note(9.5, 0.4, 38, -3), Note(10, 0.9, 38)),
    *(Note(11, 0.4, 33, -2), Note(11.5, 0.4, 37, -2), Note(12, 1.4, 30), Note(13.5, 0.4, 30, -3)),
    *(Note(14, 0.9, 35), Note(15, 0.4, 35, -2), Note(15.5, 0.45, 38, -2)),
    *(Note(18, 1.3, 33, -3), Note(19.5, 0.4, 33)),
    *(Note(20, 0.7, 31), Note(20.75, 0.2, 31, -4), Note(21, 0.45, 43, -2), Note(21.5, 0.45, 31)),
    *(Note(22, 0.7, 33), Note(22.75, 0.2, 33, -4), Note(23, 0.45, 45, -2), Note(23.5, 0.45, 33)),
    *(Note(24, 0.7, 30), Note(24.75, 0.2, 30, -4), Note(25, 0.45, 42, -2), Note(25.5, 0.45, 30)),
    *(Note(26, 0.7, 35), Note(26.75, 0.2, 35, -4), Note(27, 0.45, 38, -2), Note(27.5, 0.45, 35)),
    *(Note(28, 1.4, 28), Note(29.5, 0.4, 40, -2), Note(30, 0.9, 31), Note(32, 3.0, 38)),
)


def _hits(start: float, drum: str, pattern: str) -> tuple[Hit, ...]:
    """Hits of one drum, a sixteenth a letter: X is loud, x is medium, o is soft."""
    levels = {"X": 0.0, "x": -5.0, "o": -12.0}
    return tuple(Hit(start + i / 4, drum, levels[c]) for i, c in enumerate(pattern) if c in levels)


DRUMS = (
    # bar 1: a pick-up on the last beat
    *(_hits(2, "hat", "x-o-") + _hits(3, "snare", "--ox") + _hits(3, "kick", "x---")),
    # bar 2, groove
    *(_hits(4, "hat", "X-x-X-x-X-x-X---") + _hits(7.5, "open", "x")),
    *(_hits(4, "kick", "X-----X-X-----o-") + _hits(4, "snare", "----X--o-o--X--o")),
    # bars 3 and 4, verse
    *(_hits(8, "hat", "X-xoX-x-X-xoX---") + _hits(11.5, "open", "x")),
    *(_hits(8, "kick", "X-----X-X-----x-") + _hits(8, "snare", "----X--o-o--X---")),
    *(_hits(12, "hat", "X-xoX-x-X-x-X---")),
    *(_hits(12, "kick", "X-----X-X-x-----") + _hits(12, "snare", "----X--o-o--X-xX")),
    # bar 5: silence, then the toms lead into the chorus
    *(_hits(18.5, "high", "x-X---") + _hits(18.5, "mid", "---X--")),
    *(_hits(19.5, "low", "xX") + _hits(19, "kick", "x---")),
    # bars 6 and 7, chorus
    *(Hit(20, "crash"), *_hits(20, "hat", "--xoX-xoX-xoX---"), *_hits(23.5, "open", "X")),
    *(_hits(20, "kick", "X--x--X-X--x--x-") + _hits(20, "snare", "----X--o-o--X--o")),
    *(_hits(24, "hat", "X-xoX-xoX-xoX---") + _hits(27.5, "open", "X")),
    *(_hits(24, "kick", "X--x--X-X--x--x-") + _hits(24, "snare", "----X--o-o--X-oX")),
    # bar 8: all stop after the third beat
    *(Hit(28, "open"), *_hits(28, "hat", "--x-X-x-")),
    *(_hits(28, "kick", "X-----X-X---") + _hits(28, "snare", "----X--oX-x-")),
    # bar 9
    *(Hit(32, "crash"), Hit(32, "kick"), Hit(32, "snare", -6)),
)
