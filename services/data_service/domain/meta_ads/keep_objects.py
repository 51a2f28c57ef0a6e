"""Keeping an account's campaigns, ad sets and ads, and /api/campaigns, in step with Meta."""

from datetime import date, datetime
from typing import Any

from common.db import Connection
from services.data_service.domain.meta_ads.account import Account
from services.data_service.domain.meta_ads.platform_campaign import platform_campaign
from services.data_service.domain.syncs.sync_run import SyncRun
from services.data_service.sources.meta_ads.account_reader import AccountReader
from services.data_service.sources.meta_ads.fields import OBJECT_FIELDS, PARENT_FIELD
from services.data_service.store.ads.ad_objects import AdObject, end_unseen_objects, keep_ad_objects
from services.data_service.store.ads.campaigns import keep_in_step

_CAMPAIGN = "campaign"
_LAST = tuple(OBJECT_FIELDS)[-1]


async def keep_objects(run: SyncRun, reader: AccountReader, account: Account, *, whole_on: date | None) -> None:
    """Read all campaigns, and the ad sets and ads that changed since the last time.

    With `whole_on`, tonight's date, read all ad sets and ads too, each level once a night. Objects missing from a
    complete read were deleted and are ended.

    Raises:
        VendorError, ToBeContinued: what was read until then is stored.
    """
    night = whole_on and whole_on.isoformat()
    for level in OBJECT_FIELDS:
        stream = f"{level}s"
        kept: dict[str, Any] = await run.position(stream) or {}
        # An inherited change of status does not change the object's own time: once a night all are read.
        is_whole = night is not None and kept.get("whole_on") != night
        since = None if is_whole or level == _CAMPAIGN or not kept else int(kept["updated_to"])
        seen, newest = await _keep_level(run, reader, account, level, since)
        async with run.transaction() as connection:
            if since is None:
                await _end_unseen(run, connection, account, level, seen)
            if newest:
                # One second back: another object may have changed within it.
                read_on = night if is_whole else kept.get("whole_on")
                await run.move(connection, stream, {"updated_to": newest - 1, "whole_on": read_on})
        if newest and is_whole and level not in (_CAMPAIGN, _LAST):
            # The next step reads only changed objects of this level.
            run.make_way()


async def _end_unseen(run: SyncRun, connection: Connection, account: Account, level: str, seen: set[str]) -> None:
    source_id, job_id = run.source.source_id, run.job.job_id
    ended = await end_unseen_objects(connection, run.tenant_id, source_id, level, sorted(seen), job_id)
    if level == _CAMPAIGN and ended:
        gone = [{**node, "effective_status": "DELETED"} for node in ended]
        rows = [platform_campaign(node, account) for node in gone]
        await keep_in_step(connection, run.tenant_id, rows, source_id, job_id)
    run.job.count({f"{level}s_ended": len(ended)} if ended else {})


async def _keep_level(
    run: SyncRun, reader: AccountReader, account: Account, level: str, since: int | None
) -> tuple[set[str], int]:
    """Store one level's objects; returns their ids and when the newest changed, in Meta's seconds."""
    source_id, job_id = run.source.source_id, run.job.job_id
    seen: set[str] = set()
    newest = since or 0
    async for page in reader.objects(level, since):
        nodes = {str(node["id"]): node for node in page.rows if node.get("id")}
        seen |= nodes.keys()
        newest = max([newest, *(_updated(node) for node in nodes.values())])
        known = {"id", *OBJECT_FIELDS[level]}
        async with run.transaction() as connection:
            objects = [_object(level, node) for node in nodes.values()]
            changed = await keep_ad_objects(connection, run.tenant_id, source_id, objects, job_id)
            unknown = {name for node in nodes.values() for name in node.keys() - known}
            await run.note_unknown(connection, f"{level}s", unknown)
            if level == _CAMPAIGN and nodes:
                rows = [platform_campaign(node, account) for node in nodes.values()]
                await keep_in_step(connection, run.tenant_id, rows, source_id, job_id)
        run.job.count({f"{level}s": changed} if changed else {})
    return seen, newest


def _object(level: str, node: dict[str, Any]) -> AdObject:
    parent = node.get(PARENT_FIELD[level])
    status = node.get("effective_status") or node.get("status") or ""
    return AdObject(
        level=level,
        object_id=str(node["id"]),
        parent_id=None if parent is None else str(parent),
        name=str(node.get("name") or node["id"]),
        status=str(status),
        said=node,
    )


def _updated(node: dict[str, Any]) -> int:
    try:
        return int(datetime.fromisoformat(str(node["updated_time"])).timestamp())
    except (KeyError, ValueError):
        return 0
