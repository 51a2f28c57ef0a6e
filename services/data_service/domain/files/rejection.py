"""Why a single row is not taken, while the rest goes in."""


class Rejected(Exception):
    """One row that cannot be taken; the text says why in plain words, for the person who sent the file.

    `field` names the offending field where there is one.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field


def nested_too_deeply() -> Rejected:
    """Why JSON is not taken that can be read, but not be written back."""
    return Rejected("nested too deeply")
