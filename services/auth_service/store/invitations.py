"""Store invitations. A member has at most one open invitation, and only its newest mailed link works."""

from collections.abc import Collection
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import asyncpg

from common.db import Connection

_INVITATION = (
    "select i.invitation_id as id, coalesce(m.invited_email, a.email) as email, m.name, m.role, m.permissions,"
    " m.branch_codes, m.team_id,"
    " case when i.accepted_at is not null then 'accepted' when i.expires_at <= now() then 'expired'"
    " else 'pending' end as status, i.invited_by, i.created_at, i.expires_at"
    " from auth.invitation i join auth.membership m using (tenant_id, account_id)"
    " join auth.account a using (account_id) where i.tenant_id = $1"
)


class OpenInvitation(NamedTuple):
    """The contents of an invitation's mail. `invited_by` is the inviter's name, or else their email address.

    `account_id` is the account, perhaps a placeholder, that holds the membership until the invitation is accepted.
    """

    email: str
    tenant: str
    role: str
    invited_by: str
    invited_by_id: UUID | None
    account_id: UUID


class MadeInvitation(NamedTuple):
    """An open invitation that a member has sent, with the invited address and the account that holds the membership."""

    invitation_id: UUID
    account_id: UUID
    email: str


class Invited(NamedTuple):
    """The invitation of a link. `account_id` holds the membership until the invitation is accepted."""

    tenant_id: UUID
    invitation_id: UUID
    account_id: UUID


async def list_invitations(
    conn: Connection, tenant_id: UUID, limit: int, offset: int
) -> tuple[list[asyncpg.Record], int]:
    """Return a page of invitations, newest first, and the total number."""
    total = await conn.fetchval("select count(*) from auth.invitation where tenant_id = $1", tenant_id)
    rows = await conn.fetch(
        f"{_INVITATION} order by i.created_at desc, i.invitation_id limit $2 offset $3", tenant_id, limit, offset
    )
    return rows, int(total or 0)


async def shown_invitation(conn: Connection, tenant_id: UUID, invitation_id: UUID) -> asyncpg.Record:
    """Return an invitation as the API shows it."""
    row = await conn.fetchrow(f"{_INVITATION} and i.invitation_id = $2", tenant_id, invitation_id)
    assert row is not None  # noqa: S101 -- made by this transaction
    return row


async def open_invitation(
    conn: Connection, tenant_id: UUID, account_id: UUID, invited_by: UUID, lifetime: timedelta
) -> UUID:
    """Create an invitation of a member who has not accepted yet, and end their older ones; return its id.

    It has no link until `set_link` stores one.
    """
    await conn.execute(
        "update auth.invitation set token_hash = null, expires_at = least(expires_at, now())"
        " where tenant_id = $1 and account_id = $2 and accepted_at is null",
        tenant_id,
        account_id,
    )
    invitation_id: UUID | None = await conn.fetchval(
        "insert into auth.invitation (tenant_id, account_id, invited_by, expires_at)"
        " values ($1, $2, $3, now() + $4::interval) returning invitation_id",
        tenant_id,
        account_id,
        invited_by,
        lifetime,
    )
    assert invitation_id is not None  # noqa: S101 -- the statement returns the row it makes
    return invitation_id


async def invitation_to_mail(conn: Connection, tenant_id: UUID, invitation_id: UUID) -> OpenInvitation | None:
    """Return the contents of the mail and its page; None if it is not open, or no account has its address any more.

    `domain.invitation_power.invitation_that_holds` checks whether the inviter may still invite.
    """
    row = await conn.fetchrow(
        "select a.email, t.name, m.role,"
        " coalesce(nullif(by_m.name, ''), nullif(by_a.name, ''), by_a.email, 'Somebody'),"
        " i.invited_by, i.account_id from auth.invitation i join auth.membership m using (tenant_id, account_id)"
        " join auth.account a on a.email = m.invited_email join auth.tenant t using (tenant_id)"
        " left join auth.account by_a on by_a.account_id = i.invited_by"
        " left join auth.membership by_m on by_m.tenant_id = i.tenant_id and by_m.account_id = i.invited_by"
        " where i.tenant_id = $1 and i.invitation_id = $2 and i.accepted_at is null and i.expires_at > now()"
        " and m.joined_at is null and a.disabled_at is null",
        tenant_id,
        invitation_id,
    )
    return OpenInvitation(*row) if row else None


async def set_link(conn: Connection, tenant_id: UUID, invitation_id: UUID, token_hash: bytes) -> bool:
    """Store an invitation's link in place of the former one; return False if the invitation is not open any more."""
    done = await conn.execute(
        "update auth.invitation set token_hash = $3 where tenant_id = $1 and invitation_id = $2"
        " and accepted_at is null and expires_at > now()",
        tenant_id,
        invitation_id,
        token_hash,
    )
    return done.endswith("1")


async def find_link(conn: Connection, token_hash: bytes) -> Invited | None:
    """Return the invitation of a link's token if it still works. Needs the look-up `invitation` of that token."""
    row = await conn.fetchrow(
        "select tenant_id, invitation_id, account_id from auth.invitation"
        " where token_hash = $1 and accepted_at is null and expires_at > now()",
        token_hash,
    )
    return Invited(*row) if row else None


async def use_link(conn: Connection, invited: Invited, token_hash: bytes) -> bool:
    """Accept an invitation by its link and return whether it worked; of concurrent attempts, one succeeds."""
    done = await conn.execute(
        "update auth.invitation set accepted_at = now(), token_hash = null where tenant_id = $1"
        " and invitation_id = $2 and token_hash = $3 and accepted_at is null and expires_at > now()",
        invited.tenant_id,
        invited.invitation_id,
        token_hash,
    )
    return done.endswith("1")


async def open_invitations_by(conn: Connection, tenant_id: UUID, account_id: UUID) -> list[MadeInvitation]:
    """Return the open invitations that a member has sent or taken over, oldest first."""
    rows = await conn.fetch(
        "select i.invitation_id, i.account_id, coalesce(m.invited_email, a.email)"
        " from auth.invitation i join auth.membership m using (tenant_id, account_id)"
        " join auth.account a using (account_id) where i.tenant_id = $1 and i.invited_by = $2"
        " and i.accepted_at is null and i.expires_at > now() order by i.created_at, i.invitation_id",
        tenant_id,
        account_id,
    )
    return [MadeInvitation(*row) for row in rows]


async def end_invitations(conn: Connection, tenant_id: UUID, invitation_ids: Collection[UUID]) -> None:
    """End open invitations, so that their links do not work any more."""
    await conn.execute(
        "update auth.invitation set token_hash = null, expires_at = least(expires_at, now())"
        " where tenant_id = $1 and invitation_id = any($2) and accepted_at is null",
        tenant_id,
        invitation_ids,
    )


async def set_inviter(conn: Connection, tenant_id: UUID, account_id: UUID, invited_by: UUID) -> None:
    """Make a member the inviter of another member's open invitation."""
    await conn.execute(
        "update auth.invitation set invited_by = $3 where tenant_id = $1 and account_id = $2"
        " and accepted_at is null and expires_at > now()",
        tenant_id,
        account_id,
        invited_by,
    )
