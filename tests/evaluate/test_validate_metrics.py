import json
import sys

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from partita.core import Audio, InputError, UsageError
from partita.evaluate.rated_scores import measure, user_function
from partita.evaluate.ratings import RatedItem, read_ratings
from partita.evaluate.validate_metrics import validate
from partita.io import save
from partita.metrics.sdr import sdr_global

RATE = 8000


def items_of(ratings, songs):
    return [
        RatedItem(f"i{n}", f"s{song}", "x", "quality", {}, float(rating))
        for n, (rating, song) in enumerate(zip(ratings, songs, strict=True))
    ]


def scored(items, values, name="m"):
    return {item.item: {name: float(v)} for item, v in zip(items, values, strict=True)}


@pytest.fixture
def rated(rng):
    """60 items of 12 songs, ratings with ties, and a score that follows them somewhat."""
    ratings = rng.integers(0, 20, 60)
    values = np.round(ratings + 6 * rng.standard_normal(60))
    items = items_of(ratings, np.repeat(np.arange(12), 5))
    return items, ratings, values


def test_correlations_are_scipys(rated):
    items, ratings, values = rated
    (row,) = validate(items, scored(items, values))
    assert row.spearman == pytest.approx(spearmanr(values, ratings).statistic)
    assert row.kendall == pytest.approx(kendalltau(values, ratings).statistic)
    assert (row.items, row.songs, row.left_out) == (60, 12, 0)
    inside = [spearmanr(values[n : n + 5], ratings[n : n + 5]).statistic for n in range(0, 60, 5)]
    assert row.within_songs == pytest.approx(np.nanmean(inside))


def test_a_monotone_change_of_the_score_changes_nothing(rated):
    items, _, values = rated
    one, other = (validate(items, scored(items, v))[0] for v in (values, np.exp(values / 10)))
    assert one == other


def test_registered_metrics_know_which_way_they_go(rated):
    items, _, values = rated
    one, other = (
        validate(items, scored(items, v, name))[0]
        for v, name in ((values, "sdr"), (-values, "missing"))
    )
    assert other.turned
    assert not one.turned
    assert other.spearman == one.spearman
    assert other.interval == one.interval
    turned = validate(items, scored(items, -values), lower_is_better=["m"])[0]
    assert turned.spearman == one.spearman


def test_songs_are_drawn_and_not_items(rng):
    """Where all items of a song say the same, there are as many observations as songs."""
    ratings = np.repeat(rng.standard_normal(10), 20)
    values = ratings + np.repeat(rng.standard_normal(10), 20)
    widths = []
    for songs in (np.repeat(np.arange(10), 20), np.arange(200)):
        items = items_of(ratings, songs)
        low, high = validate(items, scored(items, values))[0].interval
        widths.append(high - low)
    assert widths[0] > 2 * widths[1]


def test_an_interval_holds_the_correlation_and_repeats_itself(rated):
    items, _, values = rated
    first, again = (validate(items, scored(items, values))[0] for _ in range(2))
    assert first.interval[0] < first.spearman < first.interval[1]
    assert first == again


def test_items_without_a_score_are_counted(rated):
    items, _, values = rated
    values = values.astype(float)
    values[:7] = np.nan
    (row,) = validate(items, scored(items, values))
    assert (row.items, row.left_out, row.songs) == (53, 7, 11)


def test_infinite_scores_have_their_rank(rated):
    items, _, values = rated
    values = values.astype(float)
    best = int(np.argmax(values))
    far = values.copy()
    far[best] = np.inf
    values[best] = 1e6
    rows = [validate(items, scored(items, v))[0] for v in (values, far)]
    assert rows[0] == rows[1]


def test_a_constant_score_says_nothing(rated):
    items, _, values = rated
    scores = scored(items, values)
    for of_item in scores.values():
        of_item["same"] = 1.0
    assert [row.metric for row in validate(items, scores)] == ["m"]
    with pytest.raises(UsageError, match="no question has 4 items"):
        validate(items, {})


def test_the_strongest_comes_first_whichever_way_it_goes(rated):
    items, ratings, values = rated
    scores = scored(items, values)
    for of_item, rating in zip(scores.values(), ratings, strict=True):
        of_item["inverse"] = -float(rating)
    assert [row.metric for row in validate(items, scores)] == ["inverse", "m"]


