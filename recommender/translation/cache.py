"""The cache of translations."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from ..environment import find_cache_folder, is_writable

CACHE_FILE = "translations.sqlite"
MAX_ROWS = 20_000  # of about 150 bytes each: some 3 MB
MAX_IN_MEMORY = 2_000  # translations: ten shops of visitors

MayStore = Callable[[str, str], bool]  # takes a text and its language


class Cache:
    """Translations on disk, and in memory those that may not be written; the oldest beyond a number are dropped.

    Every call opens its own connection, so threads and processes can share the file. If the disk cannot be read or
    written, the file counts as empty, without an error.
    """

    def __init__(self, path: Path | None = None, max_rows: int = MAX_ROWS):
        self.path, self.max_rows = path or _default_path(), max_rows
        self._in_memory: dict[tuple[str, str, str, str], str] = {}  # by service, source, target and text
        self._lock = threading.Lock()

    def read(self, service: str, source: str, target: str, texts: Sequence[str]) -> dict[str, str]:
        """Return the known texts with their translations."""
        with self._lock:
            keys = {text: (service, source, target, text) for text in texts}
            known = {text: self._in_memory[key] for text, key in keys.items() if key in self._in_memory}
        try:
            with closing(self._open()) as db:
                query = "SELECT output FROM translations WHERE service=? AND source=? AND target=? AND input=?"
                rows = {text: db.execute(query, key).fetchone() for text, key in keys.items()}
        except (OSError, sqlite3.Error):
            return known
        return known | {text: row[0] for text, row in rows.items() if row}

    def write(
        self,
        service: str,
        source: str,
        target: str,
        translations: Mapping[str, str],
        may_store: MayStore | None = None,
    ) -> None:
        """Store translations; those of texts that ``may_store`` refuses in memory alone."""
        rows = []
        for text, output in translations.items():
            if may_store is None or may_store(text, source):
                rows.append((service, source, target, text, output))
                continue
            with self._lock:
                self._in_memory[service, source, target, text] = output
                if len(self._in_memory) > MAX_IN_MEMORY:
                    del self._in_memory[next(iter(self._in_memory))]
        if not rows:
            return
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


def _default_path() -> Path:
    """Return the file in this program's cache directory, or in the temporary one if that is another user's."""
    folder = find_cache_folder() / "t5-recommender"
    return (folder if is_writable(folder) else Path(tempfile.gettempdir())) / CACHE_FILE
