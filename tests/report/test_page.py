import base64
import hashlib
import json
import sys

import numpy as np
import pytest

from partita.core.errors import MissingExtra, OutputError, UsageError
from partita.core.scores import Scores
from partita.evaluate import aggregate, compare, load_sisec18, summarise
from partita.report import Result, Settings, build_report, write_report
from partita.report.numbers import shown, signed


@pytest.fixture
def read(reading):
    return reading.read


@pytest.fixture
def data_of(read):
    def found(page):
        scripts = read(page).scripts
        return json.loads(next(text for given, text in scripts if given.get("id") == "data"))

    return found


@pytest.fixture
def same(reading):
    """Whether a text shows a value to so many digits."""

    def found(text, value, digits=2):
        if np.isnan(value) or np.isinf(value):
            return text == shown(value)
        return abs(reading.number(text) - value) <= 0.5 * 10**-digits + 1e-9

    return found


def test_every_cell_of_the_table_is_a_figure_of_the_scores(page, result, read, same):
    cells = read(page).cells
    rows = {(row.track, row.target): row for row in summarise(result.scores)}
    mixture = {(row.track, row.target): row for row in summarise(result.baselines["mixture"])}
    checked = 0
    for (track, target), row in rows.items():
        for metric, value in row.values.items():
            key = f"0/{target}/{track}/{metric}" if track else f"0/{target}/{metric}"
            digits = 1 if metric in ("pes", "eps") else 2
            if key in cells:
                assert same(cells.pop(key), value, digits), key
                checked += 1
        if not track:
            key = f"0/{target}/mixture:sdr"
            assert same(cells.pop(key), mixture[track, target].values["sdr"])
            assert same(cells.pop(f"glance/0/{target}"), row.values["sdr"])
            for kind, each in aggregate(result.scores, "sdr", target).items():
                assert same(cells.pop(f"0/{target}/{kind}"), each.value), kind
    assert checked == 3 * (3 + 2) + 2 * 3 * 3 + 1  # over all, with PES and EPS; and each song
    assert not cells


def test_every_frame_in_the_data_is_a_figure_of_the_scores(page, result, data_of, hostile):
    (system,) = data_of(page)["systems"]
    for song in system["songs"]:
        for stem, frames in song["stems"].items():
            here = result.scores.where(track=song["name"], target=stem)
            for name, metric, digits in (
                ("score", "sdr", 2),
                ("target", "target_dbfs", 1),
                ("estimate", "estimate_dbfs", 1),
            ):
                wanted = here.where(metric=metric).value
                found = [np.nan if v is None else float(v) for v in frames[name]]
                assert np.allclose(found, wanted, atol=0.51 * 10**-digits, equal_nan=True)
            assert len(frames["states"]) == len(wanted)
    assert [song["name"] for song in system["songs"]] == ["demo song", hostile, "long song"]
    whole = {row.target: row for row in summarise(result.scores) if not row.track}
    for stem, values in system["stems"].items():
        for metric, value in values.items():
            found = np.nan if value is None else float(value)
            assert found == pytest.approx(whole[stem].values[metric], abs=1e-6, nan_ok=True)


def test_states_and_causes_in_the_data_are_those_that_were_made(page, data_of):
    data = data_of(page)
    frames = data["systems"][0]["songs"][0]["stems"]["vocals"]
    assert data["states"][int(frames["states"][1])] == "target silent"
    assert data["causes"][int(frames["cause"][1])] == "leak in silence"
    assert data["states"][int(frames["states"][3])] == "estimate silent"
    assert data["causes"][int(frames["cause"][3])] == "loss"


def test_no_name_gets_out_of_its_place(page, read, hostile):
    found = read(page)
    assert hostile in found.text
    assert "mine <i>" in found.text
    assert "gain of drums: <b>bold</b>" in found.text
    assert "{{ 7 * 7 }}" in found.text
    kinds = [attributes.get("type") for attributes, _ in found.scripts]
    assert kinds.count("application/json") == kinds.count(None) == 1
    assert set(kinds) == {"application/json", "text/plain", None}


def test_nothing_is_fetched_from_elsewhere(page, read):
    for address in read(page).addresses:
        assert address.startswith(("#", "data:image/png;base64,")), address
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style
    assert "default-src &#39;none&#39;" in page


def test_only_our_script_may_run(page, read):
    (script,) = (text for attributes, text in read(page).scripts if not attributes)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"&#39;sha256-{digest}&#39;" in page


