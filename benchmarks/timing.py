"""How long things take, so that ratios mean something on a machine that also does other work."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch

PACKAGES = ("torch", "transformers", "tokenizers", "gradio")


def seconds(tasks: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """The median wall-clock seconds of each task.

    They take turns, so that whatever else slows the machine down meets all of them; the first round warms up
    and does not count.
    """
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(1 + rounds):
        for name, task in tasks.items():
            started = time.perf_counter()
            task()
            if turn:
                times[name].append(time.perf_counter() - started)
    return {name: median(found) for name, found in times.items()}


def signature() -> str:
    """On what something was measured: versions, threads and processor, in one line."""
    versions = "|".join(f"{package}:{version(package)}" for package in PACKAGES)
    return (
        f"python:{platform.python_version()}|{versions}|threads:{torch.get_num_threads()}"
        f"|processor:{_processor()}|cores:{os.cpu_count()}|int8:{torch.backends.quantized.engine}"
    )


def _processor() -> str:
    """Its name, which Linux tells in a file only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())
