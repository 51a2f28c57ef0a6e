"""Accept an invitation by its mailed link."""

import time
from typing import NamedTuple
from uuid import UUID

from common import audit
from common.auth.tokens import Identity
from common.db import Connection
from common.http.context import ServiceContext
from services.auth_service.domain import passwords
from services.auth_service.domain.invitation_power import invitation_that_holds
from services.auth_service.domain.new_password import refuse_guessable
from services.auth_service.domain.random_token import hash_of_token
from services.auth_service.errors.people import InvitationRefused
from services.auth_service.store import accounts, credentials, invitations, members
from services.auth_service.store.accounts import Guest
from services.auth_service.store.invitations import Invited


class Joined(NamedTuple):
    """Who has joined which tenant. `is_new`: they had no way to sign in before, so the link serves as a sign-in."""

    account_id: UUID
    tenant_id: UUID
    email: str
    is_new: bool


async def accept_invitation(context: ServiceContext, token: str, name: str, password: str | None) -> Joined:
    """Make the invited account a member. If several requests use the link at once, only one succeeds.

    `name` and `password` are set only on an account that nobody could sign in to before. A forwarded mail lets
    somebody join this tenant in the invited person's name, but must not give them anything else of that account.

    Raises:
        InvitationRefused, PasswordGuessable, TooManySignIns; the link still works after the last two.
    """
    digest = hash_of_token(token)
    found = await who_is_asked(context, digest)
    if found is None:
        raise InvitationRefused
    invited, guest = found
    password_hash = None
    if password is not None and guest.is_new:
        await refuse_guessable(password, (guest.email, name))
        # No database connection is held while the hash is computed.
        password_hash = await passwords.hash_of(password)
    async with context.db.tenant(invited.tenant_id) as conn:
        await members.lock_people(conn, invited.tenant_id)
        # Refuse an invitation whose sender has been removed since, or may no longer grant what it offers. The link to
        # a mailbox that the account has moved away from is refused likewise, so that it does not reveal where it moved.
        is_open = await invitation_that_holds(conn, invited.tenant_id, invited.invitation_id) is not None
        if not is_open or not await invitations.use_link(conn, invited, digest):
            raise InvitationRefused
        joined = await _join(conn, invited, name, password_hash)
    context.wake_relay()
    return joined


async def who_is_asked(context: ServiceContext, digest: bytes) -> tuple[Invited, Guest] | None:
    """Find the invitation by the hash of its token, and the account that has the invited address now.

    Returns None if the link does not work any more.
    """
    async with context.db.lookup("invitation", token_hash=digest) as conn:
        invited = await invitations.find_link(conn, digest)
    if invited is None:
        return None
    async with context.db.tenant(invited.tenant_id) as conn:
        guest = await accounts.guest(conn, invited.tenant_id, invited.account_id)
    return (invited, guest) if guest else None


async def _join(conn: Connection, invited: Invited, name: str, password_hash: str | None) -> Joined:
    guest = await accounts.guest(conn, invited.tenant_id, invited.account_id)
    if guest is None or not await members.join(conn, invited.tenant_id, invited.account_id, guest.account_id):
        raise InvitationRefused
    if guest.is_new:
        await credentials.note_verified(conn, guest.account_id, guest.email)
        if name:
            await accounts.rename(conn, guest.account_id, name)
        if password_hash is not None:
            await credentials.set_password(conn, guest.account_id, password_hash)
    actor = Identity(guest.account_id, guest.email, UUID(int=0), time.time())
    await audit.record(conn, "auth", invited.tenant_id, actor, "member.joined", target=guest.email)
    return Joined(guest.account_id, invited.tenant_id, guest.email, guest.is_new)
