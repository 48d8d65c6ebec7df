import csv

import numpy as np
import pytest

from partita.core import Audio, InputError
from partita.evaluate.ratings import PLAIN, listeners_agree, read_ratings
from partita.io import save


@pytest.fixture
def plain(tmp_path):
    """Two songs, two systems, two questions, three listeners; system b is the better one."""
    sound = Audio(np.full((1, 100), 0.1, np.float32), 8000)
    rows = []
    for song in ("one", "two"):
        for file in ("true", "a", "b", "mix"):
            (tmp_path / song).mkdir(exist_ok=True)
            save(tmp_path / song / f"{file}.wav", sound)
        for system in ("a", "b"):
            for question in ("quality", "interference"):
                for listener, bonus in (("x", 0), ("y", 1), ("z", 10)):
                    rows.append(
                        {
                            "item": f"{song}-{system}",
                            "song": song,
                            "system": system,
                            "question": question,
                            "listener": listener,
                            "rating": 50 + bonus + 20 * (system == "b"),
                            "reference": f"{song}/true.wav",
                            "estimate": f"{song}/{system}.wav",
                            "mixture": f"{song}/mix.wav",
                        }
                    )
    write(tmp_path / "ratings.csv", rows)
    return tmp_path, rows


def write(path, rows):
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_an_item_is_worth_the_median_of_its_listeners(plain):
    folder, _ = plain
    items = read_ratings(folder)
    assert len(items) == 8
    (found,) = [i for i in items if i.item == "two-b" and i.question == "quality"]
    assert (found.song, found.system, found.rating) == ("two", "b", 71)
    assert found.ratings == {"x": 70, "y": 71, "z": 80}
    assert found.reference == folder / "two/true.wav"
    assert found.mixture == folder / "two/mix.wav"


def test_who_rates_twice_counts_once_with_the_mean(plain):
    folder, rows = plain
    write(folder / "ratings.csv", [*rows, {**rows[0], "rating": 70}])
    assert read_ratings(folder)[0].ratings["x"] == 60


def test_the_mixture_and_the_sounds_may_be_left_out(plain):
    folder, rows = plain
    kept = [{k: v for k, v in row.items() if k != "mixture"} | {"estimate": ""} for row in rows]
    write(folder / "ratings.csv", kept)
    item = read_ratings(folder)[0]
    assert item.mixture is None
    assert item.estimate is None


def test_scores_from_elsewhere_are_read(plain):
    folder, _ = plain
    rows = [("one-a", "PEMO", "1.5"), ("one-b", "PEMO", ""), ("two-a", "PEMO", "-inf")]
    write(
        folder / "scores.csv",
        [dict(zip(("item", "metric", "score"), r, strict=True)) for r in rows],
    )
    scores = {item.item: item.scores for item in read_ratings(folder)}
    assert scores["one-a"] == {"PEMO": 1.5}
    assert np.isnan(scores["one-b"]["PEMO"])
    assert scores["two-a"]["PEMO"] == -np.inf
    assert scores["two-b"] == {}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rating": "loud"}, "line 2: rating must be a number, got 'loud'"),
        ({"rating": "nan"}, "line 2: rating must be a number"),
        ({"rating": ""}, "line 2: rating must be a number"),
        ({"rating": "inf"}, "line 2: rating must be a number"),
        ({"song": "three"}, "lines 2 and 3: item one-a has more than one song"),
    ],
)
def test_a_wrong_row_is_named(plain, change, message):
    folder, rows = plain
    write(folder / "ratings.csv", [{**rows[0], **change}, *rows[1:]])
    with pytest.raises(InputError, match=message):
        read_ratings(folder)


def test_a_file_that_is_not_there_is_named(plain):
    folder, rows = plain
    write(folder / "ratings.csv", [{**row, "mixture": "no/such.wav"} for row in rows])
    with pytest.raises(InputError, match=r"line 2: there is no file .*no/such.wav"):
        read_ratings(folder)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "holds no rows"),
        (b"item,song\n", "holds no rows"),
        (b"item,song\n1,2\n", "has no column system, question"),
        (b"item,song\n1,2,3\n", "line 2: 2 columns expected"),
        (b"item,song\n1\n", "line 2: 2 columns expected"),
        (b"item,s\xffng\n1,2\n", "is no table"),
        (b'item,"song\n1,2\n', "is no table"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, message):
    (tmp_path / "ratings.csv").write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_ratings(tmp_path)


def test_a_folder_without_ratings_is_refused(tmp_path):
    with pytest.raises(InputError, match="holds neither"):
        read_ratings(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        read_ratings(tmp_path / "none")


def test_the_documented_columns_are_these():
    assert PLAIN[:6] == ("item", "song", "system", "question", "listener", "rating")
    assert PLAIN[6:] == ("reference", "estimate")


def test_listeners_who_hear_alike_agree_and_those_who_guess_do_not(plain):
    folder, rows = plain
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 100, 40)
    for spread, low, high in ((1.0, 0.95, 1.0), (1e4, -0.5, 0.5)):
        every = [
            {
                **rows[0],
                "item": f"{n}",
                "song": f"{n}",
                "listener": f"{who}",
                "rating": value + spread * rng.standard_normal(),
            }
            for n, value in enumerate(truth)
            for who in range(6)
        ]
        write(folder / "ratings.csv", every)
        assert low <= listeners_agree(read_ratings(folder)) <= high


def test_three_listeners_make_no_halves(plain):
    assert np.isnan(listeners_agree(read_ratings(plain[0])))


def test_wards_anchors_and_repeated_ratings_are_left_out(tmp_path):
    sound = Audio(np.full((1, 100), 0.1, np.float32), 8000)
    (tmp_path / "audio" / "p").mkdir(parents=True)
    rows = []
    for name in ("ref", "Quality", "Interferer", "KAM1"):
        save(tmp_path / "audio" / "p" / f"{name}.flac", sound)
        for again, rating in (("False", 40), ("True", 90)):
            cells = ("interferer", "p", name, "A", again, rating)
            keys = ("experiment", "page", "sound", "subject", "is_replicate", "rating")
            rows.append(dict(zip(keys, cells, strict=True)))
    write(tmp_path / "ratings.csv", rows)
    (item,) = read_ratings(tmp_path)
    assert (item.item, item.question, item.rating) == ("p/KAM1", "interference", 40)
    assert item.mixture == tmp_path / "audio/p/Interferer.flac"


def test_wards_ratings_are_eighty_items_a_question(recordings):
    items = read_ratings(recordings / "ratings" / "ward2018")
    for question in ("quality", "interference"):
        asked = [item for item in items if item.question == question]
        assert len(asked) == 80
        assert len({item.song for item in asked}) == 16
        assert len({name for item in asked for name in item.ratings}) == 24


def test_gensvs_is_read_with_its_kinds_of_model(recordings):
    items = read_ratings(recordings / "ratings" / "gensvs")
    counts = {}
    for item in items:
        counts[item.question] = counts.get(item.question, 0) + 1
    assert counts == {"quality": 250, "quality, discriminative": 150, "quality, generative": 100}
    assert all(len(item.ratings) == 12 and item.reference is None for item in items)
