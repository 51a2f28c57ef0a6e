"""Tell the gateway whose credentials a request carries. Reachable on this service's own port only."""

import time
from contextlib import suppress
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from pydantic import BaseModel

from common.auth.authenticator import ApiKeyRefused, SessionEnded
from common.auth.caller import Caller as CallersName
from common.auth.caller import caller_var
from common.auth.request_headers import Headers, NotAMember, TenantHeaderInvalid, api_key_in, tenant_of
from common.auth.standing import api_key_of, hash_of_key
from common.http.context import Context, ServiceContext
from common.logging import address_var, request_id_var
from common.refusals import Refusal
from services.auth_service.store import callers

router = APIRouter(tags=["sign-in"])

# How long the gateway may rely on the answer about an API key that does not expire.
_KEY_ANSWER_SECONDS = 60
_bearer = HTTPBearer(auto_error=False, scheme_name="access token", bearerFormat="JWT")
_api_key = APIKeyHeader(name="X-API-Key", auto_error=False, scheme_name="API key")


class CallersTenant(BaseModel):
    """A tenant that the caller may act in, and its plan, which determines the rate limits."""

    id: UUID
    plan: str


class Caller(BaseModel):
    """Whose request it is. Either `session_id` or `api_key_id` is null; for an API key, `account_id` is the key's id.

    `expires_at` is a Unix time in seconds; the answer must not be relied on after it.
    """

    account_id: UUID
    session_id: UUID | None
    api_key_id: UUID | None
    expires_at: float
    tenants: list[CallersTenant]


@router.get("/auth/caller", summary="Whose request this is")
async def caller(
    request: Request,
    context: Context,
    _bearer: Annotated[object, Security(_bearer)],
    _key: Annotated[object, Security(_api_key)],
) -> Caller:
    """Check the request's `Authorization` or `X-API-Key` header against the database, without a cache.

    The client may cache the answer for a minute. A second cache here would add its own delay before an ended session
    is refused.
    """
    headers = request.headers.raw
    key = api_key_in(headers)
    known = await (_caller_of_session(context, headers) if key is None else _caller_of_key(context, key))
    _note_foreign_tenant(context, headers, {tenant.id for tenant in known.tenants})
    return known


def _note_foreign_tenant(context: ServiceContext, headers: Headers, tenants: set[UUID]) -> None:
    """Note a request that names a tenant its caller is not a member of, for the audit log.

    The gateway refuses such a request, but has no audit log of its own.
    """
    with suppress(TenantHeaderInvalid):
        named, caller = tenant_of(headers), caller_var.get()
        if caller is not None and named is not None and named not in tenants:
            refusal = Refusal(
                NotAMember.type, NotAMember.title, "at the gateway", address_var.get(), request_id_var.get()
            )
            context.refusals.note(caller, refusal)


async def _caller_of_session(context: ServiceContext, headers: Headers) -> Caller:
    identity = await context.auth.identity(headers)
    async with context.db.lookup("own_memberships", account_id=identity.account_id) as conn:
        standing = await callers.active_session(conn, identity.account_id, identity.session_id)
    if standing is None:
        raise SessionEnded
    return Caller(
        account_id=identity.account_id,
        session_id=identity.session_id,
        api_key_id=None,
        expires_at=min(identity.expires_at, standing.expires_at.timestamp()),
        tenants=[CallersTenant(id=tenant_id, plan=plan) for tenant_id, plan in standing.plans.items()],
    )


async def _caller_of_key(context: ServiceContext, key: str) -> Caller:
    key_hash = hash_of_key(key)
    async with context.db.lookup("api_key", token_hash=key_hash) as conn:
        known = await callers.active_key(conn, key_hash)
    if known is None:
        # A revoked or expired key still belongs to a tenant: the refusal goes to that tenant's audit log.
        ended = await api_key_of(context.db, key)
        if ended is not None:
            caller_var.set(CallersName("api-key", ended.api_key_id, ended.name, ended.tenant_id))
        raise ApiKeyRefused
    caller_var.set(CallersName("api-key", known.api_key_id, known.name, known.tenant_id))
    async with context.db.tenant(known.tenant_id, readonly=True) as conn:
        plan = await callers.plan_of(conn, known.tenant_id)
    return Caller(
        account_id=known.api_key_id,
        session_id=None,
        api_key_id=known.api_key_id,
        expires_at=known.expires_at.timestamp() if known.expires_at else time.time() + _KEY_ANSWER_SECONDS,
        tenants=[CallersTenant(id=known.tenant_id, plan=plan)],
    )
