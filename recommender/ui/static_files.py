"""The page's static files: their folder, the path that serves them, and their version."""

from __future__ import annotations

import hashlib
from pathlib import Path

STATIC = Path(__file__).parent / "static"
FILES = "/page-files"  # where document.py serves them
# Part of their addresses, so that browsers ask for them anew when one has changed.
VERSION = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()))).hexdigest()[:12]
