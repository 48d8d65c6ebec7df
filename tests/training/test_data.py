import json

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from partita.core import InputError  # noqa: E402
from partita.training.data import Bank, Examples, Item, Mapped, Piece, Pool, load_bank  # noqa: E402

CPU = torch.device("cpu")


def examples(folder, config) -> Examples:
    return Examples(load_bank(folder), config, CPU)


def test_a_bank_is_read_as_it_was_written(bank_folder):
    bank = load_bank(bank_folder)
    index = json.loads((bank_folder / "bank.json").read_text())
    assert [item.id for item in bank.items] == [entry["id"] for entry in index["items"]]
    assert {item.id for item in bank.split("valid")} == {"band/2", "singing/2", "song/1"}
    entry, item = index["items"][0], bank.items[0]
    stored = np.load(bank_folder / entry["file"]) * np.float32(entry["scale"])
    crop = item.crop(1, 100, 50).numpy()
    assert np.allclose(crop, stored[1, :, 100:150], atol=1e-7)


def test_a_bank_in_memory_is_the_same(bank_folder):
    on_disk, held = load_bank(bank_folder), load_bank(bank_folder, resident="cpu")
    for a, b in zip(on_disk.items, held.items, strict=True):
        assert torch.equal(a.crop(0, 5, 1000), b.crop(0, 5, 1000))


def test_a_crop_beyond_the_end_is_silent_there(bank_folder):
    item = load_bank(bank_folder).items[0]
    crop = item.crop(0, item.length - 10, 30)
    assert crop.shape == (2, 30)
    assert not crop[:, 10:].any()


def test_a_batch_has_the_shapes_it_should(bank_folder, make_config):
    batch = examples(bank_folder, make_config()).batch(0)
    assert batch.stems.shape == (2, 4, 2, make_config().chunk)
    assert batch.mix.shape == (2, 2, make_config().chunk)
    assert batch.joined.shape == (2,)
    assert bool(torch.isfinite(batch.stems).all())


def test_a_batch_depends_on_seed_step_and_rank_alone(bank_folder, make_config):
    source, other = (examples(bank_folder, make_config()) for _ in range(2))
    other.batch(3)
    first = source.batch(7)
    assert torch.equal(first.stems, other.batch(7).stems)
    assert not torch.equal(first.stems, source.batch(8).stems)
    assert not torch.equal(first.stems, source.batch(7, rank=1).stems)
    seeded = make_config(run={"seed": 1})
    assert not torch.equal(first.stems, examples(bank_folder, seeded).batch(7).stems)


def test_only_training_items_are_drawn(bank_folder, make_config):
    source = examples(bank_folder, make_config(data={"shuffled": 1}))
    for pool in [*source.pools.values(), source.bands, source.songs]:
        assert all(item.split == "train" for item, _ in pool.rows)


def test_examples_that_belong_together_come_from_one_place(bank_folder, make_config):
    source = examples(bank_folder, make_config(data={"shuffled": 0, "songs": 0}))
    for seed in range(5):
        pieces = source._together(np.random.default_rng(seed))
        band = {(p.item.id, p.start) for p in pieces if p.item.kind == "band"}
        assert len(band) == 1
        assert any("vocals" in p.item.stems and p.item.kind != "band" for p in pieces)


def tone(hertz: float, length: int, rate: int) -> Item:
    """A sine in both channels."""
    wave = np.sin(2 * np.pi * hertz * np.arange(length) / rate)
    codes = np.tile(np.rint(20000 * wave), (1, 2, 1)).astype(np.int16)
    return Item("tone", "band", "train", ("drums",), length, Mapped(codes, 1 / 32768))


@pytest.mark.parametrize("speed", [0.5, 0.84, 1.0, 1.19, 2.0])
def test_at_another_speed_a_tone_has_another_pitch(speed):
    rate, length = 16000, 8000
    piece = Piece(1, tone(400, 40000, rate), 0, 100, speed=speed)
    spectrum = torch.fft.rfft(piece.samples(length)[1] * torch.hann_window(length)).abs()
    assert int(spectrum.argmax()) * rate / length == pytest.approx(400 * speed, abs=1.5)


def test_beyond_the_end_there_is_silence_at_any_speed():
    piece = Piece(1, tone(400, 1000, 16000), 0, 800, speed=1.5)
    assert not piece.samples(500)[:, 140:].any()


def test_what_belongs_together_is_played_at_one_speed(bank_folder, make_config):
    config = make_config(
        data={"shuffled": 0, "songs": 0}, augment={"varispeed": 1, "varispeed_semitones": 3}
    )
    source = examples(bank_folder, config)
    speeds = set()
    for seed in range(9):
        pieces = source._together(np.random.default_rng(seed))
        band = {p.speed for p in pieces if p.item.kind == "band"}
        assert len(band) == 1
        speeds |= band
        assert all(2 ** (-3 / 12) <= p.speed <= 2 ** (3 / 12) for p in pieces)
    assert len(speeds) == 9


