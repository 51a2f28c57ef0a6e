"""Links in mails of an account, by the hash of each token.

A link is made and works only while the account has the address it had when the link was asked for, and while the
session stands that asked for it: whoever has left a mailbox, or was signed out, holds no way back in.
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
# Of the values of `add_link`: the mailbox has been sent fewer than its share, by whomever.
_HAS_ROOM = (
    "(select count(*) < $11 and count(*) filter (where created_at > now() - interval '1 hour') < $10"
    " from auth.mailed_link where mailbox = $7 and created_at > now() - interval '1 day')"
)
# Likewise: it is the account's own, as its owner has proved, and no link for the same works. Accounts that
# somebody merely invited are not proved: as many could be made as there are tags.
_HOLDS_NONE = (
    "(a.email = $6 and a.email_verified_at is not null and not exists (select 1 from auth.mailed_link"
    " where account_id = $2 and purpose = $5 and email = $6 and used_at is null and expires_at > now()))"
)


class Asked(NamedTuple):
    """Who asked for a link: an account as it was then, and its session, where one did."""

    account_id: UUID
    account_email: str
    session_id: UUID | None = None


class Sent(NamedTuple):
    """What a mail carries a link for, to which address and so to which mailbox, by which job, and how long it works."""

    purpose: str
    email: str
    mailbox: str
    job_id: UUID
    lifetime: timedelta


class Link(NamedTuple):
    """Whose link it is, the address it was sent to, and the account's present one."""

    account_id: UUID
    email: str
    account_email: str

    @property
    def moves(self) -> bool:
        """Whether it would give the account another address."""
        return self.email != self.account_email


async def add_link(
    conn: Connection, token_hash: bytes, asked: Asked, sent: Sent, most_an_hour: int, most_a_day: int
) -> bool:
    """Keep a link that is about to be mailed, in place of one that the same job made before.

    Past `most_an_hour` and `most_a_day` to one mailbox, the account that has proved to read it gets a link where none
    of its own works: strangers who ask for it use up nothing that it needs.

    Returns:
        False where it is not meant any more, or the mailbox has been sent enough: then none is kept.
    """
    # Jobs of one account wait here for who moves it or sets its password, so that what they end is not made anew
    # behind them.
    await conn.execute("select 1 from auth.account where account_id = $1 for no key update", asked.account_id)
    # Those of one mailbox wait for each other, so that none counts too few: several accounts may share it by +tags.
    await conn.execute("select pg_advisory_xact_lock(hashtextextended('auth.mailed_link ' || $1, 0))", sent.mailbox)
    await conn.execute(
        "delete from auth.mailed_link where account_id = $1 and job_id = $2", asked.account_id, sent.job_id
    )
    done = await conn.execute(
        "insert into auth.mailed_link"  # noqa: S608 -- a constant
        " (token_hash, account_id, account_email, session_id, purpose, email, mailbox, job_id, expires_at)"
        " select $1, l.account_id, l.account_email, l.session_id, $5, $6, $7, $8, now() + $9::interval"
        " from (values ($2::uuid, $3::text, $4::uuid)) l (account_id, account_email, session_id)"
        f" join auth.account a using (account_id) where {_STILL_MEANT} and ({_HAS_ROOM} or {_HOLDS_NONE})",
        token_hash,
        *asked,
        *sent,
        most_an_hour,
        most_a_day,
    )
    return done.endswith("1")


async def find_link(conn: Connection, token_hash: bytes, purpose: str) -> Link | None:
    """The link of a token, if it still works for this."""
    row = await conn.fetchrow(
        "select l.account_id, l.email, l.account_email"  # noqa: S608 -- a constant
        " from auth.mailed_link l join auth.account a using (account_id)"
        f" where token_hash = $1 and purpose = $2 and used_at is null and l.expires_at > now() and {_STILL_MEANT}",
        token_hash,
        purpose,
    )
    return Link(*row) if row else None


async def use_link(conn: Connection, token_hash: bytes, purpose: str) -> Link | None:
    """Use a link up; of any number who try at once, one gets it.

    The account's other links for the same end with it: who has just chosen a password wants no older link to work.
    """
    # The account first, as everywhere: who signs in, mails a link or uses another at this moment waits or has ended.
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
    """Let no link of an account for this work any more."""
    await conn.execute(
        "update auth.mailed_link set used_at = now() where account_id = $1 and purpose = $2 and used_at is null",
        account_id,
        purpose,
    )
