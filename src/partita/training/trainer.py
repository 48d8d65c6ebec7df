"""Network, running mean and optimizer: taking a step, and standing where a checkpoint stood."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from partita.core.errors import UsageError
from partita.core.names import printable
from partita.nets import parameter_count
from partita.training.checkpoint import Checkpoint, fill, load_weights
from partita.training.config import Config
from partita.training.data import Examples
from partita.training.first import First, build_network, found
from partita.training.loss import separation_loss
from partita.training.schedule import learning_rate
from partita.training.spectra import reduced, spectrum
from partita.training.team import Team


class Trainer:
    """Network, running mean, optimizer, and where they stand.

    Attributes
    ----------
    network, mean : the weights as trained, and their running mean (the ones to use).
    step : steps taken. elapsed_s : time taken, as the loop says.
    gradient : norm of the last step's gradient. skipped : steps left out, for it was not finite.
    origin : what the model card will say about weights to start from and sources.
    """

    def __init__(self, config: Config, team: Team) -> None:
        self.config = config
        self.team = team
        self.step = 0
        self.elapsed_s = 0.0
        self.gradient = 0.0
        self.skipped = 0
        self.origin: dict[str, Any] = {}
        torch.manual_seed(config.run.seed)
        self.network = build_network(config).to(team.device)
        self.mean = build_network(config).to(team.device)
        self.mean.load_state_dict(self.network.state_dict())
        self.mean.requires_grad_(False).eval()
        self.optimizer = torch.optim.AdamW(
            _decayed(self.network, config.schedule.weight_decay),
            lr=config.schedule.learning_rate,
            betas=(0.9, 0.99),
        )
        self.first = First.of(config, team.device)
        self.forward = torch.compile(self.network) if config.run.compile else self.network

    @property
    def seconds_a_step(self) -> float:
        """Seconds of audio that all processes see in a step."""
        config = self.config
        chunk_s = config.chunk / config.rate
        return config.data.batch * chunk_s * self.team.size

    def advance(self, examples: Examples, progress: float) -> float:
        """Take a step; the loss of its batch. Where the gradient is not finite, nothing moves."""
        config = self.config
        torch.manual_seed(config.run.seed * 1_000_003 + self.step)  # for dropout
        batch = examples.batch(self.step, rank=self.team.rank)
        frame = config.spectrum
        amp = config.run.bf16 and multiplies_in_bf16(self.team.device)
        with torch.autocast(self.team.device.type, dtype=torch.bfloat16, enabled=amp):
            heard = self._heard(batch.mix)
            given = spectrum(heard, n_fft=frame.n_fft, hop=frame.hop, window=frame.window)
            estimate = self.forward(given)
        stems = reduced(batch.stems, config.factor)
        loss = separation_loss(stems, estimate, batch.joined, loss=config.loss, frame=frame)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, progress, config.schedule)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self.team.average_gradients(self.network)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.schedule.clip)
        self.gradient = float(norm)
        if math.isfinite(self.gradient):
            self.optimizer.step()
        else:
            self.skipped += 1
        self._average()
        self.step += 1
        return float(loss.detach())

    def _heard(self, mix: Tensor) -> Tensor:
        """(batch, 2 or 2 + 2·stems, time / factor): what the network is given of mixtures.

        In some examples (`again`) it is told what it finds, as its running mean has it, instead of
        what the first one finds: so it can be asked twice, and correct itself.
        """
        if self.first is None:
            return mix
        rng = self._chance()
        heard = self.first.told(mix, rng)
        again = np.flatnonzero(rng.random(len(heard)) < self.first.again)
        if len(again):
            heard[again, 2:] = found(self.mean, heard[again], self.config.spectrum).flatten(1, 2)
        return heard

    def _chance(self) -> np.random.Generator:
        """Random numbers of this step and process, other ones than the examples have."""
        return np.random.default_rng([self.config.run.seed, self.step, self.team.rank, 1])

    def checkpoint(self) -> Checkpoint:
        """Everything needed to go on from here."""
        names = {id(p): name for name, p in self.network.named_parameters()}
        tensors = {f"model.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"ema.{k}": v for k, v in self.mean.state_dict().items()}
        for parameter, values in self.optimizer.state.items():
            tensors |= {f"optimizer.{names[id(parameter)]}.{k}": v for k, v in values.items()}
        state = {
            "step": self.step,
            "elapsed_s": self.elapsed_s,
            "skipped": self.skipped,
            "audio_h": self.step * self.seconds_a_step / 3600,
            "parameters": parameter_count(self.network),
            "config": self.config.model_dump(mode="json"),
            **self.origin,
        }
        return Checkpoint(tensors, state)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Stand where the checkpoint was taken.

        Raises
        ------
        UsageError : it belongs to another configuration (its length may differ).
        InputError : another version of Partita made it, whose network was built otherwise.
        """
        before = Config.model_validate(checkpoint.state["config"])
        if _comparable(before) != _comparable(self.config):
            raise UsageError(
                "this run was started with another configuration: "
                "give its own again, or another folder with --run"
            )
        fill(self.network, checkpoint.part("model"), "the checkpoint")
        fill(self.mean, checkpoint.part("ema"), "the checkpoint")
        kept = checkpoint.part("optimizer")
        for name, parameter in self.network.named_parameters():
            self.optimizer.state[parameter] = {
                key: kept[f"{name}.{key}"].to(parameter.device if key != "step" else "cpu")
                for key in ("step", "exp_avg", "exp_avg_sq")
                if f"{name}.{key}" in kept
            }
        self.step = int(checkpoint.state["step"])
        self.elapsed_s = float(checkpoint.state["elapsed_s"])
        self.skipped = int(checkpoint.state["skipped"])
        if "init" in checkpoint.state:
            self.origin["init"] = checkpoint.state["init"]

    def start_from(self, path: Path) -> None:
        """Take the weights of another run or file, of this network or a shallower one.

        A layer that they do not know stays as it is, if it is one that starts idle; so do the
        counts of batches, which nothing reads.

        Raises
        ------
        InputError : they do not fit this network.
        """
        weights = load_weights(path)
        unknown = {
            f"{name}.{key}": value
            for name, module in self.network.named_modules()
            if getattr(module, "starts_idle", False)
            and not any(known.startswith(f"{name}.") for known in weights)
            for key, value in module.state_dict().items()
        }
        fill(self.network, unknown | weights, printable(path))
        self.mean.load_state_dict(self.network.state_dict())

    @torch.no_grad()
    def _average(self) -> None:
        """Move the running mean; at the start it follows quickly."""
        decay = min(self.config.schedule.ema, (1 + self.step) / (10 + self.step))
        now, mean = self.network.state_dict(), self.mean.state_dict()
        moving = [name for name, value in mean.items() if value.is_floating_point()]
        torch._foreach_lerp_([mean[n] for n in moving], [now[n] for n in moving], 1 - decay)
        for name in mean.keys() - set(moving):
            mean[name].copy_(now[name])


def multiplies_in_bf16(device: torch.device) -> bool:
    """Whether bf16 is faster there than float32."""
    if device.type == "cpu":
        return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
    return device.type == "cuda"


def _decayed(network: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """Weight decay for matrices, none for biases and norms."""
    matrices: list[Tensor] = []
    vectors: list[Tensor] = []
    for parameter in network.parameters():
        (matrices if parameter.ndim > 1 else vectors).append(parameter)
    return [
        {"params": matrices, "weight_decay": weight_decay},
        {"params": vectors, "weight_decay": 0.0},
    ]


def _comparable(config: Config) -> dict[str, Any]:
    """What must not change between the parts of a run: how long it takes, and where, may."""
    table = config.model_dump(mode="json")
    table.pop("run")
    for name in ("steps", "minutes"):
        table["schedule"].pop(name)
    return table | {"seed": config.run.seed}
