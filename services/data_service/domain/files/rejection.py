"""The reason why a single row is rejected while the others are imported."""


class Rejected(Exception):
    """A row is rejected; `reason` explains why to the person who sent it.

    `field` names the invalid field, '' if there is none.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def nested_too_deeply() -> Rejected:
    """Make the rejection of JSON that can be parsed but is nested too deeply to be encoded again."""
    return Rejected("nested too deeply")
