"""How large a request body may be: as large as the services accept, and files of any useful size."""

from typing import Final

# As many events, or as large an image, as a service reads at once.
_MAX_JSON_BYTES: Final = 32 << 20
_MAX_FILE_BYTES: Final = 8 << 30
_FILE_PATHS: Final = ("/data/import/", "/files")


def largest_body(path: str) -> int:
    """Return how many bytes the body of a request to this path may have."""
    return _MAX_FILE_BYTES if path.startswith(_FILE_PATHS) else _MAX_JSON_BYTES
