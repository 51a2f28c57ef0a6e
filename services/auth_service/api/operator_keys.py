"""The keys that sign access tokens, listed and changed by the operator."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Depends
from loguru import logger
from pydantic import BaseModel, ConfigDict

from common import audit
from common.auth.access_changes import AccessChange
from common.auth.signing_keys import MAX_AGE_SECONDS
from common.db import Connection
from common.http.context import Context, ServiceContext
from services.auth_service.api.access_word import make_known
from services.auth_service.api.operator import operator
from services.auth_service.domain.access_token import lifetime_seconds
from services.auth_service.domain.signing_keys import new_key
from services.auth_service.errors.operating import NothingToRotate
from services.auth_service.store import signing_keys

router = APIRouter(prefix="/auth/operator/keys", tags=["operator"], dependencies=[Depends(operator)])

# For an answer that was under way, a slow transaction and clocks that differ.
_MARGIN = timedelta(seconds=30)
# Whoever verifies has asked for the keys anew by then, and so has the new one before the first token of it comes.
PUBLISHED_BEFORE = timedelta(seconds=MAX_AGE_SECONDS) + _MARGIN


class Rotation(BaseModel):
    """`compromised`: somebody else may have the key, so that what it signed is believed no more."""

    model_config = ConfigDict(extra="forbid")

    compromised: bool = False


class Key(BaseModel):
    """A key that verifies. One of them `signs`; one that `waits` will. `retired_at` may lie ahead."""

    kid: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None
    signs: bool
    waits: bool


class Keys(BaseModel):
    """The keys that verify, newest first."""

    keys: list[Key]


@router.get("", summary="The keys that verify access tokens")
async def list_keys(context: Context) -> Keys:
    """Which keys verify, and which of them signs now."""
    _refuse_shared_secret(context)
    async with context.db.pool.acquire() as conn:
        return await _keys(conn)


@router.post("/rotate", summary="Change the key that signs access tokens")
async def rotate_keys(body: Rotation, context: Context) -> Keys:
    """Make a new key, published at once; it signs when everybody has it, and no request fails on the way.

    The keys before it verify until the last token that they may have signed has ended. With `compromised` they
    verify nothing from now on and the new one signs at once: every access token is refused, and refreshing works.
    """
    _refuse_shared_secret(context)
    lifetime = timedelta(seconds=lifetime_seconds(context.settings))
    signs_in = timedelta() if body.compromised else PUBLISHED_BEFORE
    key = new_key(context.settings)
    async with context.db.tenant(audit.NO_TENANT) as conn:
        await signing_keys.lock_keys(conn)
        old = await signing_keys.retire_keys(
            conn, after=timedelta() if body.compromised else signs_in + lifetime + _MARGIN
        )
        await signing_keys.insert_key(conn, *key, signs_in=signs_in)
        detail = {"compromised": body.compromised, "retired": old}
        await audit.record(
            conn, "auth", audit.NO_TENANT, "operator", "signing-key.rotated", target=key.kid, detail=detail
        )
        keys = await _keys(conn)
    logger.info("the signing key {} was made; compromised before it: {}", key.kid, body.compromised)
    await make_known(context, AccessChange(signing_keys=old if body.compromised else []))
    return keys


async def _keys(conn: Connection) -> Keys:
    return Keys(keys=[Key(**key._asdict()) for key in await signing_keys.keys_that_verify(conn)])


def _refuse_shared_secret(context: ServiceContext) -> None:
    if context.settings.jwt_algorithm == "HS256":
        raise NothingToRotate
