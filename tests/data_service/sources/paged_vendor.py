"""The data service with a vendor whose pages are asked for at PAGES_URL: `uvicorn …paged_vendor:app`, to be killed."""

import os
from dataclasses import replace

from services.data_service.domain.syncs.source_kinds import SOURCE_KINDS
from services.data_service.domain.syncs.sync_run import SyncRun

PAGES = 5


async def _read_pages(run: SyncRun) -> None:
    while (page := (await run.position("pages") or 0) + 1) <= PAGES:
        answer = await run.service.http.get(f"{os.environ['PAGES_URL']}/{page}", timeout=60)
        answer.raise_for_status()
        async with run.transaction() as connection:
            await run.move(connection, "pages", page)
            run.job.count({"pages": 1})
            await run.job.progress(page, PAGES, connection)


SOURCE_KINDS["meta_ads"] = replace(SOURCE_KINDS["meta_ads"], sync=_read_pages)

from services.data_service.contents import app  # noqa: E402 -- the kind is in place from here on

__all__ = ["app"]
