"""The data service with vendors that have nothing new, and with a shorter interval between syncs.

Run `uvicorn tests.bench.simulated_vendors:app`. SOURCE_EVERY_SECONDS is the interval between two syncs of a source.
"""

import asyncio
import os
from dataclasses import replace
from datetime import timedelta

from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS, SYNC_JOBS
from services.data_service.domain.syncs.sync_run import SyncRun

ANSWER_SECONDS = 0.02


async def _nothing_new(run: SyncRun) -> None:
    del run
    await asyncio.sleep(ANSWER_SECONDS)


EVERY = timedelta(seconds=float(os.environ["SOURCE_EVERY_SECONDS"]))
for kind in SYNC_JOBS:
    SOURCE_KINDS[kind] = replace(SOURCE_KINDS[kind], sync=_nothing_new, every=EVERY)

from services.data_service.contents import app  # noqa: E402 -- the kinds are in place from here on

__all__ = ["app"]
