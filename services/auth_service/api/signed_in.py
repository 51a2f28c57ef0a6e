"""Whoever has proved who they are gets a session and its first pair of tokens here, however they proved it."""

import time
from datetime import timedelta
from uuid import UUID

from common.auth.tokens import Identity
from common.http.context import ServiceContext
from common.logging import address_var
from services.auth_service.api.shapes import TokenPair, User, tenants_in_profile
from services.auth_service.domain.refresh_token import hash_of, new_refresh_token
from services.auth_service.errors import AccountShutOut
from services.auth_service.start import signer_of
from services.auth_service.store import accounts, refresh_tokens, sessions, tenants
from services.auth_service.store.account_audit import record_in_each_tenant


async def answer_signed_in(context: ServiceContext, account_id: UUID, method: str, user_agent: str) -> TokenPair:
    """Begin a session of the account and note the sign-in; `method` is `password`, `oidc:<provider>`, `invitation`.

    Raises:
        AccountShutOut: the operator has disabled the account, or it is gone; the refusal is audited.
    """
    refresh_token = new_refresh_token()
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        session_id = await sessions.begin_session(
            conn,
            account_id,
            method,
            timedelta(days=context.settings.refresh_token_days),
            user_agent=user_agent,
            address=address_var.get(),
        )
        if session_id is not None:
            await refresh_tokens.add_token(conn, hash_of(refresh_token), session_id)
            await accounts.note_login(conn, account_id)
        account = await accounts.account(conn, account_id)
        rows = await tenants.tenants_of(conn, account_id)
        identity = Identity(account_id, account["email"] if account else "", session_id or UUID(int=0), time.time())
        await record_in_each_tenant(
            conn,
            account_id,
            identity,
            f"sign-in.{method.partition(':')[0]}",
            outcome="refused" if session_id is None else "done",
            detail={"method": method} if session_id else {"method": method, "reason": "account disabled"},
        )
    context.wake_relay()
    if session_id is None or account is None:
        raise AccountShutOut
    token = signer_of(context).sign(account_id, account["email"], session_id)
    return TokenPair(
        **token._asdict(), refresh_token=refresh_token, user=User(**account), tenants=tenants_in_profile(rows)
    )
