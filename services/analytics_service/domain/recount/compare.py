"""Where what is kept differs from what was counted."""

from services.analytics_service.store.differences import Difference
from services.analytics_service.store.marketing_tables import Rows


def differences(table: str, kept: Rows, counted: Rows) -> list[Difference]:
    """The rows of a table that are there on one side only, or say something else."""
    return [
        Difference(table, _text(key), _text(kept.get(key, ())), _text(counted.get(key, ())))
        for key in sorted(kept.keys() | counted.keys(), key=str)
        if kept.get(key) != counted.get(key)
    ]


def _text(values: tuple[object, ...]) -> str:
    return " · ".join("–" if value is None else str(value) for value in values)
