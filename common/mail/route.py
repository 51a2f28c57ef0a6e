"""Which way mail goes: a mail server, or files where none is configured."""

from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

from common.mail.folder import MailFolder
from common.mail.message import Message
from common.mail.outcome import Outcome
from common.mail.server import MailServer, ServerAddress
from common.settings import Settings


class Carrier(Protocol):
    """One way out; each worker of a job has its own."""

    async def send(self, message: Message, before_data: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Hand a message over, having awaited `before_data`; None where that said no."""
        ...

    async def close(self) -> None:
        """End it."""
        ...


class MailRoute:
    """The way for the mail of `owner` (a tenant, or a service); `address` is None where messages become files."""

    def __init__(self, settings: Settings, owner: object, address: ServerAddress | None) -> None:
        self.address = address
        self.from_address = address.from_address if address else settings.default_from_email
        self.folder = MailFolder(settings.home, owner)

    @property
    def name(self) -> Literal["smtp", "file"]:
        """How who keeps a record of mails remembers it."""
        return "smtp" if self.address else "file"

    def carrier(self) -> Carrier:
        """A connection of its own, opened when first needed."""
        return MailServer(self.address) if self.address else self.folder


def default_route(settings: Settings, owner: object) -> MailRoute:
    """`DEFAULT_SMTP_…`, else files."""
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
