"""Store the links in an account's mails, by the hash of each token.

A link is created, and works, only while the account has the address that it had when the link was requested, and while
the requesting session is active. So nobody gets back in who has given up a mailbox or was signed out.
"""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from common.db import Connection

# `l` is the link, `a` its account.
_STILL_MEANT = (
    "a.disabled_at is null and a.email = l.account_email and (l.session_id is null or exists ("
    "select 1 from auth.session s where s.session_id = l.session_id and s.account_id = l.account_id"
    " and s.revoked_at is null and s.expires_at > now()))"
)
# A condition on the values of `add_link`: the mailbox was sent fewer links than its limits, whoever requested them.
_HAS_ROOM = (
    "(select count(*) < $11 and count(*) filter (where created_at > now() - interval '1 hour') < $10"
    " from auth.mailed_link where mailbox = $7 and created_at > now() - interval '1 day')"
)
# Likewise: the mailbox is the verified one of the account, which has no working link for this purpose. Accounts that
# were merely invited are not verified, as anybody could create one for each +tag of a mailbox.
_HOLDS_NONE = (
    "(a.email = $6 and a.email_verified_at is not null and not exists (select 1 from auth.mailed_link"
    " where account_id = $2 and purpose = $5 and email = $6 and used_at is null and expires_at > now()))"
)


class LinkRequest(NamedTuple):
    """Who requested a link: an account as it was then, and its session if it was signed in."""

    account_id: UUID
    account_email: str
    session_id: UUID | None = None


class LinkMail(NamedTuple):
    """The mail of a link: the link's purpose and lifetime, the mail's address and mailbox, and its job."""

    purpose: str
    email: str
    mailbox: str
    job_id: UUID
    lifetime: timedelta


class Link(NamedTuple):
    """A link's account, the address it was sent to, and the account's present address."""

    account_id: UUID
    email: str
    account_email: str

    @property
    def moves(self) -> bool:
        """Return whether the link would give the account another address."""
        return self.email != self.account_email


async def add_link(
    conn: Connection, token_hash: bytes, request: LinkRequest, mail: LinkMail, most_an_hour: int, most_a_day: int
) -> bool:
    """Store a link that is about to be mailed, in place of one that the same job created before.

    Beyond `most_an_hour` or `most_a_day` links to a mailbox, the account that has verified it still gets a link if it
    has none that works, so that requests by strangers cannot block the owner.

    Returns:
        False if the link is not valid any more, or the mailbox has reached its limits; then nothing is stored.
    """
    # Wait for transactions that change the account's address or password, so that a link that they end is not created
    # again after them.
    await conn.execute("select 1 from auth.account where account_id = $1 for no key update", request.account_id)
    # Jobs for one mailbox wait for each other, so that each counts the links of the others. Several accounts may share
    # a mailbox by +tags.
    await conn.execute("select pg_advisory_xact_lock(hashtextextended('auth.mailed_link ' || $1, 0))", mail.mailbox)
    await conn.execute(
        "delete from auth.mailed_link where account_id = $1 and job_id = $2", request.account_id, mail.job_id
    )
    done = await conn.execute(
        "insert into auth.mailed_link"  # noqa: S608 -- a constant
        " (token_hash, account_id, account_email, session_id, purpose, email, mailbox, job_id, expires_at)"
        " select $1, l.account_id, l.account_email, l.session_id, $5, $6, $7, $8, now() + $9::interval"
        " from (values ($2::uuid, $3::text, $4::uuid)) l (account_id, account_email, session_id)"
        f" join auth.account a using (account_id) where {_STILL_MEANT} and ({_HAS_ROOM} or {_HOLDS_NONE})",
        token_hash,
        *request,
        *mail,
        most_an_hour,
        most_a_day,
    )
    return done.endswith("1")


async def find_link(conn: Connection, token_hash: bytes, purpose: str) -> Link | None:
    """Return the link of a token if it still works for this purpose."""
    row = await conn.fetchrow(
        "select l.account_id, l.email, l.account_email"  # noqa: S608 -- a constant
        " from auth.mailed_link l join auth.account a using (account_id)"
        f" where token_hash = $1 and purpose = $2 and used_at is null and l.expires_at > now() and {_STILL_MEANT}",
        token_hash,
        purpose,
    )
    return Link(*row) if row else None


async def use_link(conn: Connection, token_hash: bytes, purpose: str) -> Link | None:
    """Mark a link as used and return it; of concurrent attempts, one succeeds.

    The account's other links for the same purpose end with it, as somebody who has just chosen a password does not want
    an older link to work.
    """
    # Lock the account first, as everywhere: concurrent sign-ins, mails and uses of other links wait or are over.
    await conn.execute(
        "select 1 from auth.account where account_id = (select account_id from auth.mailed_link where token_hash = $1)"
        " for no key update",
        token_hash,
    )
    row = await conn.fetchrow(
        "update auth.mailed_link l set used_at = now() from auth.account a"  # noqa: S608 -- a constant
        " where token_hash = $1 and purpose = $2 and used_at is null and l.expires_at > now()"
        f" and a.account_id = l.account_id and {_STILL_MEANT} returning l.account_id, l.email, l.account_email",
        token_hash,
        purpose,
    )
    if row is None:
        return None
    await end_links(conn, row["account_id"], purpose)
    return Link(*row)


async def end_links(conn: Connection, account_id: UUID, purpose: str) -> None:
    """End all links of an account for this purpose."""
    await conn.execute(
        "update auth.mailed_link set used_at = now() where account_id = $1 and purpose = $2 and used_at is null",
        account_id,
        purpose,
    )
