"""What every registered dataset must pass, on a miniature of its published layout."""

import dataclasses
import pickle
import subprocess
import sys

import numpy as np
import pytest

from partita.core import InputError, OptionError, Track, UsageError
from partita.datasets import create, describe, names

LEFT_OUT = {"slakh2100": {"omitted"}}
"""Subsets that are only read when they are asked for."""
OPTIONS = [
    (name, {o.name: c}) for name in names() for o in describe(name).options for c in o.choices
]
ROUNDING = 0.5 / 2**15
"""What 16-bit samples are off by, each."""


@pytest.fixture(scope="module")
def roots(make_tree, tmp_path_factory):
    """Name -> a tree; each is written once."""
    made = {}

    def root_of(name):
        if name not in made:
            made[name] = make_tree(name, tmp_path_factory.mktemp(name))
        return made[name]

    return root_of


@pytest.fixture(params=names())
def name(request):
    return request.param


@pytest.fixture
def dataset(name, roots):
    return create(name, roots(name))


def test_its_class_is_its_configuration(name, dataset, roots):
    assert dataclasses.is_dataclass(dataset)
    assert dataset.__dataclass_params__.frozen
    assert dataset.name == name
    assert dataset == create(name, str(roots(name)))


def test_it_says_where_it_is_from_and_what_is_allowed(name):
    about = describe(name).about
    for field in ("title", "summary", "layout", "mix", "licence"):
        assert getattr(about, field), field
    if name != "folder":
        assert about.citation
        assert about.homepage.startswith("http")


def test_it_yields_tracks_as_many_as_it_is_long(dataset):
    tracks = list(dataset)
    assert len(tracks) == len(dataset) >= 2
    assert all(isinstance(track, Track) for track in tracks)


def test_ids_are_unique_sorted_and_the_same_elsewhere(name, dataset, make_tree, tmp_path):
    ids = [track.id for track in dataset]
    assert ids == sorted(set(ids))
    assert ids == [track.id for track in create(name, make_tree(name, tmp_path / "elsewhere"))]


def test_listing_decodes_nothing(dataset, monkeypatch):
    for place in ("audio.load", "audio.open_audio", "stem_mp4.load_stem_mp4", "rows.read_rows"):
        monkeypatch.setattr(f"partita.io.{place}", None)
    assert list(dataset)


def test_stems_and_mix_are_alike_in_length_rate_and_channels(dataset):
    for track in dataset:
        stems, mix = track.stems(), track.mix()
        shape = stems.length, stems.rate, stems.channels
        assert shape == (mix.length, mix.rate, mix.channels), track.id
        assert stems.length > 0


def test_stems_are_named_in_lower_case_as_declared(dataset):
    for track in dataset:
        stems = track.stems().names
        assert all(stem == stem.lower() == " ".join(stem.split()) for stem in stems)
        if dataset.about.stems:
            assert stems == dataset.about.stems


def test_the_mix_is_the_sum_of_the_stems_where_it_is_said_to_be(dataset):
    for track in dataset:
        stems, mix = track.stems(), track.mix()
        off = np.max(np.abs(mix.samples - stems.samples.sum(axis=0)))
        # At most eight files are added up in these trees, and the mix is rounded too.
        assert (off <= 9 * ROUNDING) == dataset.about.adds_up, track.id
        assert not track.mix_is_sum or dataset.about.adds_up


def test_the_same_track_is_the_same_twice(dataset):
    for track in dataset:
        assert np.array_equal(track.stems().samples, track.stems().samples)
        assert track.key() == track.key()
    assert len({track.key() for track in dataset}) == len(dataset)


def test_hints_are_given_as_declared_and_speak_of_the_stems(dataset):
    for track in dataset:
        hints, stems = track.hints(), track.stems()
        assert set(hints.given) == set(dataset.about.hints)
        if hints.pitch:
            assert set(hints.pitch.f0_hz) == set(stems.names)
        if hints.score:
            assert set(hints.score.parts) <= set(stems.names)
            assert hints.score.onset_s.min() < stems.duration_s


def test_subsets_share_nothing_and_make_up_the_whole(name, dataset, roots):
    known = dataset.about.subsets
    parts = {s: [t.id for t in create(name, roots(name), subset=s)] for s in known}
    if not known:
        pytest.skip("has no subsets")
    assert all(parts.values()), "a tree needs a track in each"
    wanted = [subset for subset in known if subset not in LEFT_OUT.get(name, ())]
    whole = [id for subset in wanted for id in parts[subset]]
    assert sorted(whole) == [track.id for track in dataset]
    two = ",".join(known[:2])
    assert [t.id for t in create(name, roots(name), subset=two)] == sorted(
        parts[known[0]] + parts[known[1]]
    )


def test_an_unknown_subset_is_refused(name, roots):
    with pytest.raises(UsageError, match=f"dataset {name} has no subset 'dreams'"):
        create(name, roots(name), subset="dreams")


def test_an_unknown_option_is_refused(name, roots):
    with pytest.raises(OptionError, match=f"dataset {name} has no option 'colour'"):
        create(name, roots(name), colour="blue")


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_every_choice_of_every_option_loads(name, options, roots):
    for track in create(name, roots(name), **options):
        stems, mix = track.stems(), track.mix()
        assert (stems.length, stems.channels) == (mix.length, mix.channels)
        assert track.hints() is not None


@pytest.mark.parametrize("option", sorted({(name, option) for name, o in OPTIONS for option in o}))
def test_an_option_takes_its_choices_only(option, roots):
    name, key = option
    with pytest.raises(OptionError, match=f"dataset {name}: {key} must be"):
        create(name, roots(name), **{key: "something else"})


def test_a_folder_that_is_something_else_is_refused_with_what_was_expected(name, tmp_path):
    (tmp_path / "notes.txt").write_text("no music here")
    for root in (tmp_path, tmp_path / "missing"):
        with pytest.raises(InputError) as caught:
            list(create(name, root))
        about = describe(name).about
        assert str(caught.value).startswith(str(root))
        assert "\n" not in str(caught.value)
        for part in (about.title, about.layout[0], about.homepage):
            assert part in str(caught.value)


def test_a_missing_file_is_an_error_of_its_track_and_named(name, make_tree, tmp_path):
    root = make_tree(name, tmp_path)
    dataset = create(name, root)
    audio = sorted(p for p in root.rglob("*") if p.suffix in (".wav", ".flac"))
    if not audio:
        pytest.skip("a track is one file")
    before = list(dataset)
    for path in audio:
        path.unlink()
    gone = {path.name for path in audio}
    with pytest.raises(InputError) as caught:
        before[0].stems()
    assert any(file in str(caught.value) for file in gone)


def test_tracks_can_be_sent_to_other_processes(dataset):
    for track in dataset:
        sent = pickle.loads(pickle.dumps(track))
        assert sent.id == track.id
        assert np.array_equal(sent.mix().samples, track.mix().samples)


def test_importing_a_dataset_loads_nothing_heavy():
    heavy = ("scipy", "soundfile", "av", "yaml", "pretty_midi", "torch", "pandas")
    script = (
        "import sys\n"
        "from partita.datasets.registry import find, names\n"
        "[find(name) for name in names()]\n"
        f"print([m for m in {heavy!r} if m in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout.strip() == "[]", run.stderr
