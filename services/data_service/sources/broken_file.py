"""A file that cannot be read to its end."""


class BrokenFile(Exception):
    """The file stops making sense; what stood before is good. The text says what is wrong with it."""
