"""Manage the mappings, which determine which sales rep gets the report of which branch."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Response

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context
from common.http.require import require
from common.pagination import Page, page_answer
from services.email_service.api.query import AnyBranch
from services.email_service.api.shapes import Mapping, MappingPage, NewMapping
from services.email_service.store import reps

router = APIRouter(prefix="/analytics/email/mappings", tags=["mappings"])
Sender = Annotated[Principal, Depends(require("email:send"))]


@router.get("", summary="Mappings by branch")
async def list_mappings(caller: Sender, context: Context, page: Page, branch_code: AnyBranch = None) -> MappingPage:
    """List the mappings of the tenant, or of one branch."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await reps.list_mappings(conn, caller.tenant_id, page, branch_code)
    return MappingPage(**page_answer([Mapping(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Map a branch to a rep")
async def create_mapping(body: NewMapping, caller: Sender, context: Context) -> Mapping:
    """Map a branch to a sales rep. A branch may have several reps, but each of them only once."""
    async with context.db.of(caller) as conn:
        row = await reps.create_mapping(conn, caller.tenant_id, _rep(body), is_enabled=body.is_enabled)
        await _record(conn, caller, "mapping.created", row["id"], {"after": body.model_dump()})
    context.wake_relay()
    return Mapping(**row)


@router.put("/{id}", summary="Change a mapping")
async def update_mapping(id: UUID, body: NewMapping, caller: Sender, context: Context) -> Mapping:  # noqa: A002 -- the contract's name of the path parameter
    """Replace all fields of a mapping."""
    async with context.db.of(caller) as conn:
        before = _audited(await reps.get_mapping(conn, caller.tenant_id, id))
        row = await reps.update_mapping(conn, caller.tenant_id, id, _rep(body), is_enabled=body.is_enabled)
        await _record(conn, caller, "mapping.changed", id, {"before": before, "after": body.model_dump()})
    context.wake_relay()
    return Mapping(**row)


@router.delete("/{id}", status_code=204, summary="Remove a mapping")
async def delete_mapping(id: UUID, caller: Sender, context: Context) -> Response:  # noqa: A002 -- the contract's name of the path parameter
    """Delete a mapping. The rep gets no more reports of the branch; the history of sent reports stays."""
    async with context.db.of(caller) as conn:
        before = _audited(await reps.get_mapping(conn, caller.tenant_id, id))
        await reps.delete_mapping(conn, caller.tenant_id, id)
        await _record(conn, caller, "mapping.removed", id, {"before": before})
    context.wake_relay()
    return Response(status_code=204)


async def _record(conn: Connection, caller: Principal, action: str, mapping_id: UUID, detail: dict[str, Any]) -> None:
    await audit.record(conn, "email", caller.tenant_id, caller, action, target=str(mapping_id), detail=detail)


def _audited(row: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a mapping that people set, for the audit log."""
    return {name: row[name] for name in NewMapping.model_fields}


def _rep(body: NewMapping) -> reps.Rep:
    return reps.Rep(body.branch_code, body.branch_name, body.sales_rep_name, body.sales_rep_email)
