import numpy as np
import pytest

pytest.importorskip("torch")

from partita.core import InputError, UsageError
from partita.training.bank.shards import items, read_stems, write_item
from partita.training.pack import build, unpack


@pytest.fixture
def bank(tmp_path):
    """A voice and a song, half a second each, smooth enough for Opus."""
    t = np.arange(22_050) / 44_100
    tones = [0.2 * np.sin(2 * np.pi * f * t) for f in (220, 440, 880)]
    stereo = np.stack([np.stack([tone, 0.5 * tone]) for tone in tones]).astype(np.float32)
    facts = {"sources": ["procedural"], "seed": 1}
    path = tmp_path / "bank"
    write_item(
        path, "singing/0", stereo[:1], kind="singing", stems=["vocals"], split="train", **facts
    )
    names = ["vocals", "drums", "bass+other"]
    write_item(path, "song/0", stereo, kind="song", stems=names, split="valid", **facts)
    return path


def test_what_is_packed_is_unpacked(bank, tmp_path):
    assert build(bank, tmp_path / "pack") == {"song valid": 1, "singing train": 1}
    assert unpack(tmp_path / "pack", tmp_path / "there") == 2
    before, after = (list(items(path)) for path in (bank, tmp_path / "there"))
    for old, new in zip(before, after, strict=True):
        assert (old.id, old.stems, old.split, old.seconds) == (
            new.id,
            new.stems,
            new.split,
            new.seconds,
        )
        truth, back = read_stems(bank, old), read_stems(tmp_path / "there", new)
        assert truth.shape == back.shape
        inner = slice(2000, -2000)
        error = np.sum((back - truth)[..., inner] ** 2) / np.sum(truth[..., inner] ** 2)
        assert 10 * np.log10(error) < -12  # Opus at 40 kb/s


def test_too_small_a_limit_is_refused(bank, tmp_path):
    (tmp_path / "font.sf2").write_bytes(bytes(2000))
    with pytest.raises(UsageError, match="beyond"):
        build(bank, tmp_path / "pack", soundfont=tmp_path / "font.sf2", limit_mb=0.001)
    with pytest.raises(InputError, match="that fit"):
        build(bank, tmp_path / "other", limit_mb=0.0001)


def test_what_is_no_pack_is_refused(tmp_path):
    with pytest.raises(InputError, match="is not a pack"):
        unpack(tmp_path, tmp_path / "bank")
