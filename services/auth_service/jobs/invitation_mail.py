"""The job that mails an invitation. Its parameters hold an id; the token is created as it runs."""

from uuid import UUID

from loguru import logger

from common.jobs import JobContext, JobKind
from services.auth_service.domain import account_mails
from services.auth_service.domain.account_mail_kinds import MAIL_INVITATION
from services.auth_service.domain.invitation_limits import InvitationLimits
from services.auth_service.domain.invitation_power import invitation_that_holds
from services.auth_service.domain.mailed_links import INVITATION, link_of
from services.auth_service.domain.random_token import hash_of_token, new_token
from services.auth_service.domain.send_mail import send_mail
from services.auth_service.sign_in_guard import guard_of
from services.auth_service.store import invitations


async def mail_invitation(job: JobContext) -> None:
    """Mail the link of an invitation. Params: `{invitation_id}`.

    Does nothing if it was accepted, replaced or withdrawn meanwhile, or if its creator may no longer invite.
    """
    invitation_id = UUID(job.params["invitation_id"])
    db = job.service.db
    async with db.tenant(job.tenant_id, readonly=True) as conn:
        said = await invitation_that_holds(conn, job.tenant_id, invitation_id)
    if said is None:
        return
    if job.attempt == 1 and not await InvitationLimits(guard_of(job.service).storage).may_mail(said.email):
        logger.warning("invitation {}: its mailbox has been sent enough for a day, held back", invitation_id)
        return
    token = new_token()

    async def keep_link() -> bool:
        async with db.tenant(job.tenant_id) as conn:
            return await invitations.set_link(conn, job.tenant_id, invitation_id, hash_of_token(token))

    mail = account_mails.invitation(
        said.email,
        link_of(job.service.settings, INVITATION, token),
        said.tenant,
        said.invited_by,
        said.role,
        INVITATION.lifetime.days,
    )
    await send_mail(job, "invitation", said.email, mail, keep_link)


INVITATION_MAIL = JobKind(MAIL_INVITATION, mail_invitation)
