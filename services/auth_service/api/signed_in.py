"""Start a session and issue its first pair of tokens, after any kind of authentication."""

import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

from common.auth.tokens import Identity
from common.db import Connection
from common.http.context import ServiceContext
from common.logging import address_var
from services.auth_service.api.shapes import TokenPair, User, tenants_in_profile
from services.auth_service.domain.random_token import hash_of_token, new_token
from services.auth_service.errors.sign_in import AccountShutOut, CredentialsRefused
from services.auth_service.start import signer_of
from services.auth_service.store import accounts, refresh_tokens, sessions, tenants
from services.auth_service.store.account_audit import record_in_each_tenant


async def answer_signed_in(
    context: ServiceContext,
    account_id: UUID,
    method: str,
    user_agent: str,
    still_proved: Callable[[Connection], Awaitable[bool]] | None = None,
) -> TokenPair:
    """Start a session of the account and audit the sign-in.

    Args:
        context: The service.
        account_id: The authenticated account.
        method: `password`, `oidc:<provider>` or `invitation`.
        user_agent: The client's `User-Agent` header, shown in the list of sessions.
        still_proved: Checks again, while nobody else can change the account, that the proof is still valid: the
            password may have been changed since it was verified.

    Raises:
        AccountShutOut: the operator has disabled the account, or it no longer exists; the refusal is audited.
        CredentialsRefused: `still_proved` returned False, and no session was started.
    """
    action = f"sign-in.{method.partition(':')[0]}"
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        lifetime = timedelta(days=context.settings.refresh_token_days)
        session_id = await sessions.begin_session(
            conn, account_id, method, lifetime, user_agent=user_agent, address=address_var.get()
        )
        if session_id is not None and still_proved is not None and not await still_proved(conn):
            raise CredentialsRefused
        if session_id is None:
            pair = None
            detail = {"method": method, "reason": "account-disabled"}
            await record_in_each_tenant(
                conn, account_id, "unknown", action, target=str(account_id), outcome="refused", detail=detail
            )
        else:
            refresh_token = new_token()
            await refresh_tokens.add_token(conn, hash_of_token(refresh_token), session_id)
            await accounts.note_login(conn, account_id)
            pair = await pair_of(context, conn, account_id, session_id, refresh_token)
            identity = Identity(account_id, pair.user.email, session_id, time.time() + pair.expires_in)
            await record_in_each_tenant(conn, account_id, identity, action, detail={"method": method})
    context.wake_relay()
    if pair is None:
        raise AccountShutOut
    return pair


async def pair_of(
    context: ServiceContext, conn: Connection, account_id: UUID, session_id: UUID, refresh_token: str
) -> TokenPair:
    """Return a refresh token together with a new access token and the account's profile.

    The connection must be inside the look-up `own_memberships`.
    """
    account = await accounts.account(conn, account_id)
    assert account is not None  # noqa: S101 -- its session references it
    token = await signer_of(context).sign(conn, account_id, account["email"], session_id)
    rows = await tenants.tenants_of(conn, account_id)
    return TokenPair(
        **token._asdict(), refresh_token=refresh_token, user=User(**account), tenants=tenants_in_profile(rows)
    )
