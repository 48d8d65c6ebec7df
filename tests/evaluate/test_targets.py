import numpy as np
import pytest

from partita.core import Stems
from partita.evaluate.targets import match, summed

FOUR = ("vocals", "drums", "bass", "other")


def pairs(true, estimated, **known):
    known = {"adds_up": True, **known}
    return {t.name: (t.true, t.estimated) for t in match(true, estimated, **known)}


def test_stems_of_one_name_are_compared_in_the_order_of_the_truth():
    found = match(("other", "bass", "vocals"), ("vocals", "other", "bass"), adds_up=False)
    assert [(t.name, t.true, t.estimated) for t in found] == [
        (name, (name,), (name,)) for name in ("other", "bass", "vocals")
    ]


@pytest.mark.parametrize("name", ["accompaniment", "instrumental", "no_vocals"])
def test_the_accompaniment_is_the_sum_of_the_others_on_either_side(name):
    rest = ("drums", "bass", "other")
    two = ("vocals", name)
    for adds_up in (True, False):
        assert pairs(two, FOUR, adds_up=adds_up)[name] == ((name,), rest)
        assert pairs(FOUR, two, adds_up=adds_up)[name] == (rest, (name,))
        assert pairs(two, ("vocals", "no_vocals"), adds_up=adds_up)[name][1] == ("no_vocals",)


def test_what_an_engine_leaves_without_the_vocals_is_the_accompaniment():
    found = pairs(("vocals", "accompaniment"), ("vocals",), adds_up=False, complement=True)
    assert found["accompaniment"] == (("accompaniment",), ("no_vocals",))
    assert list(pairs(("vocals", "accompaniment"), ("vocals",), adds_up=False)) == ["vocals"]


def test_lead_and_backing_vocals_are_vocals():
    two = ("lead_vocals", "backing_vocals")
    assert pairs((*two, "drums"), FOUR)["vocals"] == (two, ("vocals",))
    assert pairs(FOUR, (*two, "drums", "bass", "other"))["vocals"] == (("vocals",), two)
    assert pairs(("backing_vocals", "drums"), FOUR)["vocals"] == (("backing_vocals",), ("vocals",))
    assert list(pairs((*two, "drums"), (*two, "bass"), adds_up=False)) == [*two]


def test_what_is_left_on_both_sides_is_the_rest():
    assert pairs(("vocals", "drums", "other"), FOUR)["other"] == (("other",), ("bass", "other"))
    six = ("vocals", "drums", "bass", "guitar", "piano", "other")
    assert pairs(FOUR, six)["other"] == (("other",), ("guitar", "piano", "other"))
    assert pairs(six, FOUR)["other"] == (("guitar", "piano", "other"), ("other",))


def test_the_rest_of_what_does_not_add_up_is_only_compared_by_its_name():
    assert pairs(("vocals", "drums", "other"), FOUR, adds_up=False)["other"] == (
        ("other",),
        ("other",),
    )
    assert list(pairs(("vocals", "piano"), FOUR, adds_up=False)) == ["vocals"]


def test_no_stem_counts_twice():
    sides = [FOUR, ("vocals", "no_vocals"), ("drums", "other"), ("lead_vocals", "bass", "other")]
    sides += [("lead_vocals", "backing_vocals", "drums"), ("vocals", "backing_vocals")]
    for true in sides:
        for estimated in sides:
            for adds_up in (True, False):
                found = match(true, estimated, adds_up=adds_up, complement="vocals" in estimated)
                for side in ([t.true for t in found], [t.estimated for t in found]):
                    names = [name for group in side for name in group]
                    assert len(names) == len(set(names)), (true, estimated)
                assert len({t.name for t in found}) == len(found)


def test_what_has_nothing_in_common_is_not_compared():
    assert match(FOUR, ("harmonic", "percussive"), adds_up=True) == []


def test_sums_are_sums(rng):
    stems = Stems(FOUR, rng.standard_normal((4, 2, 50)), 8000)
    both = summed(stems, [("rest", ("drums", "other")), ("vocals", ("vocals",))])
    assert both.names == ("rest", "vocals")
    assert np.allclose(both.samples[0], stems.samples[1] + stems.samples[3], atol=1e-6)
    assert np.array_equal(both["vocals"].samples, stems["vocals"].samples)
