"""Links in mails of an account, by the hash of each token."""

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class Link(NamedTuple):
    """Whose link it is, and the address it was sent to."""

    account_id: UUID
    email: str


async def add_link(
    conn: Connection,
    token_hash: bytes,
    account_id: UUID,
    purpose: str,
    email: str,
    job_id: UUID,
    lifetime: timedelta,
    most_an_hour: int,
) -> bool:
    """Keep a link that is about to be mailed, in place of one that the same job made before.

    Returns:
        False where the mailbox has been sent `most_an_hour` links within the hour: then none is kept.
    """
    # Jobs of one account wait for each other here, so that none counts too few.
    await conn.execute("select 1 from auth.account where account_id = $1 for no key update", account_id)
    await conn.execute("delete from auth.mailed_link where account_id = $1 and job_id = $2", account_id, job_id)
    done = await conn.execute(
        "insert into auth.mailed_link (token_hash, account_id, purpose, email, job_id, expires_at)"
        " select $1, $2, $3, $4, $5, now() + $6::interval"
        " where $7 > (select count(*) from auth.mailed_link"
        " where account_id = $2 and email = $4 and created_at > now() - interval '1 hour')",
        token_hash,
        account_id,
        purpose,
        email,
        job_id,
        lifetime,
        most_an_hour,
    )
    return done.endswith("1")


async def find_link(conn: Connection, token_hash: bytes, purpose: str) -> Link | None:
    """The link of a token, if it still works for this."""
    row = await conn.fetchrow(
        "select account_id, l.email from auth.mailed_link l join auth.account using (account_id)"
        " where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now() and disabled_at is null",
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
        "update auth.mailed_link l set used_at = now() from auth.account a"
        " where token_hash = $1 and purpose = $2 and used_at is null and expires_at > now()"
        " and a.account_id = l.account_id and disabled_at is null returning l.account_id, l.email",
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
