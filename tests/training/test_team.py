import json
import os
import socket
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch")

from partita.core import UsageError  # noqa: E402
from partita.training.team import Team, device_of  # noqa: E402

MEMBER = """
import json
from pathlib import Path
import torch
from partita.training.team import Team

def threads():
    return {task.joinpath("comm").read_text().strip() for task in Path("/proc/self/task").iterdir()}

before = threads()
team = Team.from_environment("cpu")
network = torch.nn.Linear(2, 1)
network(torch.tensor([[1.0, 10.0]]) * (1 + team.rank)).sum().backward()
team.average_gradients(network)
agreed = team.agree(5.0 + team.rank, stop=not team.leads)
during = threads()
team.leave()
print(json.dumps({
    "weight": network.weight.grad.tolist(),
    "bias": network.bias.grad.tolist(),
    "agreed": agreed,
    "at work": sorted(during - before),
    "left over": sorted(threads() - before),
}))
"""


@pytest.fixture(scope="module")
def members():
    """What each of two processes has to say."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    together = os.environ | {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": "2"}
    team = [
        subprocess.Popen(
            [sys.executable, "-c", MEMBER],
            env=together | {"GLOO_SOCKET_IFNAME": "lo", "RANK": rank},
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank in "01"
    ]
    said = [process.communicate()[0] for process in team]
    assert [process.returncode for process in team] == [0, 0]
    return [json.loads(words) for words in said]


def test_gradients_are_the_mean_over_the_team(members):
    for member in members:
        assert member["weight"] == [[1.5, 15.0]]
        assert member["bias"] == [1.0]


def test_the_leaders_clock_counts_and_anyone_may_stop(members):
    assert [member["agreed"] for member in members] == [[5.0, True], [5.0, True]]


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_no_thread_outlives_the_team(members):
    for member in members:
        assert member["at work"]
        assert member["left over"] == []


def test_a_team_of_one_changes_nothing():
    team = Team(0, 1, torch.device("cpu"))
    network = torch.nn.Linear(2, 1)
    network(torch.ones(1, 2)).sum().backward()
    team.average_gradients(network)
    assert network.weight.grad.tolist() == [[1.0, 1.0]]
    assert team.agree(3.0, False) == (3.0, False)


@pytest.mark.parametrize("name", ["tpu", "mps", "cuda:x", "meta"])
def test_a_device_that_is_not_one_is_refused(name):
    with pytest.raises(UsageError, match="device|cpu and cuda"):
        device_of(name)
