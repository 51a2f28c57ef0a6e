"""Sending one mail of the auth service, within a job."""

from collections.abc import Awaitable, Callable

from loguru import logger

from common.clock import now
from common.jobs import JobContext, JobFailed
from common.logging import request_id_var
from common.mail.compose import Letterhead, RenderedMail, compose_message, message_id
from common.mail.outcome import Outcome
from common.mail.route import default_route
from services.auth_service.errors.own_account import MailDeferred

# The folder of this service's mails, where no mail server is configured.
OWNER = "auth"


async def nothing_to_write_down() -> bool:
    """For a mail that leaves no trace."""
    return True


async def send_mail(
    job: JobContext,
    name: str,
    to_address: str,
    mail: RenderedMail,
    write_down: Callable[[], Awaitable[bool]] = nothing_to_write_down,
) -> None:
    """Send a mail through `DEFAULT_SMTP_…`, else as a file into the home.

    `write_down` is awaited when the mail server has taken the recipient and before the mail leaves: what it commits
    (a link's hash) is there before anybody can follow the link. Where it says no, nothing leaves. A connection that
    is lost before the server's answer is not tried again: the mail may have gone out.

    Raises:
        ServerAway, MailDeferred: not now; the job tries again, and replaces what `write_down` wrote.
        JobFailed: this address will never be taken.
    """
    settings = job.service.settings
    route = default_route(settings, OWNER)
    written_at = now()
    # Another attempt is another mail, with another link: no mail program may take it for the first one.
    identity = f"{name} {job.job_id} {job.attempt}"
    letterhead = Letterhead(
        from_address=route.from_address,
        to_name="",
        to_address=to_address,
        message_id=message_id(identity, route.from_address),
        written_at=written_at,
        request_id=request_id_var.get(),
    )
    try:
        message = compose_message(f"{written_at:%Y-%m-%d}_{name}_{job.job_id}_{job.attempt}", letterhead, mail)
    except ValueError as error:
        text = "not an address that mail can go to"
        raise JobFailed(text) from error
    carrier = route.carrier()
    try:
        outcome = await carrier.send(message, write_down)
    finally:
        await carrier.close()
    _judge(name, outcome)


def _judge(name: str, outcome: Outcome | None) -> None:
    if outcome is None:
        logger.info("not sent: mail {}", name)
        return
    # The outcome first: what follows "password:" in a line is taken for a secret.
    where = f" ({outcome.detail})" if outcome.verdict == "written" else ""
    logger.info("{}: mail {}{}", outcome.verdict, name, where)
    if outcome.verdict == "deferred":
        raise MailDeferred(outcome.detail)
    if outcome.verdict == "refused":
        raise JobFailed(outcome.detail)
