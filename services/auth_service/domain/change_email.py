"""Move an account to another email address, or verify its current one, by a link that is mailed to the address."""

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
    """Mail a link to a folded address. The address becomes the account's when the link is confirmed.

    If another account has the address, no mail is sent, and the caller is not told.

    Raises:
        PasswordNotOwn: `password` is not the account's current one, or it has none.
        TooManyAttempts, TooManySignIns
    """
    async with context.db.connection() as conn:
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
    """How the person who uses a link proves that the account is theirs: an access token's identity, or the current
    password.
    """

    caller: Identity | None = None
    password: str | None = None


class Verified(NamedTuple):
    """The account that the address belongs to now, and the sessions that were ended because it moved."""

    account_id: UUID
    sessions: list[UUID]


async def verify_email(
    context: ServiceContext, throttle: Throttle, token: str, link: Link | None, proof: Proof, address: str
) -> Verified:
    """Make a link's address the account's address. `link` is the result of `mailed_links.find_link`.

    The reader of a mailbox may be a stranger to the account that wants to move there, so a move also needs proof that
    the account's owner confirms it. A move sends a notice to the previous address, unlinks the account's identities at
    OpenID providers, and ends all sessions except the one that confirms: somebody with access to the previous mailbox
    may have started them.

    Raises:
        LinkDead: the link does not work, or another account has taken the address in the meantime.
        ProofMissing, NotThisAccount, PasswordNotOwn: a move was confirmed without proof that the account is theirs.
        TooManyAttempts, TooManySignIns
    """
    guessed_account = link.account_email if link and link.moves and proof.password is not None else ""
    async with throttle.attempt(address, guessed_account) as attempt:
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
    async with context.db.connection() as conn:
        password_hash = await credentials.password_hash_of(conn, account_id)
    # If the password changes while it is being verified, that ends the session that requested the link, and the link.
    if not await passwords.fits(proof.password, password_hash):
        raise PasswordNotOwn(errors=[FieldError("current_password", "this is not that account's password")])


async def _take_address(context: ServiceContext, digest: bytes, account_id: UUID, proof: Proof) -> list[UUID]:
    """Use the link up and set the address. Returns the sessions that were ended."""
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
    """Unlink the account's identities at OpenID providers, and return their issuers.

    Whoever controls the previous mailbox, such as a former employer, may also control the identities at providers that
    belong to it. This does not lock out the owner: they have a password, since moving requires one, and a provider that
    has verified the new address leads to this account again.
    """
    issuers = await identities.unlink_identities(conn, actor.account_id)
    for issuer in issuers:
        await record_in_each_tenant(conn, actor.account_id, actor, "identity.unlinked", target=issuer)
    return issuers
