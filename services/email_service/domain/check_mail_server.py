"""Trying a mail server without sending anything."""

from common.mail.outcome import ServerAway
from common.mail.server import MailServer, ServerAddress

CHECK_SECONDS = 10


async def check_mail_server(address: ServerAddress) -> tuple[bool, str]:
    """Whether the server can be reached, accepts login and sender, and its answer."""
    server = MailServer(address, CHECK_SECONDS)
    try:
        return True, await server.check()
    except ServerAway as away:
        return False, str(away)
    finally:
        await server.close()