@pytest.fixture
def sounds(tmp_path, rng):
    """Four items with sounds: the later, the noisier."""
    items = []
    truth = rng.uniform(-0.3, 0.3, (2, RATE))
    rest = rng.uniform(-0.3, 0.3, (2, RATE))
    for name, samples in (("true", truth), ("mix", 0.5 * (truth + rest))):
        save(tmp_path / f"{name}.wav", Audio(samples, RATE), encoding="float32")
    for n in range(4):
        noise = 0.1 * (n + 1) * rng.uniform(-0.3, 0.3, truth.shape)
        path = tmp_path / f"{n}.wav"
        save(path, Audio(truth + noise, RATE), encoding="float32")
        files = {"reference": tmp_path / "true.wav", "mixture": tmp_path / "mix.wav"}
        items.append(
            RatedItem(f"i{n}", f"s{n}", "x", "quality", {}, 9.0 - n, estimate=path, **files)
        )
    return items


def test_registered_metrics_are_computed(sounds):
    scores, notes = measure(sounds, ["sdr_global", "sdr", "sir", "sar", "log_wmse"])
    assert notes == []
    assert set(scores["i0"]) == {"sdr_global", "sdr", "sir", "sar", "log_wmse"}
    assert scores["i0"]["sdr_global"] == pytest.approx(20, abs=0.3)
    rows = {row.metric: row.spearman for row in validate(sounds, scores)}
    assert [rows[name] for name in ("sdr_global", "sdr", "log_wmse")] == pytest.approx([1] * 3)


def test_metrics_that_need_the_mixture_say_so_where_there_is_none(sounds):
    from dataclasses import replace

    alone = [replace(item, mixture=None) for item in sounds]
    scores, notes = measure(alone, ["snr", "sir"])
    assert notes == ["sir needs the mixture"]
    assert set(scores["i0"]) == {"snr"}


def test_a_users_function_is_held_against_a_registered_metric(sounds):
    def mine(reference, estimate, rate):
        assert (reference.dtype, reference.shape, rate) == (np.float64, (2, RATE), RATE)
        return np.float32(sdr_global(reference, estimate))

    scores, _ = measure(sounds, ["sdr_global"], functions={"mine": mine})
    for of_item in scores.values():
        assert of_item["mine"] == pytest.approx(of_item["sdr_global"], rel=1e-6)


@pytest.mark.parametrize("wrong", ["text", None, np.ones(3)])
def test_a_function_that_gives_no_number_is_refused(sounds, wrong):
    with pytest.raises(InputError, match="mine failed on i0"):
        measure(sounds, [], functions={"mine": lambda *_: wrong})


def test_scores_are_kept_and_found_again(sounds, tmp_path, monkeypatch):
    kept = tmp_path / "kept"
    first, _ = measure(sounds, ["sdr_global", "snr"], results=kept)
    assert len(list(kept.iterdir())) == 4

    def never(*_, **__):
        raise AssertionError("measured again")

    with monkeypatch.context() as patch:
        patch.setattr("partita.evaluate.rated_scores.score_stems", never)
        assert measure(sounds, ["sdr_global"], results=kept)[0]["i0"] == {
            "sdr_global": first["i0"]["sdr_global"]
        }
        with pytest.raises(AssertionError):
            measure(sounds, ["si_sdr"], results=kept)
    for file in kept.iterdir():
        file.write_text("[damaged")
    assert measure(sounds, ["sdr_global", "snr"], results=kept)[0] == first
    assert "snr" in json.loads(next(kept.iterdir()).read_text())


def test_sounds_that_do_not_fit_are_refused(sounds, tmp_path):
    save(sounds[2].estimate, Audio(np.zeros((2, 100), np.float32), 2 * RATE))
    with pytest.raises(InputError, match="i2: the reference's rate is 8000"):
        measure(sounds, ["snr"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nothing", "must look like"),
        (":f", "must look like"),
        ("no_such_module:f", "No module named"),
        ("math:no_such", "math has no function no_such"),
        ("math:pi", "math has no function pi"),
        ("broken_module:f", "ZeroDivisionError"),
    ],
)
def test_functions_that_cannot_be_had_are_named(text, message, tmp_path, monkeypatch):
    (tmp_path / "broken_module.py").write_text("1 / 0")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    with pytest.raises(UsageError, match=message):
        user_function(text)


def test_known_figures_come_out(recordings):
    """The scores published with the ratings: Ward's paper and gensvs' table rest on them."""
    found = {}
    for name in ("ward2018", "gensvs"):
        for row in validate(read_ratings(recordings / "ratings" / name), {}, resamples=10):
            found[row.question, row.metric] = round(row.spearman, 2)
    assert found["quality", "published APS"] == 0.90  # 0.895
    assert found["interference", "published SIR"] == 0.85
    assert found["quality", "published sdr"] == 0.23
    assert found["quality", "published multi_res_loss"] == -0.64
    assert found["quality, discriminative", "published sdr"] == 0.67
    assert found["quality, generative", "published sdr"] == 0.18
