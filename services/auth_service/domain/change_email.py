"""Moving an account to another mailbox, or proving that it has its own: by a link that is mailed there."""

import time
from uuid import UUID

from common.auth.tokens import Identity
from common.clock import now
from common.http.context import ServiceContext
from common.problem import FieldError
from services.auth_service.domain import passwords
from services.auth_service.domain.account_mail_kinds import MAIL_EMAIL_CHANGED, MAIL_VERIFY_EMAIL
from services.auth_service.domain.mailed_links import RESET_PASSWORD, VERIFY_EMAIL, token_hash
from services.auth_service.domain.throttle import Throttle
from services.auth_service.errors import LinkDead, PasswordNotOwn
from services.auth_service.store import accounts, credentials, mailed_links
from services.auth_service.store.account_audit import record_in_each_tenant
from services.auth_service.store.mail_jobs import queue_mail


async def ask_to_verify(
    context: ServiceContext, throttle: Throttle, caller: Identity, email: str, password: str, address: str
) -> None:
    """Mail a link to a folded address; following it makes the address the account's.

    Whether another account has the address is told to nobody: then no mail goes out.

    Raises:
        PasswordNotOwn: `password` is not the account's present one, or it has none.
        TooManyAttempts, TooManySignIns
    """
    async with context.db.pool.acquire() as conn:
        account = await accounts.account(conn, caller.account_id)
        password_hash = await credentials.password_hash_of(conn, caller.account_id)
    own_email = account["email"] if account else caller.email
    async with throttle.attempt(address, own_email) as attempt:
        if not await passwords.fits(password, password_hash):
            raise PasswordNotOwn(errors=[FieldError("current_password", "this is not your present password")])
        attempt.succeeded = True
    await throttle.ask_for_link(address, email)
    async with context.db.lookup("own_memberships", account_id=caller.account_id) as conn:
        if email != own_email:
            await record_in_each_tenant(conn, caller.account_id, caller, "email.change-asked", target=email)
        await queue_mail(conn, MAIL_VERIFY_EMAIL, account_id=str(caller.account_id), email=email)
    context.wake_relay()


async def verify_email(context: ServiceContext, token: str) -> UUID:
    """Take the link's address for the account's; the mailbox that was its before is told.

    Raises:
        LinkDead: also where another account has taken the address meanwhile.
    """
    digest = token_hash(token)
    async with context.db.pool.acquire() as conn:
        link = await mailed_links.find_link(conn, digest, VERIFY_EMAIL.name)
    if link is None:
        raise LinkDead
    async with context.db.lookup("own_memberships", account_id=link.account_id) as conn:
        used = await mailed_links.use_link(conn, digest, VERIFY_EMAIL.name)
        before = await credentials.move_to(conn, used.account_id, used.email) if used else None
        if used is None or before is None:
            raise LinkDead
        moved = before != used.email
        actor = Identity(used.account_id, used.email, UUID(int=0), time.time())
        action = "email.changed" if moved else "email.verified"
        detail = {"before": before} if moved else {}
        await record_in_each_tenant(conn, used.account_id, actor, action, target=used.email, detail=detail)
        if moved:
            # Who reads the mailbox that the account has left must not get in by an older mail.
            await mailed_links.end_links(conn, used.account_id, RESET_PASSWORD.name)
            await queue_mail(conn, MAIL_EMAIL_CHANGED, email=before, new_email=used.email, at=now().isoformat())
    return used.account_id
