"""Check a mail server without sending a message."""

from common.mail.outcome import ServerAway
from common.mail.server import MailServer, ServerAddress

CHECK_SECONDS = 10


async def check_mail_server(address: ServerAddress) -> tuple[bool, str]:
    """Return whether the server can be reached and accepts login and sender, with its answer or the error."""
    server = MailServer(address, CHECK_SECONDS)
    try:
        return True, await server.check()
    except ServerAway as away:
        return False, str(away)
    finally:
        await server.close()
