"""What may be wrong with a database that is to be brought up to date, besides rights (rights.py) and files."""

from __future__ import annotations


class DatabaseIsNewer(RuntimeError):
    """A newer version brought the database where this one cannot follow; the message says what to do."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database is at revision {revision}, which this version does not know: a newer one brought it there. "
            "Run that version, or restore the backup that was made before the upgrade (docs/operations.md)."
        )
