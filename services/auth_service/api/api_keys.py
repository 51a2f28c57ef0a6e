"""Keys of machines: shown once when they are made, listed by hint, revoked at once."""

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

# A key makes no keys: whoever has stolen one must not outlive its end.
Admin = Annotated[Principal, Depends(require("tenant:admin", person=True))]


def _to_come(instant: datetime) -> datetime:
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
    """What a key is called, what it may do, and until when (RFC 3339 with offset; without it, until it is revoked)."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(SCOPES))]
    expires_at: Annotated[Instant, AfterValidator(_to_come)] | None = None


class MadeApiKey(BaseModel):
    """A new key. `key` is shown this once and kept as a hash only."""

    id: UUID
    name: str
    key: str
    scopes: list[str]
    expires_at: datetime | None


class ApiKey(BaseModel):
    """A key as it is listed; `uses` and `last_used_at` are some seconds behind.

    `created_by` is the account of the member who made it, with whose membership it ends; `created_by_email` theirs.
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
    """Newest first, also those that were revoked or have expired; with `created_by` those that this account made."""
    async with context.db.of(caller, readonly=True) as conn:
        rows, total = await api_keys.list_api_keys(conn, caller.tenant_id, page, created_by)
    return ApiKeyPage(**page_answer([ApiKey(**row) for row in rows], total, page))


@router.post("", status_code=201, summary="Make an API key")
async def make_key(body: NewApiKey, caller: Admin, context: Context, response: Response) -> MadeApiKey:
    """A key for a machine of this tenant, with scopes that its maker has too, in every branch. Sent as `X-API-Key`.

    It ends when its maker is removed from the tenant, or may no longer do what it may.
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
    """It holds nowhere from now on; it stays listed, for the log. Revoked twice is revoked."""
    async with context.db.of(caller, account_id=caller.account_id) as conn:
        caller = await standing(conn, caller, "tenant:admin")
        revoked = await api_keys.revoke_api_key(conn, caller.tenant_id, id)
        if revoked is None:
            raise ApiKeyNotFound
        name, stood = revoked
        if stood:
            await audit.record(
                conn, "auth", caller.tenant_id, caller, "api-key.revoked", target=str(id), detail={"name": name}
            )
    await make_known(context, AccessChange(keys=[id]))
    return Response(status_code=204)
