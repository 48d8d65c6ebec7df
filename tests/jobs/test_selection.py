import numpy as np
import pytest

from partita.core import UsageError
from partita.engines import create
from partita.jobs import select

CLASSIC = create("classic")


def test_by_default_every_stem_and_the_last_is_what_is_left():
    chosen = select(CLASSIC)
    assert chosen.outputs == ("vocals", "drums", "bass", "other")
    assert chosen.computed == ("vocals", "drums", "bass")
    assert chosen.adds_up


def test_two_stems_compute_one():
    chosen = select(CLASSIC, two_stems="Drums")
    assert chosen.outputs == ("drums", "no_drums")
    assert chosen.computed == ("drums",)


def test_two_stems_of_a_complement_are_the_stem_and_the_rest():
    assert select(CLASSIC, two_stems="no_vocals").outputs == ("vocals", "no_vocals")


@pytest.mark.parametrize("alias", ["instrumental", "accompaniment", "no_vocals", "No_Vocals"])
def test_other_names_of_the_accompaniment(alias):
    chosen = select(CLASSIC, stems=[alias])
    assert chosen.outputs == ("no_vocals",)
    assert chosen.computed == ("vocals",)
    assert not chosen.adds_up


def test_an_engines_own_accompaniment_is_not_an_alias():
    assert select(create("repet_sim"), stems=["accompaniment"]).computed == ("accompaniment",)


def test_asking_twice_gives_once():
    assert select(CLASSIC, stems=["bass", "bass"]).outputs == ("bass",)


def test_all_stems_in_another_order_still_add_up():
    chosen = select(CLASSIC, stems=["other", "bass", "vocals", "drums"])
    assert chosen.adds_up
    assert chosen.computed == ("other", "bass", "vocals")


def test_outputs_are_sums_of_rows(rng):
    rows = rng.standard_normal((3, 2, 10)).astype(np.float32)
    chosen = select(CLASSIC, stems=["drums", "no_vocals"])
    assert chosen.computed == ("drums", "vocals")
    assert np.array_equal(chosen.combine(rows), np.stack([rows[1], rows[0] - rows[2]]))


@pytest.mark.parametrize("name", ["piano", "no_piano", "", "no_", "vocals "])
def test_unknown_stems_are_refused(name):
    if name.strip() in CLASSIC.stems:
        assert select(CLASSIC, stems=[name]).outputs == (name.strip(),)
        return
    with pytest.raises(UsageError, match=r"no stem .*it has vocals, drums, bass, other"):
        select(CLASSIC, stems=[name])


def test_stems_and_two_stems_exclude_each_other():
    with pytest.raises(UsageError, match="not both"):
        select(CLASSIC, stems=["bass"], two_stems="bass")
