"""What every service has in its schema: outbox, inbox, dead letters, jobs, idempotency keys, its queue."""

from pathlib import Path

from alembic import op

from database.sql_files import for_each_service
from database.upgrade import run_in_revision

revision = "0001_foundation"
down_revision = None


def upgrade() -> None:
    """Run the script beside this file once per service."""
    script = Path(__file__).with_suffix(".sql")
    for file in for_each_service(script.name, script.read_text(encoding="utf-8")):
        run_in_revision(op.get_bind(), file)
