import numpy as np
import pytest

from partita.core import Audio, Stems
from partita.core.digest import digest, file_digest
from partita.core.hints import Example, Examples, Pitch


def test_a_change_anywhere_changes_it(rng):
    samples = rng.standard_normal((2, 2, 5000)).astype(np.float32)
    changed = samples.copy()
    changed[1, 1, 2500] += 1e-6
    variants = [
        Stems(("a", "b"), samples, 8000),
        Stems(("a", "c"), samples, 8000),
        Stems(("a", "b"), samples, 8001),
        Stems(("a", "b"), changed, 8000),
    ]
    assert len({digest(stems) for stems in variants}) == 4
    assert digest(variants[0]) == digest(Stems(("a", "b"), samples.copy(), 8000))


def test_long_hints_are_told_apart_in_their_middle():
    time_s = np.arange(10_000) * 0.01
    tracks = [np.full(10_000, 440.0) for _ in range(2)]
    tracks[1][5000] = 441
    assert len({digest(Pitch(time_s, {"a": f0})) for f0 in tracks}) == 2
    clips = [Audio(np.full((1, 100), level), 8000) for level in (0.1, 0.2)]
    assert len({digest(Examples((Example("a", clip),))) for clip in clips}) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        ((["a"], []), ([], ["a"])),
        ((1,), ("1",)),
        ((1,), (1.0,)),
        ((True,), (1,)),
        ((None,), ("None",)),
        ((np.zeros(2, np.float32),), (np.zeros(2, np.int32),)),
        (({"a": ["b"]},), ({"a": "b"},)),
    ],
)
def test_values_that_look_alike_are_told_apart(one, other):
    assert digest(*one) != digest(*other)


def test_what_it_does_not_know_is_refused():
    with pytest.raises(TypeError, match="digest of a object"):
        digest([object()])


def test_names_that_are_no_text_are_taken():
    assert digest("\udcff") != digest("\udcfe")


def test_a_file_is_its_bytes(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    assert file_digest(tmp_path / "a").startswith("e3b0c442")
