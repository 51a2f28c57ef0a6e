"""`/data/sources`: connect, change, test and remove sources."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from common import audit
from common.auth.principal import Principal
from common.http.context import Context
from common.http.json import JsonAnswer
from common.http.require import require
from common.pagination import Page, page_answer
from services.data_service.api import source_shapes as shapes
from services.data_service.api.callers import Reader
from services.data_service.api.source_shapes import made_view, source_view
from services.data_service.domain.syncs.add_source import NewSource
from services.data_service.domain.syncs.change_source import (
    Changed,
    SourceChange,
    change_source,
    judged_config,
    remove_source,
)
from services.data_service.domain.syncs.try_source import try_source
from services.data_service.errors import SourceKindStays, SourceNotFound
from services.data_service.store.syncs.sources import get_source, list_sources

router = APIRouter(tags=["sources"], prefix="/data/sources")
Admin = Annotated[Principal, Depends(require("tenant:admin"))]


@router.get("", summary="List sources", response_model=None, responses={200: {"model": shapes.SourcePage}})
async def get_sources(caller: Reader, context: Context, page: Page) -> JsonAnswer:
    """List the tenant's sources by name, with their status and the time of their next sync."""
    async with context.db.of(caller, readonly=True) as connection:
        sources, total = await list_sources(connection, caller.tenant_id, page)
    return JsonAnswer(page_answer([source_view(source) for source in sources], total, page))


@router.post(
    "",
    status_code=201,
    summary="Connect a source",
    response_model=None,
    responses={201: {"model": shapes.MadeSource}},
)
async def post_source(body: shapes.NewSource, caller: Admin, context: Context) -> JsonAnswer:
    """Store a source and schedule its first sync. The vendor is not called before the answer.

    A host name that does not resolve yet is accepted. A URL that points to an internal address is refused, now and at
    every connection. For a `measurement_protocol` source, only this answer has `measurement_id` and `api_secret`.
    """
    new = await NewSource.judged(context.settings, body.kind, body.name, body.config, body.secrets)
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        source = await new.add(connection, context.settings, caller)
        detail = {"kind": source.kind, "name": source.name, "config": source.config, "secrets": sorted(new.secrets)}
        target = str(source.source_id)
        await audit.record(connection, "data", caller.tenant_id, caller, "source.added", target=target, detail=detail)
    context.wake_relay()
    return JsonAnswer(made_view(source, new.stream), status_code=201)


@router.get("/{id}", summary="Get a source", response_model=None, responses={200: {"model": shapes.Source}})
async def get_one_source(id: UUID, caller: Reader, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Return a source with its status, the reason for it, and the time of its next sync."""
    async with context.db.of(caller, readonly=True) as connection:
        source = await get_source(connection, caller.tenant_id, id)
    if source is None:
        raise SourceNotFound
    return JsonAnswer(source_view(source))


@router.put("/{id}", summary="Change a source", response_model=None, responses={200: {"model": shapes.Source}})
async def put_source(
    id: UUID,  # noqa: A002 -- the contract's name
    body: shapes.SourceChanges,
    caller: Admin,
    context: Context,
) -> JsonAnswer:
    """Change the name, config or secrets of a source; pause it (`paused`) or resume it (`active`).

    Omitted fields stay unchanged. `active` also makes a source that needs attention try again, and new settings or
    secrets are tried at once. The account that it reads (`property_id`, `account_id`, `store_url`) cannot be changed
    once data have been read: connect another source instead. If a URL changes to another server, the secrets must be
    sent again.
    """
    async with context.db.of(caller, readonly=True) as connection:
        source = await get_source(connection, caller.tenant_id, id)
    if source is None:
        raise SourceNotFound
    if body.kind not in (None, source.kind):
        message = f"this is a source of kind {source.kind}: connect another one"
        raise SourceKindStays(message)
    change = SourceChange(body.name, body.config, body.secrets, body.status)
    config = await judged_config(context.settings, source, change)
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        changed = await change_source(connection, context.settings, caller.tenant_id, id, change, config)
        detail = _told(changed, change)
        await audit.record(
            connection, "data", caller.tenant_id, caller, "source.changed", target=str(id), detail=detail
        )
    context.wake_relay()
    return JsonAnswer(source_view(changed.after))


@router.delete("/{id}", status_code=204, summary="Remove a source")
async def delete_source(id: UUID, caller: Admin, context: Context) -> Response:  # noqa: A002 -- the contract's name
    """Remove a source and its secrets. The data that were read from it are kept."""
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        source = await remove_source(connection, caller.tenant_id, id)
        detail = {"kind": source.kind, "name": source.name, "config": source.config}
        await audit.record(
            connection, "data", caller.tenant_id, caller, "source.removed", target=str(id), detail=detail
        )
    context.wake_relay()
    return Response(status_code=204)


@router.post("/{id}/test", summary="Test a source", response_model=None, responses={200: {"model": shapes.SourceTest}})
async def test_source(id: UUID, caller: Admin, context: Context) -> JsonAnswer:  # noqa: A002 -- the contract's name
    """Call the vendor and report what works, what is wrong and how to fix it.

    If the test succeeds, a source that was `degraded` or `needs_attention` is read again.
    """
    tested = await try_source(context, caller.tenant_id, id)
    detail = {"ok": tested.ok}
    async with context.db.of(caller, account_id=caller.account_id) as connection:
        await audit.record(connection, "data", caller.tenant_id, caller, "source.tested", target=str(id), detail=detail)
    context.wake_relay()
    findings = [{"ok": finding.ok, "text": finding.text} for finding in tested.findings]
    return JsonAnswer({"ok": tested.ok, "findings": findings})


def _told(changed: Changed, change: SourceChange) -> dict[str, Any]:
    """Return the audit detail of a change: old and new values, but only the names of secrets."""
    before, after = (
        {"name": source.name, "config": source.config, "status": source.status}
        for source in (changed.before, changed.after)
    )
    return {"before": before, "after": after, "secrets": sorted(change.secrets or {})}
