"""The operator's routes to list and rotate the keys that sign access tokens."""

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

# Allows for answers in flight, slow transactions and clocks that differ.
_MARGIN = timedelta(seconds=30)
# A new key signs only after this time: every verifier has then fetched the keys again, and knows the new one.
PUBLISHED_BEFORE = timedelta(seconds=MAX_AGE_SECONDS) + _MARGIN


class Rotation(BaseModel):
    """Set `compromised` if somebody else may have the current key: the tokens that it signed are then refused."""

    model_config = ConfigDict(extra="forbid")

    compromised: bool = False


class Key(BaseModel):
    """A key that verifies tokens.

    One key `signs` new tokens; a key that `waits` will do so later. `retired_at` may lie in the future.
    """

    kid: str
    created_at: datetime
    signs_from: datetime
    retired_at: datetime | None
    signs: bool
    waits: bool


class Keys(BaseModel):
    """The keys that verify access tokens, newest first."""

    keys: list[Key]


@router.get("", summary="List the keys that verify access tokens")
async def list_keys(context: Context) -> Keys:
    """List the keys that verify access tokens, and which of them signs now."""
    _refuse_shared_secret(context)
    async with context.db.connection() as conn:
        return await _keys(conn)


@router.post("/rotate", summary="Rotate the key that signs access tokens")
async def rotate_keys(body: Rotation, context: Context) -> Keys:
    """Create a new key and publish it at once. It starts to sign when every verifier has it, so that no request fails.

    The previous keys verify until the last token that they may have signed has expired. With `compromised`, they stop
    verifying immediately and the new key signs at once: every existing access token is refused, and clients get a new
    one with their refresh token.
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
