"""Delete the expired rows of sign-ins."""

from datetime import timedelta

from common.db import Connection


async def delete_expired(conn: Connection, keep_for: timedelta) -> None:
    """Delete what has expired; used refresh tokens and ended sessions are kept for `keep_for` longer.

    Until then, a refresh token that is used again is recognized as stolen; afterwards it is merely unknown.
    """
    # Tokens of active sessions are deleted too, as a session would otherwise accumulate them for years.
    await conn.execute("delete from auth.refresh_token where used_at < now() - $1::interval", keep_for)
    await conn.execute("delete from auth.session where expires_at < now() - $1::interval", keep_for)
    await conn.execute("delete from auth.pending_sign_in where expires_at < now()")
    # Links are kept a day after they expire, since the links to a mailbox in the last day are counted.
    await conn.execute("delete from auth.mailed_link where expires_at < now() - interval '1 day'")


async def delete_ended_mail_jobs(conn: Connection) -> None:
    """Delete the mail jobs that ended over a day ago, as selected by the policy of the look-up `housekeeping`."""
    await conn.execute("delete from auth.job")


async def forget_answers(conn: Connection, older_than: timedelta) -> None:
    """Delete the sealed token pairs that are too old to be returned again."""
    await conn.execute(
        "update auth.refresh_token set sealed_answer = null"
        " where sealed_answer is not null and used_at < now() - $1::interval",
        older_than,
    )
