"""Translations on disk, so that a name is asked for once."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ..environment import cache_folder, is_writable

FILE = "translations.sqlite"
MAX_ROWS = 20_000  # of about 150 bytes each: some 3 MB


def default_path() -> Path:
    """In this program's own corner of the cache directory, or, where that is another user's, beside it."""
    folder = cache_folder() / "t5-recommender"
    return (folder if is_writable(folder) else Path(tempfile.gettempdir())) / FILE


class Cache:
    """A table of translations, the oldest dropped past ``max_rows``.

    Every call opens its own connection, so threads and processes can share the file.
    A disk that cannot be read or written is a cache that remembers nothing, not an error.
    """

    def __init__(self, path: Path, max_rows: int = MAX_ROWS):
        self.path, self.max_rows = path, max_rows

    def read(self, service: str, source: str, target: str, texts: Sequence[str]) -> dict[str, str]:
        """The texts that are known, with their translations."""
        try:
            with closing(self._open()) as db:
                query = "SELECT output FROM translations WHERE service=? AND source=? AND target=? AND input=?"
                rows = {text: db.execute(query, (service, source, target, text)).fetchone() for text in texts}
        except (OSError, sqlite3.Error):
            return {}
        return {text: row[0] for text, row in rows.items() if row}

    def write(self, service: str, source: str, target: str, translations: Mapping[str, str]) -> None:
        """Remember these."""
        rows = [(service, source, target, text, output) for text, output in translations.items()]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR REPLACE INTO translations VALUES (?, ?, ?, ?, ?)", rows)
                keep = "SELECT rowid FROM translations ORDER BY rowid DESC LIMIT ?"
                db.execute(f"DELETE FROM translations WHERE rowid NOT IN ({keep})", (self.max_rows,))
        except (OSError, sqlite3.Error):
            return

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path, timeout=1)
        columns = "service, source, target, input, output, PRIMARY KEY (service, source, target, input)"
        db.execute(f"CREATE TABLE IF NOT EXISTS translations ({columns})")
        return db
