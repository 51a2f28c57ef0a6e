"""Trying a mail server without sending anything."""

from services.email_service.sources.mail_server import MailServer, ServerAddress
from services.email_service.sources.outcome import ServerAway

CHECK_SECONDS = 10


async def check_mail_server(address: ServerAddress) -> tuple[bool, str]:
    """Whether it can be reached, lets us in and accepts the sender, and what it said."""
    server = MailServer(address, CHECK_SECONDS)
    try:
        return True, await server.check()
    except ServerAway as away:
        return False, str(away)
    finally:
        await server.close()
