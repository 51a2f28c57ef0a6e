"""Threads for vendors' client libraries that block."""

from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

from common.settings import get_settings

# Beside the syncs: backfills, and tests of sources and plans, which people ask for.
_OTHERS: Final = 12


@cache
def vendor_threads(vendor: str) -> ThreadPoolExecutor:
    """Threads of one vendor's own: where it keeps them waiting, nobody else's work does.

    As many as may wait at once, since each sync waits for one call at a time; none is started before it is needed.
    """
    return ThreadPoolExecutor(get_settings().sync_slots + _OTHERS, vendor)
