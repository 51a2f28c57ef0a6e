"""Send one mail of the auth service, within a job."""

from collections.abc import Awaitable, Callable

from loguru import logger

from common.clock import now
from common.jobs import JobContext, JobFailed
from common.logging import request_id_var
from common.mail.compose import Letterhead, RenderedMail, compose_message, message_id
from common.mail.outcome import Outcome
from common.mail.route import default_route
from services.auth_service.errors.own_account import MailDeferred

# The folder for this service's mails if no mail server is configured.
OWNER = "auth"


async def nothing_to_write_down() -> bool:
    """The `write_down` of a mail that needs nothing stored."""
    return True


async def send_mail(
    job: JobContext,
    name: str,
    to_address: str,
    mail: RenderedMail,
    write_down: Callable[[], Awaitable[bool]] = nothing_to_write_down,
) -> None:
    """Send a mail through the server of `DEFAULT_SMTP_…`, or write it as a file into the home if none is configured.

    `write_down` is awaited after the mail server has accepted the recipient and before the mail is sent, so that what
    it commits, such as a link's hash, exists before anybody can follow the link. If it returns False, nothing is sent.
    If the connection is lost before the server's answer, the mail may have been sent, and is not sent again.

    Raises:
        ServerAway, MailDeferred: temporary; the job tries again, and `write_down` replaces what it wrote.
        JobFailed: the address will never be accepted.
    """
    settings = job.service.settings
    route = default_route(settings, OWNER)
    written_at = now()
    # Every attempt is a different mail with a different link, which mail programs must not take for a duplicate.
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
    _handle_outcome(name, outcome)


def _handle_outcome(name: str, outcome: Outcome | None) -> None:
    if outcome is None:
        logger.info("not sent: mail {}", name)
        return
    # The outcome comes first, since the log masks what follows "password:" in a line as a secret.
    where = f" ({outcome.detail})" if outcome.verdict == "written" else ""
    logger.info("{}: mail {}{}", outcome.verdict, name, where)
    if outcome.verdict == "deferred":
        raise MailDeferred(outcome.detail)
    if outcome.verdict == "refused":
        raise JobFailed(outcome.detail)
