"""File names of messages that are stored as files."""

from datetime import date
from uuid import UUID


def message_name(report_date: date, branch_code: str, delivery_id: UUID) -> str:
    """Return a unique name that sorts by day: `2024-04-29_D07_<delivery>`."""
    return f"{report_date}_{branch_code}_{delivery_id}"
