"""Damaged files of every format, made on the fly: an outcome each, and never a defect."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partita.core import Audio
from partita.engines import create
from partita.io import FORMATS, save
from partita.jobs import Request, run_batch

HPSS = create("hpss")

changes = st.lists(
    st.tuples(
        st.sampled_from(["set", "cut", "double", "end"]),
        st.floats(0, 1),
        st.integers(0, 255),
    ),
    min_size=1,
    max_size=6,
)
options = st.fixed_dictionaries(
    {},
    optional={
        "overlap": st.floats(0, 0.5),
        "clip": st.sampled_from(["rescale", "clamp"]),
        "stems": st.sampled_from([["harmonic"], ["no_harmonic"], ["percussive", "harmonic"]]),
        "format": st.sampled_from(list(FORMATS)),
        "template": st.sampled_from(["{stem}.{ext}", "{track}-{stem}.{ext}"]),
    },
)


def mutated(data, changes):
    """The bytes, changed one way after the other."""
    for kind, where, value in changes:
        # most of a format's fields lie at its beginning
        at = int(where**3 * len(data))
        if kind == "set":
            data = data[:at] + bytes([value]) + data[at + 1 :]
        elif kind == "cut":
            data = data[:at] + data[at + value :]
        elif kind == "double":
            data = data[:at] + data[at : at + value] + data[at:]
        else:
            data = data[: max(at, 1)]
    return data or b"\0"


@pytest.mark.parametrize("format", FORMATS)
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(changes=changes, options=options)
def test_whatever_a_file_holds_it_gets_an_outcome(tmp_path_factory, format, changes, options):
    folder = tmp_path_factory.mktemp("mutant")
    path = folder / f"a.{format}"
    save(path, Audio(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 1600)), 16_000))
    path.write_bytes(mutated(path.read_bytes(), changes))
    (outcome,) = run_batch([path], Request(HPSS, folder / "out", **options))
    assert outcome.ok or outcome.error
    assert "engine hpss failed" not in outcome.error
    assert outcome.ok or not (folder / "out").exists()
