import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from partita.training.augment import (  # noqa: E402
    CURVE_HZ,
    active_level,
    apply_changes,
    draw_changes,
)
from partita.training.config import AugmentConfig  # noqa: E402

RATE = 16000
SHAPE = (2, 4)


@pytest.fixture
def stems():
    torch.manual_seed(0)
    return 0.1 * torch.randn(2, 4, 2, RATE)


@pytest.fixture
def nothing(plain):
    """Changes that only set the level of the mixture."""
    rng = np.random.default_rng(0)
    own = np.ones(2, dtype=bool)
    changes = draw_changes(rng, ~own, own, AugmentConfig(**plain))
    return dataclasses.replace(
        changes,
        polarity=np.ones(SHAPE),
        swap=np.zeros(2, dtype=bool),
        mix_db=np.full(2, -20.0),
    )


def changed(stems, nothing, **changes):
    return apply_changes(stems, dataclasses.replace(nothing, **changes), rate=RATE)


def level_db(x):
    return 20 * torch.log10(active_level(x, RATE))


def test_the_mixture_gets_the_level_it_should(stems, nothing):
    mixed = changed(stems, nothing, mix_db=np.array([-14.0, -26.0])).sum(dim=1)
    assert level_db(mixed).tolist() == pytest.approx([-14, -26], abs=0.1)


def test_only_the_level_changes_where_nothing_else_is_asked(stems, nothing):
    out = changed(stems, nothing)
    ratio = out / stems
    assert torch.allclose(ratio, ratio[:, :1, :1, :1].expand_as(ratio), rtol=1e-4)


def test_the_input_is_not_changed(stems, nothing):
    before = stems.clone()
    changes = {"low_pass_hz": np.full(2, 3000.0), "ratio": np.full(2, 3.0)}
    changed(stems, nothing, **changes, kept=np.zeros(SHAPE))
    assert torch.equal(stems, before)


def test_vocals_come_at_their_level_against_the_rest(stems, nothing):
    out = changed(10 * stems, nothing, vocals_db=np.array([-4.0, 3.0]))
    against = level_db(out[:, 0]) - level_db(out[:, 1:].sum(dim=1))
    assert against.tolist() == pytest.approx([-4, 3], abs=0.1)


def test_stems_from_different_places_come_at_typical_levels(stems, nothing):
    odd = stems * torch.tensor([1, 10, 0.1, 3.0])[None, :, None, None]
    out = changed(odd, nothing, level_db=np.full(SHAPE, 0.0), gain_db=np.zeros(SHAPE))
    assert torch.allclose(level_db(out[:, 1:]), level_db(out[:, 1:2]), atol=0.1)


def test_a_stem_that_is_left_out_is_silent(stems, nothing):
    kept = np.ones(SHAPE)
    kept[0, 0] = 0
    out = changed(stems, nothing, kept=kept)
    assert not out[0, 0].any()
    assert out[1, 0].any()


def test_silence_stays_silence(stems, nothing):
    everything = {
        "low_pass_hz": np.full(2, 3000.0),
        "reverb_db": np.full(SHAPE, -6.0),
        "curve_db": np.full((*SHAPE, len(CURVE_HZ)), 3.0),
        "ratio": np.full(2, 3.0),
    }
    assert not changed(0 * stems, nothing, **everything).any()


def test_polarity_turns_a_stem_over(stems, nothing):
    polarity = np.ones(SHAPE)
    polarity[:, 2] = -1
    plain, turned = changed(stems, nothing), changed(stems, nothing, polarity=polarity)
    cosine = torch.nn.functional.cosine_similarity(plain, turned, dim=-1).mean(dim=(0, 2))
    assert cosine.tolist() == pytest.approx([1, 1, -1, 1], abs=1e-3)


def test_swapped_channels_are_swapped_in_every_stem(stems, nothing):
    swap = np.array([True, False])
    out = changed(stems, nothing, swap=swap)
    plain = changed(stems, nothing)
    assert torch.allclose(out[0], plain[0].flip(1), atol=1e-6)
    assert torch.allclose(out[1], plain[1], atol=1e-6)


def test_mono_is_the_same_on_both_sides(stems, nothing):
    out = changed(stems, nothing, mono=np.array([True, False]))
    assert torch.equal(out[0, :, 0], out[0, :, 1])
    assert not torch.equal(out[1, :, 0], out[1, :, 1])


def test_panning_moves_a_stem_and_keeps_its_energy(nothing):
    one = torch.randn(2, 1, 1, RATE).expand(2, 4, 2, RATE) * 0.1
    out = changed(one, nothing, pan=np.full(SHAPE, 0.5))
    left, right = out[..., 0, :].square().mean(), out[..., 1, :].square().mean()
    assert float(right / left) == pytest.approx(9, rel=1e-3)


