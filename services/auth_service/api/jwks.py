"""The public keys that verify access tokens."""

from typing import Any

from fastapi import APIRouter

from common.http.context import Context
from common.http.json import JsonAnswer
from services.auth_service.store import signing_keys

router = APIRouter(tags=["sign-in"])


@router.get(
    "/auth/.well-known/jwks.json", summary="Public keys that verify access tokens", response_model=dict[str, Any]
)
async def jwks(context: Context) -> JsonAnswer:
    """Get the keys as a JWK Set (RFC 7517). The set is empty if tokens are signed with a shared secret (HS256)."""
    keys: list[dict[str, Any]] = []
    if context.settings.jwt_algorithm == "EdDSA":
        async with context.db.connection() as conn:
            keys = await signing_keys.public_keys(conn)
    return JsonAnswer({"keys": keys}, headers={"Cache-Control": "public, max-age=60"})
