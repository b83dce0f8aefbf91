"""Where the data of the demo are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
# In a wheel, the demo's shop is inside the package; in a checkout, it is beside it.
DATA = next(folder for folder in (_PACKAGE / "data", _PACKAGE.parent / "data") if folder.is_dir())
INVENTORY = DATA / "inventory.csv"
WORDS = DATA / "words.csv"
