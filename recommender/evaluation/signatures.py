"""What the figures depend on: every table has a signature from which it can be reproduced.

The idea is sacreBLEU's (Post 2018, arXiv 1804.08771).
"""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version

from ..shop.catalog import Catalog
from ..shop.language import LANGUAGES
from ..shop.paths import DATA, INVENTORY
from ..t5.scorer import HASH_DIGITS
from .samples import Samples, get_truth

PACKAGES = ("torch", "transformers", "torchmetrics", "scipy", "scikit-learn")


def list_versions() -> str:
    """Return Python's version and those of the packages that compute the figures."""
    return "|".join([f"python:{platform.python_version()}", *(f"{name}:{version(name)}" for name in PACKAGES)])


def hash_data(samples: Samples, shop: Catalog) -> str:
    """Return a hash of inventory, phrasebooks, and every basket of the samples with its true utilities."""
    digest = hashlib.sha256(INVENTORY.read_bytes())
    for path in sorted((DATA / "phrasebook").glob("*.csv")):
        digest.update(path.read_bytes())
    for name, cases in samples.items():
        for case in cases:
            names = ["|".join(item.name(language) for language in LANGUAGES) for item in (*case.basket, *case.added)]
            utilities = [f"{value:.6f}" for value in get_truth(case, shop).utilities.values()]
            digest.update(f"{name}: {'; '.join(names)}: {' '.join(utilities)}\n".encode())
    return digest.hexdigest()[:HASH_DIGITS]
