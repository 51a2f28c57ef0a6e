"""Exchange a refresh token, which works once, for the next pair of tokens."""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from common.auth.access_changes import AccessChange
from common.db import Connection
from common.http.context import Context, ServiceContext
from common.logging import address_var
from common.sealed_columns import REFRESH_ANSWER
from common.sealing import seal, unseal
from services.auth_service.api.access_word import make_known
from services.auth_service.api.shapes import TokenPair
from services.auth_service.api.signed_in import pair_of
from services.auth_service.domain.random_token import hash_of_token, new_token
from services.auth_service.domain.refresh_token import judged
from services.auth_service.errors.sign_in import RefreshRefused
from services.auth_service.store import refresh_tokens, sessions
from services.auth_service.store.account_audit import record_in_each_tenant
from services.auth_service.store.refresh_tokens import Owner, StoredToken

router = APIRouter(tags=["sign-in"])


class RefreshRequest(BaseModel):
    """The refresh token of the newest pair of tokens."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[SecretStr, Field(min_length=1, max_length=4096)]


@router.post("/auth/refresh", summary="Exchange a refresh token for the next pair")
async def refresh(body: RefreshRequest, context: Context) -> TokenPair:
    """Get a new access token and a new refresh token. The refresh token sent is then used up.

    Sending it again within 10 seconds returns the same pair, as long as the new refresh token has not been used. After
    that, reuse means that the token was probably stolen: the session is ended with all of its tokens, and the user has
    to sign in again.
    """
    token_hash = hash_of_token(body.refresh_token.get_secret_value())
    async with context.db.connection() as conn:
        owner = await refresh_tokens.owner_of(conn, token_hash)
    if owner is None:
        raise RefreshRefused
    async with context.db.lookup("own_memberships", account_id=owner.account_id) as conn:
        # Locks the session: concurrent refreshes of the same session wait here.
        session = await sessions.lock_session(conn, owner.session_id)
        token = await refresh_tokens.stored_token(conn, token_hash)
        if session is None or not session.stands or token is None:
            raise RefreshRefused
        pair = await _answer(context, conn, owner, token_hash, token)
    if pair is None:
        await make_known(context, AccessChange(sessions=[owner.session_id]))
        raise RefreshRefused
    return pair


async def _answer(
    context: ServiceContext, conn: Connection, owner: Owner, token_hash: bytes, token: StoredToken
) -> TokenPair | None:
    """Return the pair for a token of a locked, active session; None if the token was reused and the session ended."""
    verdict = judged(token.used_seconds_ago, answer_is_kept=token.sealed_answer is not None)
    if verdict == "exchange":
        return await _exchange(context, conn, owner, token_hash)
    if verdict == "repeat" and token.sealed_answer is not None:
        return TokenPair.model_validate_json(
            unseal(context.settings, token.sealed_answer, REFRESH_ANSWER.place(token_hash))
        )
    await sessions.end_session(conn, owner.account_id, owner.session_id, "reuse")
    detail = {"because": "reuse", "used_seconds_ago": round(token.used_seconds_ago or 0)}
    await record_in_each_tenant(
        conn, owner.account_id, "unknown", "session.revoked", target=str(owner.session_id), detail=detail
    )
    return None


async def _exchange(context: ServiceContext, conn: Connection, owner: Owner, token_hash: bytes) -> TokenPair:
    refresh_token = new_token()
    lifetime = timedelta(days=context.settings.refresh_token_days)
    await sessions.note_use(conn, owner.session_id, lifetime, address_var.get())
    pair = await pair_of(context, conn, owner.account_id, owner.session_id, refresh_token)
    sealed = seal(context.settings, pair.model_dump_json(), REFRESH_ANSWER.place(token_hash))
    await refresh_tokens.exchange(conn, owner.session_id, token_hash, hash_of_token(refresh_token), sealed)
    return pair
