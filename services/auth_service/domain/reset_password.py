"""Set a new password with a mailed link."""

import time
from typing import NamedTuple
from uuid import UUID

from common.auth.tokens import Identity
from common.clock import now
from common.http.context import ServiceContext
from services.auth_service.domain import passwords
from services.auth_service.domain.account_mail_kinds import MAIL_PASSWORD_CHANGED
from services.auth_service.domain.mailed_links import RESET_PASSWORD, VERIFY_EMAIL
from services.auth_service.domain.new_password import refuse_guessable
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.errors.own_account import LinkDead
from services.auth_service.store import accounts, credentials, mailed_links, sessions, tenants
from services.auth_service.store.account_audit import record_in_each_tenant
from services.auth_service.store.mail_jobs import queue_mail


class Reset(NamedTuple):
    """The account whose password was changed, and the sessions that were ended."""

    account_id: UUID
    email: str
    sessions: list[UUID]


async def reset_password(context: ServiceContext, token: str, password: str) -> Reset:
    """Set the password, end every session, and queue a notice to the mailbox.

    If several requests use the link at once, only one succeeds.

    Raises:
        LinkDead, PasswordGuessable, TooManySignIns; the link still works after the last two.
    """
    digest = hash_of_token(token)
    async with context.db.connection() as conn:
        link = await mailed_links.find_link(conn, digest, RESET_PASSWORD.name)
    if link is None:
        raise LinkDead
    await refuse_guessable(password, await _words_about_owner(context, link))
    # No database connection is held while the hash is computed.
    password_hash = await passwords.hash_of(password)
    async with context.db.lookup("own_memberships", account_id=link.account_id) as conn:
        used = await mailed_links.use_link(conn, digest, RESET_PASSWORD.name)
        account = await accounts.account(conn, link.account_id)
        if used is None or account is None:
            raise LinkDead
        await credentials.set_password(conn, used.account_id, password_hash)
        await credentials.note_verified(conn, used.account_id, used.email)
        # An intruder may have requested to move the account to another mailbox.
        await mailed_links.end_links(conn, used.account_id, VERIFY_EMAIL.name)
        ended = await sessions.end_sessions(conn, used.account_id, "password-changed")
        actor = Identity(used.account_id, account["email"], UUID(int=0), time.time())
        await record_in_each_tenant(
            conn, used.account_id, actor, "password.reset", target=used.email, detail={"sessions_ended": len(ended)}
        )
        await queue_mail(
            conn,
            MAIL_PASSWORD_CHANGED,
            account_id=str(used.account_id),
            email=account["email"],
            at=now().isoformat(),
        )
    return Reset(used.account_id, account["email"], ended)


async def _words_about_owner(context: ServiceContext, link: mailed_links.Link) -> list[str]:
    async with context.db.lookup("own_memberships", account_id=link.account_id) as conn:
        account = await accounts.account(conn, link.account_id)
        rows = await tenants.tenants_of(conn, link.account_id)
    return [link.email, account["name"] if account else "", *(row["name"] for row in rows)]
