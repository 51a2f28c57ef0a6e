"""API keys for machines: shown once when created, listed by a hint afterwards, and revoked immediately."""

from datetime import UTC, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from common import audit
from common.auth.access_changes import AccessChange
from common.auth.api_key_text import hint_of, new_key
from common.auth.principal import Principal
from common.auth.roles import SCOPES, Scope
from common.auth.standing import hash_of_key
from common.clock import now
from common.http.context import Context
from common.http.require import require
from common.pagination import Page, page_answer
from common.written_time import Instant
from services.auth_service.api.access_word import make_known
from services.auth_service.domain.key_power import refuse_key_beyond
from services.auth_service.domain.member_power import standing
from services.auth_service.domain.tenant_settings import Name
from services.auth_service.errors.people import ApiKeyNotFound
from services.auth_service.store import api_keys

router = APIRouter(prefix="/auth/api-keys", tags=["API keys"])

# An API key cannot create API keys: otherwise somebody who stole one would keep access after it was revoked.
Admin = Annotated[Principal, Depends(require("tenant:admin", person=True))]


def _must_be_in_the_future(instant: datetime) -> datetime:
    try:
        in_utc = instant.astimezone(UTC)
    except OverflowError:
        message = "too far away"
        raise ValueError(message) from None
    if in_utc <= now():
        message = "this has passed already"
        raise ValueError(message)
    return in_utc


class NewApiKey(BaseModel):
    """The name, scopes and expiry of a new key.

    `expires_at` is an RFC 3339 timestamp with an offset, in the future; without it the key works until it is revoked.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    expires_at: Annotated[Instant, AfterValidator(_must_be_in_the_future)] | None = None


class MadeApiKey(BaseModel):
    """A new key. `key` is the secret: it is returned only here, since only its hash is stored."""

    id: UUID
    name: str
    key: str
    scopes: list[str]
    expires_at: datetime | None


class ApiKey(BaseModel):
    """A key as it is listed, without its secret. `uses` and `last_used_at` lag by some seconds.

    `created_by` is the account id of the member who created the key, and `created_by_email` that member's email
    address. The key ends when their membership ends.
    """

    id: UUID
    name: str
    hint: str
    scopes: list[str]
    created_by: UUID | None
    created_by_email: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    uses: int
    status: Literal["active", "expired", "revoked"]


class ApiKeyPage(BaseModel):
    """A page of keys."""

    data: list[ApiKey]
    total: int
    page: int
    limit: int
    has_more: bool


@router.get("", summary="API keys of the tenant")
async def list_keys(caller: Admin, context: Context, page: Page, created_by: UUID | None = None) -> ApiKeyPage:
    """List API keys, newest first, including revoked and expired ones.

    `created_by` limits the list to the keys that this account created.
    """
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await api_keys.list_api_keys(conn, caller.tenant_id, page, created_by)
    return ApiKeyPage(**page_answer([ApiKey(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Create an API key")
async def make_key(body: NewApiKey, caller: Admin, context: Context, response: Response) -> MadeApiKey:
    """Create a key with which a machine calls this tenant's API; it is sent in the `X-API-Key` header.

    The key applies to every branch, so you can only give it scopes that you have yourself in every branch. It ends when
    you are removed from the tenant, or when you lose one of its scopes. Show `key` to the user now: it cannot be
    retrieved later.
    """
    scopes = [scope for scope in SCOPES if scope in body.scopes]
    key = new_key()
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await standing(conn, caller, "tenant:admin")
        refuse_key_beyond(caller, body.scopes)
        api_key_id = await api_keys.insert_api_key(
            conn,
            caller.tenant_id,
            name=body.name,
            hint=hint_of(key),
            key_hash=hash_of_key(key),
            scopes=scopes,
            created_by=caller.account_id,
            expires_at=body.expires_at,
        )
        detail = {"name": body.name, "scopes": scopes, "expires_at": body.expires_at}
        await audit.record(
            conn, "auth", caller.tenant_id, caller, "api-key.created", target=str(api_key_id), detail=detail
        )
    context.wake_relay()
    response.headers["Cache-Control"] = "no-store"
    return MadeApiKey(id=api_key_id, name=body.name, key=key, scopes=list(scopes), expires_at=body.expires_at)


@router.delete("/{id}", status_code=204, summary="Revoke an API key")
async def revoke_key(id: UUID, caller: Admin, context: Context) -> Response:  # noqa: A002 -- the contract's name of the path parameter
    """Revoke a key immediately. It stays in the list; revoking it again also answers 204."""
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await standing(conn, caller, "tenant:admin")
        revoked = await api_keys.revoke_api_key(conn, caller.tenant_id, id)
        if revoked is None:
            raise ApiKeyNotFound
        name, was_active = revoked
        if was_active:
            await audit.record(
                conn, "auth", caller.tenant_id, caller, "api-key.revoked", target=str(id), detail={"name": name}
            )
    await make_known(context, AccessChange(keys=[id]))
    return Response(status_code=204)