def test_a_low_pass_leaves_nothing_above(stems, nothing):
    out = changed(stems, nothing, low_pass_hz=np.full(2, 3000.0))
    power = torch.fft.rfft(out).abs().square().sum(dim=(0, 1, 2))
    hz = torch.linspace(0, RATE / 2, len(power))
    assert float(power[hz > 4001].sum() / power.sum()) < 1e-9
    assert float(power[hz < 3000].mean() / power.mean()) > 2


def test_a_flat_curve_changes_nothing(stems, nothing):
    out = changed(stems, nothing, curve_db=np.full((*SHAPE, len(CURVE_HZ)), 6.0))
    assert torch.allclose(out, changed(stems, nothing), atol=1e-6)


def test_a_curve_does_what_its_points_say(nothing):
    t = torch.arange(RATE) / RATE
    tones = [torch.sin(2 * torch.pi * hz * t) for hz in (150.0, 2500.0)]
    stems = torch.zeros(2, 4, 2, RATE)
    stems[:, 0], stems[:, 1] = 0.1 * tones[0], 0.1 * tones[1]
    curve = np.zeros((*SHAPE, len(CURVE_HZ)))
    curve[..., CURVE_HZ.index(150)] = 6
    out = changed(stems, nothing, curve_db=curve)
    difference = level_db(out[:, 0]) - level_db(out[:, 1])
    assert difference.tolist() == pytest.approx([6, 6], abs=0.1)


def test_reverberation_has_the_energy_and_the_length_asked(nothing):
    clicks = torch.zeros(2, 4, 2, 2 * RATE)
    clicks[..., 100] = 1
    wet = np.full(SHAPE, -np.inf)
    wet[:, 0] = -10
    seconds = np.full(SHAPE, 0.4)
    out = changed(clicks, nothing, reverb_db=wet, reverb_s=seconds)[0, 0]
    direct, tail = out[:, 100].square(), out[:, 101:].square()
    energy_db = 10 * torch.log10(tail.sum(dim=-1) / direct)
    assert energy_db.tolist() == pytest.approx([-10, -10], abs=0.2)
    late = tail[:, int(0.4 * RATE) :].sum(dim=-1) / tail.sum(dim=-1)
    assert float(late.max()) < 1e-5
    assert not torch.allclose(out[0], out[1])


def test_a_compressor_makes_loud_and_soft_more_alike(nothing):
    torch.manual_seed(0)
    stems = 0.1 * torch.randn(2, 4, 2, 2 * RATE)
    stems[..., RATE:] *= 0.1
    plain, pressed = changed(stems, nothing), changed(stems, nothing, ratio=np.full(2, 4.0))

    def range_db(x):
        half = x.sum(dim=1).square().mean(dim=1)
        return 10 * torch.log10(half[:, : RATE // 2].mean() / half[:, -RATE // 2 :].mean())

    assert range_db(pressed) < range_db(plain) - 2


def test_a_compressor_keeps_the_balance_of_the_stems(stems, nothing):
    plain, pressed = changed(stems, nothing), changed(stems, nothing, ratio=np.full(2, 4.0))
    gains = pressed / plain
    assert torch.allclose(gains, gains[:, :1, :1].expand_as(gains), rtol=1e-3)


def test_pauses_do_not_count_for_the_level():
    x = 0.1 * torch.randn(2, RATE)
    paused = torch.cat([x, torch.zeros(2, 3 * RATE)], dim=-1)
    assert float(active_level(paused, RATE)) == pytest.approx(float(active_level(x, RATE)), 1e-3)


def test_the_drawn_shares_are_the_ones_asked():
    rng = np.random.default_rng(0)
    none = np.zeros(4000, dtype=bool)
    config = AugmentConfig()
    changes = draw_changes(rng, none, none, config)
    assert np.mean(changes.kept == 0, axis=0) == pytest.approx([0.1, 0.06, 0.04, 0], abs=0.02)
    assert np.mean(np.isfinite(changes.reverb_db), axis=0) == pytest.approx(
        [config.vocal_reverb, config.drum_reverb, 0, config.other_reverb], abs=0.03
    )
    assert np.mean(changes.vocals_db) == pytest.approx(-4, abs=0.2)
    assert np.ptp(changes.vocals_db) == pytest.approx(8, abs=0.1)
    assert np.mean(np.isfinite(changes.low_pass_hz)) == pytest.approx(0.1, abs=0.02)