def test_without_varispeed_all_is_as_it_was_recorded(bank_folder, make_config):
    source = examples(bank_folder, make_config(data={"shuffled": 1}))
    pieces = source._shuffled(np.random.default_rng(0))
    assert {p.speed for p in pieces} == {1.0}
    for p in pieces:
        assert torch.equal(p.samples(500), p.item.crop(p.row, p.start, 500))


def test_real_songs_have_their_share_of_the_stems_that_are_mixed(bank_folder, make_config):
    source = examples(bank_folder, make_config(data={"shuffled": 1, "songs": 1}))
    pieces = source._shuffled(np.random.default_rng(0))
    assert all(p.item.kind == "song" for p in pieces if p.item.stems[p.row] in ("vocals", "drums"))


def test_a_song_brings_its_own_voice(bank_folder, make_config):
    source = examples(bank_folder, make_config(data={"songs": 1}))
    pieces = source._together(np.random.default_rng(0))
    assert [p.item.id for p in pieces] == ["song/0"] * 3


def test_a_sum_of_bass_and_other_is_marked(bank_folder, make_config, plain):
    together = make_config(data={"shuffled": 0, "songs": 1}, augment=plain)
    batch = examples(bank_folder, together).batch(0)
    assert batch.joined.all()
    assert not batch.stems[:, 3].any()
    alone = make_config(data={"shuffled": 0, "songs": 0}, augment=plain)
    assert not examples(bank_folder, alone).batch(0).joined.any()


def test_long_items_are_drawn_more_often(make_bank):
    bank = load_bank(make_bank(("band", ["drums"], 1.0), ("band", ["drums"], 3.0)))
    pool = Pool([(item, 0) for item in bank.items])
    rng = np.random.default_rng(0)
    long = [pool.draw(rng)[0] is bank.items[1] for _ in range(1000)]
    assert 0.7 < np.mean(long) < 0.8


def test_items_shorter_than_an_example_are_used(make_bank, make_config):
    folder = make_bank(("band", ["drums", "bass", "other"], 0.3), ("singing", ["vocals"], 0.3))
    batch = examples(folder, make_config()).batch(0)
    assert batch.stems.shape[-1] == make_config().chunk
    assert batch.stems.any()


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ([("band", ["drums", "bass", "other"], 1.0)], "no training items with vocals"),
        ([("singing", ["vocals"], 1.0)], "no training items with vocals, or none with a band"),
    ],
)
def test_a_bank_without_voices_or_bands_is_refused(make_bank, make_config, wanted, message):
    with pytest.raises(InputError, match=message):
        examples(make_bank(*wanted), make_config())


def test_another_rate_is_refused(bank_folder, make_config):
    config = make_config(spectrum={"rate": 44100, "n_fft": 512, "hop": 256})
    with pytest.raises(InputError, match="the bank is at 16000 Hz, the run at 44100 Hz"):
        examples(bank_folder, config)


def test_banks_are_joined(bank_folder):
    bank = load_bank(bank_folder)
    assert len(Bank.joined([bank, bank]).items) == 2 * len(bank.items)
    with pytest.raises(InputError, match="one sample rate"):
        Bank.joined([bank, Bank((), 8000)])


def broken(folder, **changes):
    index = json.loads((folder / "bank.json").read_text())
    index["items"][0] |= changes
    (folder / "bank.json").write_text(json.dumps(index))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"stems": ["drums", "kazoo"]}, "stem 'kazoo' is not one of vocals"),
        ({"kind": "opera"}, "kind must be band, singing, song"),
        ({"file": "none.npy"}, "cannot read .*none.npy"),
        ({"stems": ["drums", "bass"]}, r"must hold int16 of shape \(2, 2, time\)"),
    ],
)
def test_a_broken_item_is_named(make_bank, changes, message):
    folder = make_bank(("band", ["drums"], 0.1))
    broken(folder, **changes)
    with pytest.raises(InputError, match=message):
        load_bank(folder)


def test_a_pickled_array_is_refused(make_bank):
    folder = make_bank(("band", ["drums"], 0.1))
    np.save(folder / "band0.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="cannot read"):
        load_bank(folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "has no bank.json"), ("{", "not JSON"), ('{"format": 2}', "not of format 1")],
)
def test_a_folder_that_is_no_bank_is_refused(tmp_path, text, message):
    if text is not None:
        (tmp_path / "bank.json").write_text(text)
    with pytest.raises(InputError, match=message):
        load_bank(tmp_path)
