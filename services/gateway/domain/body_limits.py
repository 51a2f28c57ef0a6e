"""How much a request may carry: what the services take themselves, and files of any useful size."""

from typing import Final

# As many events, or as large a picture, as a service reads at once.
_JSON_BYTES: Final = 32 << 20
_FILE_BYTES: Final = 8 << 30
_FILES: Final = ("/data/import/", "/files")


def largest_body(path: str) -> int:
    """Bytes that a request to this path may carry."""
    return _FILE_BYTES if path.startswith(_FILES) else _JSON_BYTES
