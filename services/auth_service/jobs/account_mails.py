"""The jobs that send an account's mails. Their parameters hold ids and addresses; tokens are made as they run."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from common.jobs import JobContext, JobKind
from common.mail.compose import RenderedMail
from services.auth_service.domain import account_mails
from services.auth_service.domain.account_mail_kinds import (
    MAIL_EMAIL_CHANGED,
    MAIL_PASSWORD_CHANGED,
    MAIL_RESET_PASSWORD,
    MAIL_VERIFY_EMAIL,
    MOST_LINKS_AN_HOUR,
)
from services.auth_service.domain.mailed_links import (
    RESET_PASSWORD,
    VERIFY_EMAIL,
    Purpose,
    link_of,
    new_token,
    token_hash,
)
from services.auth_service.domain.send_mail import send_mail
from services.auth_service.store import credentials, mailed_links


async def mail_reset_password(job: JobContext) -> None:
    """`{email}`: mail a link to its account; without one there is nothing to do."""
    email = str(job.params["email"])
    async with job.service.db.pool.acquire() as conn:
        account_id = await credentials.reachable_account(conn, email)
    if account_id is not None:
        await _mail_link(job, account_id, email, RESET_PASSWORD, account_mails.reset_password)


async def mail_verify_email(job: JobContext) -> None:
    """`{account_id, email}`: mail a link to an address that is, or is to become, the account's."""
    account_id, email = UUID(job.params["account_id"]), str(job.params["email"])
    async with job.service.db.pool.acquire() as conn:
        owner = await credentials.owner_of(conn, email)
    # Another's address: its owner learns nothing of who else would like it, and who asked learns nothing of them.
    if owner in (None, account_id):
        await _mail_link(job, account_id, email, VERIFY_EMAIL, account_mails.verify_email)


async def mail_password_changed(job: JobContext) -> None:
    """`{email, at}`."""
    email, at = str(job.params["email"]), datetime.fromisoformat(job.params["at"])
    await send_mail(job, "password_changed", email, account_mails.password_changed(email, at))


async def mail_email_changed(job: JobContext) -> None:
    """`{email, new_email, at}`: to the address that was the account's."""
    email, at = str(job.params["email"]), datetime.fromisoformat(job.params["at"])
    await send_mail(job, "email_changed", email, account_mails.email_changed(email, job.params["new_email"], at))


async def _mail_link(
    job: JobContext, account_id: UUID, email: str, purpose: Purpose, render: Callable[[str, str], RenderedMail]
) -> None:
    token = new_token()

    async def keep_link() -> bool:
        async with job.service.db.pool.acquire() as conn, conn.transaction():
            return await mailed_links.add_link(
                conn,
                token_hash(token),
                account_id,
                purpose.name,
                email,
                job.job_id,
                purpose.lifetime,
                MOST_LINKS_AN_HOUR,
            )

    mail = render(email, link_of(job.service.settings, purpose, token))
    await send_mail(job, render.__name__, email, mail, keep_link)


ACCOUNT_MAILS = (
    JobKind(MAIL_RESET_PASSWORD, mail_reset_password),
    JobKind(MAIL_VERIFY_EMAIL, mail_verify_email),
    JobKind(MAIL_PASSWORD_CHANGED, mail_password_changed),
    JobKind(MAIL_EMAIL_CHANGED, mail_email_changed),
)
