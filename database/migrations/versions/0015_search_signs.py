"""Search that ignores vowel signs.

Products, campaigns and branches are written anew, each table locked until the upgrade ends: 13 seconds for a million
products. Of a million users, finding the 10,000 with signs took a second; search does not find these by their words
with signs until the services have run for a moment and corrected them.
"""

from pathlib import Path

from alembic import op

from database.sql_files import SqlFile
from database.upgrade import run_in_revision

revision = "0015_search_signs"
down_revision = "0014_session"


def upgrade() -> None:
    """Run the script beside this file."""
    script = Path(__file__).with_suffix(".sql")
    run_in_revision(op.get_bind(), SqlFile(script.name, script.read_text(encoding="utf-8")))
