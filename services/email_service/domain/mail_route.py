"""Which way a tenant's mail goes: its own server, the installation's, or files where there is neither."""

from collections.abc import Awaitable, Callable
from typing import Protocol
from uuid import UUID

from common.db import Connection
from common.sealing import unseal
from common.settings import Settings
from services.email_service.sources.mail_folder import MailFolder
from services.email_service.sources.mail_server import MailServer, ServerAddress
from services.email_service.sources.message import Message
from services.email_service.sources.outcome import Outcome
from services.email_service.store.deliveries import Route
from services.email_service.store.smtp_configs import get_smtp_config


class Carrier(Protocol):
    """One way out; each worker of a job has its own."""

    async def send(self, message: Message, before_data: Callable[[], Awaitable[bool]]) -> Outcome | None:
        """Hand a message over, having awaited `before_data`; None where that said no."""
        ...

    async def close(self) -> None:
        """End it."""
        ...


class MailRoute:
    """A tenant's way for mail; `address` is None where messages become files."""

    def __init__(self, settings: Settings, tenant_id: UUID, address: ServerAddress | None) -> None:
        self.address = address
        self.from_address = address.from_address if address else settings.default_from_email
        self.folder = MailFolder(settings.home, tenant_id)

    @property
    def name(self) -> Route:
        """How deliveries remember it."""
        return "smtp" if self.address else "file"

    def carrier(self) -> Carrier:
        """A connection of its own, opened when first needed."""
        return MailServer(self.address) if self.address else self.folder


def seal_context(tenant_id: UUID) -> str:
    """The place a sealed SMTP password belongs to."""
    return f"email.smtp_config/{tenant_id}"


async def mail_route(connection: Connection, settings: Settings, tenant_id: UUID) -> MailRoute:
    """The tenant's own server where it has one, else `DEFAULT_SMTP_…`, else files.

    Raises:
        SealBroken: the stored password was sealed with another key.
    """
    own = await get_smtp_config(connection, tenant_id)
    if own is not None:
        sealed = own.password_sealed
        password = unseal(settings, sealed, seal_context(tenant_id)) if sealed else ""
        # A tenant's admin is not to look around in the network of an installation that serves others too.
        public_only = settings.environment == "production"
        address = ServerAddress(
            own.server, own.port, own.from_address, own.username, password, own.use_tls, public_only
        )
        return MailRoute(settings, tenant_id, address)
    if not settings.default_smtp_server:
        return MailRoute(settings, tenant_id, None)
    address = ServerAddress(
        settings.default_smtp_server,
        settings.default_smtp_port,
        settings.default_from_email,
        settings.default_smtp_username,
        settings.default_smtp_password.get_secret_value(),
        settings.default_use_tls,
    )
    return MailRoute(settings, tenant_id, address)
