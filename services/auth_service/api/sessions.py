"""Your own sessions: sign out, list them, end one."""

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from common.auth.access_changes import AccessChange
from common.auth.tokens import Identity
from common.http.context import Context, ServiceContext
from common.pagination import Page, page_answer
from services.auth_service.api.access_word import make_known
from services.auth_service.api.me import SignedIn
from services.auth_service.errors.sign_in import SessionNotFound
from services.auth_service.store import sessions
from services.auth_service.store.account_audit import record_in_each_tenant
from services.auth_service.store.sessions import Ending

router = APIRouter(tags=["sign-in"])


class Session(BaseModel):
    """An active sign-in on one device. `address` is the IP address that last refreshed it."""

    id: UUID
    method: str
    user_agent: str
    address: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    current: bool


class SessionPage(BaseModel):
    """One page of sessions."""

    data: list[Session]
    total: int
    page: int
    limit: int
    has_more: bool


@router.post("/auth/logout", status_code=204, summary="Sign out")
async def logout(caller: SignedIn, context: Context) -> None:
    """End the session of the access token. Its access tokens and refresh tokens stop working immediately."""
    await _end(context, caller, caller.session_id, "logout")


@router.get("/auth/sessions", summary="List your own sessions")
async def list_sessions(caller: SignedIn, context: Context, page: Page) -> SessionPage:
    """List your active sessions, the most recently used first. `current` marks the session of this request."""
    async with context.db.connection() as conn:
        rows, total = await sessions.sessions_of(conn, caller.account_id, page)
    shown = [Session(**row, current=row["id"] == caller.session_id) for row in rows]
    return SessionPage(**page_answer(shown, total, page))


@router.delete("/auth/sessions/{id}", status_code=204, summary="End one of your own sessions")
async def delete_session(id: UUID, caller: SignedIn, context: Context) -> None:  # noqa: A002 -- the contract's name of the path parameter
    """Sign a device out by ending its session; 404 if you have no such active session."""
    if not await _end(context, caller, id, "revoked"):
        raise SessionNotFound


async def _end(context: ServiceContext, caller: Identity, session_id: UUID, because: Ending) -> bool:
    """End one of the caller's sessions. Returns False if there is no such active session."""
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        if not await sessions.end_session(conn, caller.account_id, session_id, because):
            return False
        await record_in_each_tenant(
            conn,
            caller.account_id,
            caller,
            "session.revoked",
            target=str(session_id),
            detail={"because": because},
        )
    await make_known(context, AccessChange(sessions=[session_id]))
    return True
