"""Deleting expired rows of sign-in."""

from datetime import timedelta

from common.db import Connection


async def delete_what_is_past_its_age(conn: Connection, kept: timedelta) -> None:
    """Delete used refresh tokens and sessions `kept` after their use and end, and what else has expired.

    Until then a reused (stolen) refresh token is recognised; afterwards it is merely unknown.
    """
    # By age of use alone: those of a session that goes on are deleted too, or it would gather them for years.
    await conn.execute("delete from auth.refresh_token where used_at < now() - $1::interval", kept)
    await conn.execute("delete from auth.session where expires_at < now() - $1::interval", kept)
    await conn.execute("delete from auth.pending_sign_in where expires_at < now()")
    # A day longer than they work: for who counts how many a mailbox was sent.
    await conn.execute("delete from auth.mailed_link where expires_at < now() - interval '1 day'")


async def delete_ended_mail_jobs(conn: Connection) -> None:
    """Delete the jobs of no tenant that ended a day ago. Needs the look-up `housekeeping`, whose policy says which."""
    await conn.execute("delete from auth.job")


async def forget_answers(conn: Connection, older_than: timedelta) -> None:
    """Forget the sealed pairs that would not be answered again."""
    await conn.execute(
        "update auth.refresh_token set sealed_answer = null"
        " where sealed_answer is not null and used_at < now() - $1::interval",
        older_than,
    )
