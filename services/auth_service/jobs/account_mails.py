"""The jobs that send an account's mails. Their parameters hold ids and addresses; tokens are created as they run."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.jobs import JobContext, JobKind
from common.mail.compose import RenderedMail
from services.auth_service.domain import account_mails
from services.auth_service.domain.account_mail_kinds import (
    MAIL_EMAIL_CHANGED,
    MAIL_PASSWORD_CHANGED,
    MAIL_RESET_PASSWORD,
    MAIL_VERIFY_EMAIL,
    MOST_LINKS_A_DAY,
    MOST_LINKS_AN_HOUR,
)
from services.auth_service.domain.email_address import mailbox_of
from services.auth_service.domain.mailed_links import (
    RESET_PASSWORD,
    VERIFY_EMAIL,
    Purpose,
    link_of,
)
from services.auth_service.domain.random_token import hash_of_token, new_token
from services.auth_service.domain.send_mail import send_mail
from services.auth_service.domain.still_works import what_still_works
from services.auth_service.store import credentials, mailed_links
from services.auth_service.store.mailed_links import LinkMail, LinkRequest


class MailedLink(NamedTuple):
    """A link to mail, and the mail's name."""

    mail: str
    purpose: Purpose
    token: str
    email: str


async def mail_reset_password(job: JobContext) -> None:
    """Mail a link to set a new password to the account of an address, if it has one.

    Params: `{email}`.
    """
    email = str(job.params["email"])
    async with job.service.db.connection() as conn:
        account_id = await credentials.reachable_account(conn, email)
    if account_id is not None:
        token = new_token()
        mail = account_mails.reset_password(email, link_of(job.service.settings, RESET_PASSWORD, token))
        await _mail_link(
            job, MailedLink("reset_password", RESET_PASSWORD, token, email), LinkRequest(account_id, email), mail
        )


async def mail_verify_email(job: JobContext) -> None:
    """Mail a link that confirms an account's address, current or new.

    Params: `{account_id, account_email, session_id, email}`. All but `email` describe the requester at the time of the
    request, and must still be valid.
    """
    params = job.params
    email, account_email = str(params["email"]), str(params["account_email"])
    request = LinkRequest(UUID(params["account_id"]), account_email, UUID(params["session_id"]))
    async with job.service.db.connection() as conn:
        owner = await credentials.owner_of(conn, email)
    # Nothing is sent to another account's address, so that its owner and the requester do not learn of each other.
    if owner not in (None, request.account_id):
        return
    token = new_token()
    address = link_of(job.service.settings, VERIFY_EMAIL, token)
    if email == account_email:
        name, mail = "verify_email", account_mails.verify_email(email, address)
    else:
        name, mail = "move_account", account_mails.move_account(email, address, account_email)
    await _mail_link(job, MailedLink(name, VERIFY_EMAIL, token, email), request, mail)


async def mail_password_changed(job: JobContext) -> None:
    """Mail that the password was changed, with the API keys and invitations of the account that still work.

    Params: `{account_id, email, at}`.
    """
    email, at = str(job.params["email"]), datetime.fromisoformat(job.params["at"])
    account_id = UUID(job.params["account_id"])
    async with job.service.db.lookup("own_memberships", account_id=account_id) as conn:
        still_works = await what_still_works(conn, account_id)
    await send_mail(job, "password_changed", email, account_mails.password_changed(email, at, still_works))


async def mail_email_changed(job: JobContext) -> None:
    """Mail to an account's former address that the address was changed.

    Params: `{email, new_email, at, providers}`.
    """
    params = job.params
    email, at = str(params["email"]), datetime.fromisoformat(params["at"])
    mail = account_mails.email_changed(email, params["new_email"], at, params["providers"])
    await send_mail(job, "email_changed", email, mail)


async def _mail_link(job: JobContext, link: MailedLink, request: LinkRequest, mail: RenderedMail) -> None:
    async def store_link() -> bool:
        async with job.service.db.connection() as conn, conn.transaction():
            return await mailed_links.add_link(
                conn,
                hash_of_token(link.token),
                request,
                LinkMail(link.purpose.name, link.email, mailbox_of(link.email), job.job_id, link.purpose.lifetime),
                MOST_LINKS_AN_HOUR,
                MOST_LINKS_A_DAY,
            )

    await send_mail(job, link.mail, link.email, mail, store_link)


ACCOUNT_MAILS = (
    JobKind(MAIL_RESET_PASSWORD, mail_reset_password),
    JobKind(MAIL_VERIFY_EMAIL, mail_verify_email),
    JobKind(MAIL_PASSWORD_CHANGED, mail_password_changed),
    JobKind(MAIL_EMAIL_CHANGED, mail_email_changed),
)
