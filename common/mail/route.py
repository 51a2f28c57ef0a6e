"""Select how mail is sent: by a mail server, or as files if none is configured."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from common.mail.folder import MailFolder
from common.mail.message import Message
from common.mail.outcome import Outcome
from common.mail.server import MailServer, ServerAddress
from common.settings import Settings


class Carrier(Protocol):
    """A connection that sends messages. Each worker of a job has its own."""

    async def send(self, message: Message, before_data: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Send a message after awaiting `before_data`. Returns None, without sending, if that returned False."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


class MailRoute:
    """The route of mail of `owner`, a tenant or a service. `address` is None if messages are written to files."""

    def __init__(self, settings: Settings, owner: object, address: ServerAddress | None) -> None:
        self.address = address
        self.from_address = address.from_address if address else settings.default_from_email
        self.folder = MailFolder(settings.home, owner)

    @property
    def name(self) -> Literal["smtp", "file"]:
        """The name of the route in the records of mails."""
        return "smtp" if self.address else "file"

    def carrier(self) -> Carrier:
        """Return a new carrier, which connects at its first use."""
        return MailServer(self.address) if self.address else self.folder


def default_route(settings: Settings, owner: object) -> MailRoute:
    """Return the route through the server of `DEFAULT_SMTP_…`, or to files if none is configured."""
    if not settings.default_smtp_server:
        return MailRoute(settings, owner, None)
    address = ServerAddress(
        settings.default_smtp_server,
        settings.default_smtp_port,
        settings.default_from_email,
        settings.default_smtp_username,
        settings.default_smtp_password.get_secret_value(),
        settings.default_use_tls,
    )
    return MailRoute(settings, owner, address)
