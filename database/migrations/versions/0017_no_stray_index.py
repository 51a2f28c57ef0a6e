"""No index of leads without a campaign."""

from pathlib import Path

from alembic import op

from database.sql_files import SqlFile
from database.upgrade import run_in_revision

revision = "0017_no_stray_index"
down_revision = "0016_platform_months"


def upgrade() -> None:
    """Run the script beside this file."""
    script = Path(__file__).with_suffix(".sql")
    run_in_revision(op.get_bind(), SqlFile(script.name, script.read_text(encoding="utf-8")))
