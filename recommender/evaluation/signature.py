"""From what a table can be reproduced, in one line (sacreBLEU's idea, Post 2018, arXiv 1804.08771)."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import dataclass
from importlib.metadata import version

from ..shop.catalog import DATA, INVENTORY
from ..t5.scorer import Checkpoint
from .samples import Samples

PACKAGES = ("torch", "transformers", "torchmetrics", "scipy")
DIGITS = 12  # hexadecimal digits of a SHA-256 that are shown


@dataclass(frozen=True)
class Signature:
    """What was measured, on what, with what.

    :ivar data: hash of the inventory, the phrasebooks and every basket drawn.
    :ivar checkpoint: its name; none for what needs no T5.
    :ivar weights: hash of its weights.
    """

    data: str
    seed: int
    baskets: int
    checkpoint: str | None = None
    weights: str | None = None

    def __str__(self) -> str:
        versions = "|".join(f"{package}:{version(package)}" for package in PACKAGES)
        measured = f"checkpoint:{self.checkpoint}|weights:{self.weights}|" if self.checkpoint else ""
        return (
            f"{measured}data:{self.data}|seed:{self.seed}|baskets:{self.baskets}"
            f"|python:{platform.python_version()}|{versions}"
        )


def weights_hash(checkpoint: Checkpoint) -> str:
    """Hash of names and values of all parameters."""
    digest = hashlib.sha256()
    for name, tensor in sorted(checkpoint.model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()[:DIGITS]


def data_hash(samples: Samples) -> str:
    """Hash of everything that is not the checkpoint."""
    digest = hashlib.sha256(INVENTORY.read_bytes())
    for path in sorted((DATA / "phrasebook").glob("*")):
        digest.update(path.read_bytes())
    for name, cases in vars(samples).items():
        for case in cases:
            names = [f"{item.name('en')}|{item.name('ar')}" for item in (*case.basket, *case.added)]
            digest.update(f"{name}: {'; '.join(names)} -> {case.target}\n".encode())
    return digest.hexdigest()[:DIGITS]
