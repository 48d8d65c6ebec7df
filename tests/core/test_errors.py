import pickle

import pytest

from partita.core import errors

RAISED = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)
]


@pytest.mark.parametrize("kind", RAISED)
def test_an_error_crosses_processes_as_it_is(kind):
    error = kind("soundfonts", "bank") if kind is errors.MissingExtra else kind("no such file")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), vars(again)) == (kind, str(error), vars(error))