def test_the_same_results_give_the_same_bytes(page, result):
    assert build_report([result], Settings(sound_mb=2.0)) == page


def test_sound_is_limited_and_what_is_left_out_is_told(result, read):
    silent = build_report([result], Settings(sound_mb=0))
    assert not [a for a, _ in read(silent).scripts if a.get("type") == "text/plain"]
    assert "No room for its sound" in silent
    assert "The sound of 2 songs was left out" in silent
    small = build_report([result], Settings(sound_mb=0.1))
    clips = [text for a, text in read(small).scripts if a.get("type") == "text/plain"]
    assert 0 < sum(len(base64.b64decode(text)) for text in clips) <= 100_000


def test_without_jinja_it_is_said_what_to_install(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtra, match=r"pip install 'partita\[eval\]'"):
        build_report([result])


def table(*rows):
    return Scores.from_rows(rows)


def test_a_table_from_elsewhere_has_frames_without_states(data_of):
    rows = [("a", "vocals", "sdr", n, float(n), 1.0, v) for n, v in enumerate([1.0, np.nan, 5.0])]
    page = build_report([Result("theirs", table(*rows))])
    frames = data_of(page)["systems"][0]["songs"][0]["stems"]["vocals"]
    assert frames["score"] == [1.0, None, 5.0]
    assert [data_of(page)["states"][int(s)] for s in frames["states"]] == [
        "active",
        "undefined",
        "active",
    ]
    assert "by score, for levels are not known" in page


def test_a_table_of_whole_songs_has_no_timeline(read):
    rows = [(f"song {n}", "vocals", "sdr_global", -1, 0.0, 9.0, float(n)) for n in range(6)]
    page = build_report([Result("theirs", table(*rows))])
    assert read(page).cells["0/vocals/sdr_global"] == "2.50"
    assert "id=timeline" not in page.replace('"', "")
    assert "id=drop" not in page.replace('"', "")


def test_values_that_are_no_numbers_have_signs(read):
    rows = [
        (song, "vocals", "sdr", n, float(n), 1.0, v)
        for song, values in {"a": [np.inf, np.inf], "b": [-np.inf, -np.inf], "c": [np.nan]}.items()
        for n, v in enumerate(values)
    ]
    cells = read(build_report([Result("theirs", table(*rows))])).cells
    assert cells["0/vocals/a/sdr"] == "∞"
    assert cells["0/vocals/b/sdr"] == "−∞"
    assert cells["0/vocals/c/sdr"] == "–"


def test_two_systems_are_compared_as_compare_does(result, read, same):
    other = Result("other", result.baselines["mixture"])
    page = build_report([result, other], Settings(sound_mb=0))
    cells = read(page).cells
    for c in compare({result.name: result.scores, other.name: other.scores}):
        key = f"pair/{c.target}/{c.first}/{c.second}"
        assert same(cells[f"{key}/0"], c.first_score)
        assert same(cells[f"{key}/1"], c.second_score)
        low, high = c.median_interval
        assert cells[f"{key}/2"] == (
            f"{signed(c.median_difference)} [{signed(low)}, {signed(high)}]"
        )
        assert c.verdict in read(page).text


def test_two_of_one_name_are_told_apart(result, data_of):
    page = build_report([result, result], Settings(sound_mb=0))
    names = [system["name"] for system in data_of(page)["systems"]]
    assert names == ["mine <i>", "mine <i> (2)"]


def test_the_field_is_that_of_sisec_and_says_that_it_is_another_place(page, read):
    median = np.median(load_sisec18()["TAK1"].where(target="vocals", metric="sdr").value)
    assert f"TAK1: {shown(median)}" in read(page).text
    assert "Other songs and other frames" in page


@pytest.mark.parametrize(
    ("results", "message"),
    [([], "needs a result"), ([Result("empty", table())], "no metric")],
)
def test_nothing_to_report_is_refused(results, message):
    with pytest.raises(UsageError, match=message):
        build_report(results)


def test_a_file_is_written_whole_or_not_at_all(tmp_path, result):
    path = tmp_path / "report.html"
    assert write_report(path, [result], Settings(sound_mb=0)) == path.stat().st_size
    with pytest.raises(OutputError, match="cannot write"):
        write_report(tmp_path / "nowhere" / "report.html", [result], Settings(sound_mb=0))
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]


def test_settings_out_of_range_are_refused():
    with pytest.raises(UsageError, match="sound_mb"):
        Settings(sound_mb=-1)
    with pytest.raises(UsageError, match="finite"):
        Settings(threshold_db=-np.inf)
