"""The model card of a run: what the weights are, what they learned from, and how well they do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from partita.training.config import Config


def model_card(
    config: Config,
    state: dict[str, Any],
    events: Sequence[dict[str, Any]],
    *,
    file: str,
    size: int,
) -> str:
    """Markdown, filled in from a run's configuration, state and log.

    Parameters
    ----------
    state : of the checkpoint. events : of the log. file, size : of the exported weights, bytes.
    """
    frame = config.spectrum
    options = ", ".join(f"{key} {value}" for key, value in config.network.options.items())
    lines = [
        f"# {config.name}",
        "",
        f"Separates stereo music into {', '.join(config.stems)}. File `{file}`, "
        f"{size / 1e6:.1f} MB.",
        "",
        "## What it is",
        "",
        f"- Network: `{config.network.name}` ({options}), {state['parameters']:,} parameters.",
        f"- Spectrum: {frame.n_fft} samples at a hop of {frame.hop}, {frame.window} window, "
        f"{frame.rate} Hz.",
        *_asked_first(config),
        "- The stems add up to the recording." if _adds_up(config) else "",
        "",
        "## How it was trained",
        "",
        f"- {state['step']:,} steps of {config.data.batch} examples of {config.data.chunk_s:g} s: "
        f"{state['audio_h']:.1f} hours of audio, in {state['elapsed_s'] / 3600:.1f} hours.",
        f"- AdamW, learning rate {config.schedule.learning_rate:g}, {config.schedule.shape}; "
        f"running mean of the weights, {config.schedule.ema:g}.",
        f"- Weights to start from: {state.get('init') or 'none'}.",
        "",
        "## What it learned from",
        "",
        *_sources(state.get("sources", ())),
        "",
        "## How well it does",
        "",
        "SDR in dB on recordings that it was not trained on: the median over frames of 1 s, and "
        "of the whole.",
        "",
        *_results(events),
        "",
        "## What it is not good at",
        "",
        "To be written by whoever listened to it.",
    ]
    return "\n".join(lines) + "\n"


def _asked_first(config: Config) -> list[str]:
    if config.first is None:
        return []
    return [
        f"- The network `{Path(config.first.weights).name}` is asked first, at "
        f"{config.first.spectrum.rate} Hz; this one hears what that took the stems for."
    ]


def _adds_up(config: Config) -> bool:
    return config.network.name != "unet"


def _sources(sources: Sequence[dict[str, Any]]) -> list[str]:
    if not sources:
        return ["The bank named no sources."]
    rows = ["| source | licence | used for |", "| --- | --- | --- |"]
    for source in sources:
        cells = (source.get("name", ""), source.get("licence", ""), source.get("used_for", ""))
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return rows


def _results(events: Sequence[dict[str, Any]]) -> list[str]:
    last = {event["on"]: event for event in events if event["event"] == "validate"}
    if not last:
        return ["Nothing was validated."]
    rows = ["| recording | stem | SDR, median | SDR, whole |", "| --- | --- | --- | --- |"]
    for event in last.values():
        for row in event["rows"]:
            rows.append(
                f"| {row['case']} | {row['stem']} | {row['sdr']:.2f} | {row['sdr_global']:.2f} |"
            )
    return rows
