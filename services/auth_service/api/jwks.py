"""The public keys of access tokens."""

from typing import Any

from fastapi import APIRouter

from common.http.context import Context
from common.http.json import JsonAnswer
from services.auth_service.store import signing_keys

router = APIRouter(tags=["sign-in"])


@router.get("/auth/.well-known/jwks.json", summary="Public keys of access tokens", response_model=dict[str, Any])
async def jwks(context: Context) -> JsonAnswer:
    """A JWK Set (RFC 7517); empty where tokens are signed with a shared secret."""
    keys: list[dict[str, Any]] = []
    if context.settings.jwt_algorithm == "EdDSA":
        async with context.db.pool.acquire() as conn:
            keys = await signing_keys.public_keys(conn)
    return JsonAnswer({"keys": keys}, headers={"Cache-Control": "public, max-age=60"})
