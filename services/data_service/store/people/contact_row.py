"""A row of the users or locations file, as it is upserted."""

import msgspec


class ContactRow(msgspec.Struct, frozen=True, array_like=True):
    """A user or a branch: its id, its own columns in their table's order, and the file's other columns."""

    key: str
    values: list[str | None]
    attributes: dict[str, str]
