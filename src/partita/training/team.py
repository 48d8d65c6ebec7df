"""The processes that train together: one, or as many as torchrun has started."""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass

import torch
from torch import nn

from partita.core.errors import UsageError


def device_of(name: str) -> torch.device:
    """The device of this process.

    Parameters
    ----------
    name : "auto" (CUDA where there is one), "cpu", "cuda" (the one that torchrun's LOCAL_RANK
        says), "cuda:1" …

    Raises
    ------
    UsageError : it is not there.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"there is no device {name!r}: use auto, cpu or cuda") from None
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"training runs on cpu and cuda, not on {name}")
    if device.type == "cuda" and not torch.cuda.is_available():
        raise UsageError("device cuda was asked for, and torch finds none here")
    if name == "cuda":
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device


@dataclass(frozen=True)
class Team:
    """Who trains together, and on what this process does.

    Parameters
    ----------
    rank : of this process, from 0. size : processes in all.
    """

    rank: int
    size: int
    device: torch.device

    @classmethod
    def from_environment(cls, device: str) -> Team:
        """The team that torchrun's variables describe (RANK, WORLD_SIZE, LOCAL_RANK).

        Raises
        ------
        UsageError : the device is not there.
        """
        chosen = device_of(device)
        size, rank = (int(os.environ.get(k, d)) for k, d in (("WORLD_SIZE", "1"), ("RANK", "0")))
        if chosen.type == "cuda":
            torch.cuda.set_device(chosen)
            torch.backends.cudnn.benchmark = True
        if size > 1:
            # torch.optim imports it later, and functions of it keep as their default the group that
            # they find: its threads would live on after `leave`, and may abort the process.
            importlib.import_module("torch.distributed.nn")
            torch.distributed.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
        return cls(rank, size, chosen)

    @property
    def leads(self) -> bool:
        """Whether this process logs, validates and saves."""
        return self.rank == 0

    def average_gradients(self, network: nn.Module) -> None:
        """Put the mean over the team in the place of each gradient.

        One message after the backward pass; torch's DistributedDataParallel, which sends while that
        goes on, is for larger networks than these.
        """
        if self.size == 1:
            return
        gradients = [p.grad for p in network.parameters() if p.grad is not None]
        together = torch.cat([gradient.flatten() for gradient in gradients])
        torch.distributed.all_reduce(together)
        together /= self.size
        means = torch.split(together, [gradient.numel() for gradient in gradients])
        for gradient, mean in zip(gradients, means, strict=True):
            gradient.copy_(mean.view_as(gradient))

    def agree(self, elapsed_s: float, stop: bool) -> tuple[float, bool]:
        """The leader's clock, and whether anyone wants to stop."""
        if self.size == 1:
            return elapsed_s, stop
        clock = torch.tensor([elapsed_s if self.leads else 0.0], dtype=torch.float64)
        wish = torch.tensor([float(stop)])
        for value in (clock, wish):
            moved = value.to(self.device)
            torch.distributed.all_reduce(moved, torch.distributed.ReduceOp.MAX)
            value.copy_(moved.cpu())
        return float(clock), bool(wish)

    def leave(self) -> None:
        """End what `from_environment` began, its threads included."""
        if self.size > 1:
            torch.distributed.destroy_process_group()
