"""Where tests' servers keep what is thrown away: in memory, where the machine has plenty of it."""

import shutil
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 -- what lies in it is made by mkdtemp
# A worker's server rarely fills a gigabyte.
_PLENTY_BYTES = 8 << 30


def plenty_of_memory() -> Path | None:
    """A folder whose files lie in memory (Linux), where at least eight gigabytes of it are free; else None.

    A database is made, emptied and dropped for every other test, as hundreds of small files each time: on a disk the
    kernel looks for room for them as long as the database works for the test.
    """
    try:
        return _SHARED_MEMORY if shutil.disk_usage(_SHARED_MEMORY).free >= _PLENTY_BYTES else None
    except OSError:
        return None
