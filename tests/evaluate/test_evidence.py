import pickle

import numpy as np
import pytest

from partita.core import Audio, Stems
from partita.core.errors import InputError
from partita.evaluate.causes import CAUSES
from partita.evaluate.evidence import gather, read_evidence, write_evidence

RATE = 8000


@pytest.fixture
def song(rng):
    """Eight seconds: in the third drums leak into silence, in the last the vocals vanish."""
    vocals, drums = 0.1 * rng.standard_normal((2, 1, 8 * RATE))
    vocals[:, 2 * RATE : 3 * RATE] = 0
    guess = vocals + 0.02 * rng.standard_normal(vocals.shape)
    guess[:, 2 * RATE : 3 * RATE] = 0.8 * drums[:, 2 * RATE : 3 * RATE]
    guess[:, 7 * RATE :] = 0
    truth = Stems(("vocals", "drums"), np.stack([vocals, drums]), RATE)
    return truth, Stems(truth.names, np.stack([guess, drums]), RATE)


@pytest.fixture
def evidence(song):
    truth, guess = song
    return gather(truth, guess, Audio(truth.samples.sum(axis=0), RATE), track="a song")


def test_the_worst_seconds_are_found_and_the_perfect_stem_has_none(evidence):
    assert {moment.target for moment in evidence.moments} == {"vocals"}
    assert [moment.frame for moment in evidence.moments][:2] == [2, 7]
    worst = [moment.badness_db for moment in evidence.moments]
    assert worst == sorted(worst, reverse=True)


def test_a_moment_has_its_sound_and_pictures(evidence):
    moment = evidence.moments[0]
    assert (moment.excerpt.start_s, moment.excerpt.duration_s) == (0, 5)
    assert set(moment.excerpt.sounds) == {"reference", "estimate", "mixture"}
    assert set(moment.pictures) == {"reference", "estimate", "mixture"}
    gone = moment.pictures["reference"][:, 90:110]
    assert not gone.any()
    assert moment.pictures["estimate"][:, 90:110].any()


def test_every_stem_is_in_the_excerpt(evidence):
    assert set(evidence.excerpt.sounds) == {
        "mixture",
        *(f"{stem}/{what}" for stem in ("vocals", "drums") for what in ("reference", "estimate")),
    }
    assert evidence.excerpt.duration_s == 8


def test_the_excerpt_lies_where_most_stems_sound(rng):
    samples = 0.1 * rng.standard_normal((2, 1, 31 * RATE))
    samples[0, :, : 17 * RATE] = 0
    truth = Stems(("vocals", "drums"), samples, RATE)
    found = gather(truth, truth, Audio(samples.sum(axis=0), RATE), track="late")
    assert 17 <= found.excerpt.start_s <= 21
    assert found.excerpt.duration_s == 10


def test_evidence_survives_the_disk(tmp_path, evidence):
    write_evidence(tmp_path / "song.npz", evidence)
    found = read_evidence(tmp_path / "song.npz")
    assert (found.track, found.sources) == (evidence.track, evidence.sources)
    for target, parts in evidence.parts.items():
        for name in (*CAUSES, "sources"):
            assert np.array_equal(getattr(found.parts[target], name), getattr(parts, name))
    for one, other in zip(found.moments, evidence.moments, strict=True):
        assert (one.target, one.frame, one.badness_db) == (
            other.target,
            other.frame,
            other.badness_db,
        )
        assert one.excerpt == other.excerpt or one.excerpt.sounds == other.excerpt.sounds
        assert all(np.array_equal(one.pictures[n], other.pictures[n]) for n in other.pictures)


def test_evidence_crosses_from_process_to_process(evidence):
    found = pickle.loads(pickle.dumps(evidence))
    assert [m.excerpt.sounds for m in found.moments] == [m.excerpt.sounds for m in evidence.moments]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no zip", b"\x80\x04]."])
def test_files_of_something_else_are_refused(tmp_path, content):
    path = tmp_path / "song.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"song\.npz holds no evidence"):
        read_evidence(path)
