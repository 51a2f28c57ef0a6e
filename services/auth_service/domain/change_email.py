"""Moving an account to another mailbox, or proving that it has its own: by a link that is mailed there."""

import time
from typing import NamedTuple
from uuid import UUID

from common.auth.tokens import Identity
from common.clock import now
from common.db import Connection
from common.http.context import ServiceContext
from common.problem import FieldError
from services.auth_service.domain import passwords
from services.auth_service.domain.account_mail_kinds import MAIL_EMAIL_CHANGED, MAIL_VERIFY_EMAIL
from services.auth_service.domain.mailed_links import VERIFY_EMAIL
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.domain.throttle import Throttle
from services.auth_service.errors.own_account import LinkDead, NotThisAccount, PasswordNotOwn, ProofMissing
from services.auth_service.store import accounts, credentials, identities, mailed_links, sessions
from services.auth_service.store.account_audit import record_in_each_tenant
from services.auth_service.store.mail_jobs import queue_mail
from services.auth_service.store.mailed_links import Link


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
        await queue_mail(
            conn,
            MAIL_VERIFY_EMAIL,
            account_id=str(caller.account_id),
            account_email=own_email,
            session_id=str(caller.session_id),
            email=email,
        )
    context.wake_relay()


class Proof(NamedTuple):
    """What somebody shows who follows a link, of being the account that it is about: a token's identity, or else the
    present password.
    """

    caller: Identity | None = None
    password: str | None = None


class Verified(NamedTuple):
    """Whose address it is now, and the sessions that ended with the one before."""

    account_id: UUID
    sessions: list[UUID]


async def verify_email(
    context: ServiceContext, throttle: Throttle, token: str, link: Link | None, proof: Proof, address: str
) -> Verified:
    """Take the address of a link, as `mailed_links.find_link` answered it, for the account's.

    Who reads a mailbox may be a stranger to the account that asks for it: an account moves only where its owner says
    so too. The mailbox that was its before is told, what providers knew by it signs in to the account no more, and all
    sessions end but the one that confirms: whoever had the old mailbox may have begun them.

    Raises:
        LinkDead: also where another account has taken the address meanwhile.
        ProofMissing, NotThisAccount, PasswordNotOwn: who confirms a move has not shown to be the account.
        TooManyAttempts, TooManySignIns
    """
    guesses_at = link.account_email if link and link.moves and proof.password is not None else ""
    async with throttle.attempt(address, guesses_at) as attempt:
        if link is None:
            raise LinkDead
        if link.moves:
            await _prove(context, link.account_id, proof)
        ended = await _take_address(context, hash_of_token(token), link.account_id, proof)
        attempt.succeeded = True
    return Verified(link.account_id, ended)


async def _prove(context: ServiceContext, account_id: UUID, proof: Proof) -> None:
    if proof.caller is not None:
        if proof.caller.account_id != account_id:
            raise NotThisAccount
        return
    if proof.password is None:
        raise ProofMissing
    async with context.db.pool.acquire() as conn:
        password_hash = await credentials.password_hash_of(conn, account_id)
    # A password that changes while it is being looked at ends the session that asked, and with it the link.
    if not await passwords.fits(proof.password, password_hash):
        raise PasswordNotOwn(errors=[FieldError("current_password", "this is not that account's password")])


async def _take_address(context: ServiceContext, digest: bytes, account_id: UUID, proof: Proof) -> list[UUID]:
    """Answers the sessions that ended."""
    async with context.db.lookup("own_memberships", account_id=account_id) as conn:
        used = await mailed_links.use_link(conn, digest, VERIFY_EMAIL.name)
        before = await credentials.move_to(conn, used.account_id, used.email) if used else None
        if used is None or before is None:
            raise LinkDead
        actor = Identity(used.account_id, used.email, UUID(int=0), time.time())
        action = "email.changed" if used.moves else "email.verified"
        detail = {"before": before} if used.moves else {}
        await record_in_each_tenant(conn, used.account_id, actor, action, target=used.email, detail=detail)
        ended: list[UUID] = []
        if used.moves:
            own = proof.caller.session_id if proof.caller else None
            ended = await sessions.end_sessions(conn, used.account_id, "email-changed", but=own)
            issuers = await _unlink(conn, actor)
            await queue_mail(
                conn,
                MAIL_EMAIL_CHANGED,
                email=before,
                new_email=used.email,
                at=now().isoformat(),
                providers=", ".join(issuers),
            )
    return ended


async def _unlink(conn: Connection, actor: Identity) -> list[str]:
    """Whoever has the mailbox that was left may have what a provider knows by it too: a former employer's, say.

    It shuts nobody out: who asked to move has a password, and a provider that vouches for the new address leads here.
    """
    issuers = await identities.unlink_identities(conn, actor.account_id)
    for issuer in issuers:
        await record_in_each_tenant(conn, actor.account_id, actor, "identity.unlinked", target=issuer)
    return issuers
