"""The speech sounds that the demo song's singer knows.

Names are ARPABET's (T EY K for "take"). Formants are in Hz for an alto; levels are
factors relative to a full vowel.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Phone:
    """One speech sound: where the vocal tract resonates and what excites it.

    Attributes:
        formants: First three resonances, Hz.
        length_s: Usual length; vowels and breath instead last as long as the note lets them.
        voice: Level of the vocal folds.
        breath: Level of aspiration noise, which passes through the formants.
        nasal: Whether the nose is open.
        hiss: Noise made at the lips or teeth: lowest Hz, highest Hz, level.
        stop: Whether the mouth is shut first and then lets go with a burst of `hiss`.
    """

    formants: tuple[float, float, float]
    length_s: float = 0.08
    voice: float = 1.0
    breath: float = 0.0
    nasal: bool = False
    hiss: tuple[float, float, float] | None = None
    stop: bool = False


VOWELS = {
    "IY": Phone((320, 2450, 3050)),
    "IH": Phone((430, 2100, 2800)),
    "E": Phone((500, 2100, 2800)),
    "EH": Phone((620, 1900, 2750)),
    "AE": Phone((800, 1800, 2700)),
    "AA": Phone((790, 1270, 2750)),
    "AO": Phone((610, 1000, 2700)),
    "AH": Phone((700, 1350, 2700)),
    "AX": Phone((560, 1450, 2700)),
    "O": Phone((540, 980, 2650)),
    "UH": Phone((430, 1050, 2550)),
    "UW": Phone((360, 1150, 2500)),
    "BREATH": Phone((600, 1600, 2700), voice=0.0, breath=0.5),
}

DIPHTHONGS = {"EY": ("E", "IY"), "AY": ("AA", "IH"), "OW": ("O", "UW"), "IR": ("IH", "AX")}

CONSONANTS = {
    "M": Phone((280, 1100, 2300), 0.075, voice=0.6, nasal=True),
    "N": Phone((280, 1600, 2600), 0.07, voice=0.6, nasal=True),
    "NG": Phone((280, 2200, 2700), 0.11, voice=0.55, nasal=True),
    "L": Phone((370, 1100, 2850), 0.065, voice=0.65),
    "W": Phone((330, 720, 2350), 0.07, voice=0.6),
    "Y": Phone((300, 2350, 3050), 0.06, voice=0.65),
    "V": Phone((350, 1200, 2500), 0.06, voice=0.4, hiss=(2500, 9000, 0.08)),
    "DH": Phone((350, 1500, 2700), 0.05, voice=0.4, hiss=(3000, 9500, 0.08)),
    "Z": Phone((320, 1700, 2700), 0.08, voice=0.3, hiss=(4800, 11000, 0.35)),
    "F": Phone((400, 1200, 2500), 0.1, voice=0.0, hiss=(1800, 11000, 0.22)),
    "S": Phone((350, 1750, 2750), 0.12, voice=0.0, hiss=(5000, 11500, 0.75)),
    "HH": Phone((600, 1500, 2700), 0.08, voice=0.0, breath=0.8),
    "P": Phone((350, 900, 2300), 0.1, voice=0.0, breath=0.5, hiss=(400, 3500, 0.5), stop=True),
    "T": Phone((350, 1750, 2750), 0.1, voice=0.0, breath=0.45, hiss=(3000, 9500, 0.55), stop=True),
    "K": Phone((350, 2000, 2500), 0.1, voice=0.0, breath=0.45, hiss=(1500, 4500, 0.6), stop=True),
    "B": Phone((350, 900, 2300), 0.07, voice=0.2, hiss=(300, 2500, 0.4), stop=True),
    "D": Phone((350, 1700, 2700), 0.07, voice=0.2, hiss=(2500, 8000, 0.4), stop=True),
}

PHONES = VOWELS | CONSONANTS
