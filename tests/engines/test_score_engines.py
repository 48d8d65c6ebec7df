"""What score_nmf and score_parametric share: parts by their notes."""

import numpy as np
import pytest

import partita
from partita.core import Audio, HintError, Hints, Score
from partita.engines import create
from partita.metrics.si_sdr import si_sdr

RATE = 16_000
SECONDS = 8
ENGINES = ("score_nmf", "score_parametric")
LINES = {
    "reed": ((62, 65, 64, 67, 69, 65, 62, 60), (1, 0.2, 0.7, 0.2, 0.5, 0.1, 0.3)),
    "brass": ((57, 60, 55, 59, 62, 57, 53, 55), (0.7, 1, 0.8, 0.6, 0.5, 0.4, 0.2)),
}
LENGTHS_S = {"reed": 0.75, "brass": 0.9}


def tone(f0_hz, t, strengths):
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(f0_hz, t.shape)) / RATE
    return sum(a * np.sin(h * phase + h) for h, a in enumerate(strengths, 1))


def played(*, vibrato_cents=0.0):
    """(part -> (time,), score): two parts in one register, now and then on the same pitch."""
    stems, rows = {}, []
    for part, (pitches, strengths) in LINES.items():
        x = np.zeros(SECONDS * RATE)
        for n, pitch in enumerate(pitches):
            onset_s = 0.3 + LENGTHS_S[part] * n
            t = np.arange(round(0.9 * LENGTHS_S[part] * RATE)) / RATE
            bend = vibrato_cents * np.sin(2 * np.pi * 5 * t) / 1200
            f0_hz = 440 * 2 ** ((pitch - 69) / 12 + bend)
            first = round(onset_s * RATE)
            fade = np.minimum(1, np.minimum(t, t[::-1]) / 0.02)
            x[first : first + len(t)] += 0.1 * fade * tone(f0_hz, t, strengths)
            rows.append((onset_s, onset_s + t[-1], pitch, part))
        stems[part] = x
    return stems, Score(*zip(*rows, strict=True))


@pytest.fixture(scope="module")
def duet():
    stems, score = played()
    return stems, score, Audio(sum(stems.values())[None], RATE)


def worst_db(stems, found):
    return min(float(si_sdr(x[None], found[part].samples)) for part, x in stems.items())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_score_beats_unguided_nmf_by_five_decibels(duet, engine):
    stems, score, mix = duet
    unguided = partita.separate(mix, engine=create("nmf", parts=2))
    truth = list(stems.values())
    blind = max(
        np.mean([si_sdr(x[None], unguided[n].samples) for x, n in zip(truth, order, strict=True)])
        for order in (("part_1", "part_2"), ("part_2", "part_1"))
    )
    found = partita.separate(mix, engine=engine, hints=Hints(score=score))
    assert worst_db(stems, found) > max(blind + 5, 8)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_shifted_and_stretched_score_is_as_good(duet, engine):
    stems, score, mix = duet
    moved = score.retimed(0.7 + 1.04 * score.onset_s, 0.7 + 1.04 * score.offset_s)
    right, aligned, trusted = (
        worst_db(stems, partita.separate(mix, engine=chosen, hints=Hints(score=hint)))
        for chosen, hint in (
            (create(engine), score),
            (create(engine), moved),
            (create(engine, alignment="off"), moved),
        )
    )
    assert aligned > right - 1.5
    assert aligned > trusted + 5


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_of_one_leaves_a_rest(duet, engine):
    stems, score, mix = duet
    reed = [n for n, part in enumerate(score.part) if part == "reed"]
    columns = (score.onset_s[reed], score.offset_s[reed], score.pitch_midi[reed])
    found = partita.separate(
        mix, engine=engine, hints=Hints(score=Score(*columns, ("reed",) * len(reed)))
    )
    assert found.names == ("reed", "rest")
    assert np.allclose(found.samples.sum(axis=0), mix.samples, atol=1e-5)
    # without a hint of the brass the reed's partials are shared with the rest
    assert si_sdr(stems["reed"][None], found["reed"].samples) > 3


@pytest.mark.parametrize("engine", ENGINES)
def test_a_part_is_silent_where_it_has_no_notes(duet, engine):
    _, score, mix = duet
    late = score.part.index("brass")
    keep = [n for n in range(len(score.part)) if n >= late + 6 or score.part[n] == "reed"]
    columns = (score.onset_s[keep], score.offset_s[keep], score.pitch_midi[keep])
    some = Score(*columns, tuple(score.part[n] for n in keep))
    first_s = min(some.onset_s[n] for n, part in enumerate(some.part) if part == "brass")
    found = partita.separate(mix, engine=create(engine, alignment="off"), hints=Hints(score=some))
    before = round((first_s - 0.5) * RATE)
    brass, whole = found["brass"].samples[:, :before], mix.samples[:, :before]
    assert np.sum(brass**2) < 1e-4 * np.sum(whole**2)


def test_a_vibrato_is_followed():
    stems, score = played(vibrato_cents=60)
    mix = Audio(sum(stems.values())[None], RATE)
    followed, stiff = (
        worst_db(
            stems,
            partita.separate(
                mix,
                engine=create("score_parametric", alignment="off", within_cents=within),
                hints=Hints(score=score),
            ),
        )
        for within in (80, 0)
    )
    assert followed > stiff + 1


@pytest.mark.filterwarnings("ignore:the score fits the recording badly")
def test_more_notes_at_once_than_can_be_followed_are_refused(duet):
    notes = [(0.5, 4.0, pitch, f"p{n}") for n in range(2) for pitch in range(20, 100)]
    score = Score(*zip(*notes, strict=True))
    engine = create("score_parametric", alignment="off")
    with pytest.raises(HintError, match="160 notes at once"):
        partita.separate(duet[2], engine=engine, hints=Hints(score=score))


@pytest.mark.filterwarnings("ignore:the score lasts")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_score_that_begins_after_the_end_is_refused(duet, engine):
    _, score, mix = duet
    late = score.retimed(score.onset_s + 20, score.offset_s + 20)
    with pytest.raises(HintError, match=r"first note is at 20\.3 s, after the recording's end"):
        partita.separate(mix, engine=create(engine, alignment="off"), hints=Hints(score=late))
