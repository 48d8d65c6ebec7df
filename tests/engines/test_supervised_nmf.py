"""Supervised and semi-supervised NMF: what examples and trained dictionaries are worth."""

import numpy as np
import pytest

import partita
from partita.core import Audio, Example, Examples, HintError, Hints, InputError, UsageError
from partita.engines import create
from partita.engines.dictionaries import train_dictionary
from partita.factor.dictionary import save_dictionary

RATE = 16000


def sdr_db(truth, estimate):
    return 10 * np.log10(np.sum(truth**2) / np.sum((estimate - truth) ** 2))


def flute(seed, seconds):
    """Soft tones of a scale."""
    return notes(seed, seconds, (523, 587, 659, 784), partials=(1, 0.2, 0.05), rate_s=0.4)


def reed(seed, seconds):
    """Buzzing tones of the same octave."""
    return notes(
        seed, seconds, (494, 554, 622, 740), partials=(0.3, 1, 0.8, 1, 0.6, 0.7), rate_s=0.3
    )


def drum(seed, seconds):
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE)) / RATE
    return 0.2 * rng.standard_normal(len(t)) * np.exp(-25 * (t % 0.5))


def notes(seed, seconds, pitches_hz, *, partials, rate_s):
    rng = np.random.default_rng(seed)
    length = round(rate_s * RATE)
    t = np.arange(length) / RATE
    pieces = []
    for f0 in rng.choice(pitches_hz, int(seconds / rate_s) + 1):
        tone = sum(a * np.sin(2 * np.pi * h * f0 * t) for h, a in enumerate(partials, start=1))
        pieces.append(0.1 * tone * np.hanning(length))
    return np.concatenate(pieces)[: round(seconds * RATE)]


def examples(**sounds):
    clips = (Example(name, Audio(x[None], RATE)) for name, x in sounds.items())
    return Hints(examples=Examples(tuple(clips)))


@pytest.fixture(scope="module")
def trio():
    return {"flute": flute(0, 8), "reed": reed(1, 8), "drum": drum(2, 8)}


@pytest.fixture(scope="module")
def mix(trio):
    return Audio(sum(trio.values())[None], RATE)


def test_three_sources_with_examples_are_separated(trio, mix):
    hints = examples(flute=flute(10, 4), reed=reed(11, 4), drum=drum(12, 4))
    stems = partita.separate(mix, engine="supervised_nmf", hints=hints)
    assert stems.names == ("flute", "reed", "drum")
    for name, truth in trio.items():
        assert sdr_db(truth, stems[name].samples[0]) > 8  # the mix: about 0, -3 and -8 dB


def test_one_example_takes_its_source_out_of_the_rest(trio, mix):
    stems = partita.separate(mix, engine="semi_supervised_nmf", hints=examples(reed=reed(11, 4)))
    assert stems.names == ("reed", "rest")
    assert sdr_db(trio["reed"], stems["reed"].samples[0]) > 8
    assert sdr_db(trio["flute"] + trio["drum"], stems["rest"].samples[0]) > 8


def test_an_example_at_another_rate_in_stereo_is_as_good(trio, mix):
    from partita.signal import resample

    clip = Audio(np.stack([resample(reed(11, 4), RATE, 22050)] * 2), 22050)
    hints = Hints(examples=Examples((Example("reed", clip),)))
    stems = partita.separate(mix, engine="semi_supervised_nmf", hints=hints)
    assert sdr_db(trio["reed"], stems["reed"].samples[0]) > 8


def test_several_clips_of_a_source_are_one_source(mix):
    clips = [
        Example(n, Audio(f(s, 1)[None], RATE))
        for n, f, s in (("a", reed, 3), ("b", flute, 4), ("a", reed, 5))
    ]
    stems = partita.separate(
        mix, engine="supervised_nmf", hints=Hints(examples=Examples(tuple(clips)))
    )
    assert stems.names == ("a", "b")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dictionaries")
    for name, make in (("reed", reed), ("flute", flute)):
        partita.save(folder / f"{name}.wav", Audio(make(20, 4)[None], RATE))
        dictionary = train_dictionary([folder / f"{name}.wav"], name, rank=20, iterations=50)
        save_dictionary(dictionary, folder / f"{name}.npz")
    return folder


def test_a_trained_dictionary_serves_as_an_example_does(trio, mix, trained):
    engine = create("semi_supervised_nmf", dictionaries=f"{trained / 'reed.npz'}")
    assert engine.requires == frozenset()
    stems = partita.separate(mix, engine=engine)
    assert stems.names == ("reed", "rest")
    # less exact than an example: its bins are those of 44.1 kHz
    assert sdr_db(trio["reed"], stems["reed"].samples[0]) > 6


def test_dictionaries_and_examples_stand_side_by_side(trio, mix, trained):
    files = f"{trained / 'reed.npz'}, {trained / 'flute.npz'}"
    engine = create("supervised_nmf", dictionaries=files)
    stems = partita.separate(mix, engine=engine, hints=examples(drum=drum(12, 4)))
    assert stems.names == ("reed", "flute", "drum")
    for name, truth in trio.items():
        assert sdr_db(truth, stems[name].samples[0]) > 6


def test_what_cannot_be_is_refused(mix, trained, tmp_path):
    def separate(engine, hints=Hints(), **options):
        return partita.separate(mix, engine=create(engine, **options), hints=hints)

    reed_file = str(trained / "reed.npz")
    with pytest.raises(HintError, match="needs the examples hint"):
        separate("supervised_nmf")
    with pytest.raises(HintError, match="both a dictionary and an example"):
        separate("supervised_nmf", examples(reed=reed(1, 1)), dictionaries=reed_file)
    with pytest.raises(HintError, match="rename"):
        separate("semi_supervised_nmf", examples(rest=reed(1, 1)))
    with pytest.raises(UsageError, match="there is no dictionary"):
        separate("supervised_nmf", dictionaries="none.npz")
    (tmp_path / "x.npz").write_bytes(b"x")
    with pytest.raises(InputError, match="not a dictionary"):
        separate("supervised_nmf", dictionaries=str(tmp_path / "x.npz"))


def test_silence_teaches_nothing(tmp_path):
    partita.save(tmp_path / "a.wav", Audio(np.zeros((1, 4000)), 8000))
    with pytest.raises(InputError, match="silent"):
        train_dictionary([tmp_path / "a.wav"], "a")
