"""Why a single row is not taken, while the rest goes in."""


class Rejected(Exception):
    """One row that cannot be taken; the text says why in plain words, for the person who sent the file.

    `field` names the offending field where there is one.
    """

    def __init__(self, reason: str, field: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
