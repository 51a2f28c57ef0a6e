"""Determine the route of a tenant's mail: its own server, the installation's, or files."""

from uuid import UUID

from common.db import Connection
from common.mail.route import MailRoute, default_route
from common.mail.server import ServerAddress
from common.outbound.guard import Guard
from common.sealed_columns import SMTP_PASSWORD
from common.sealing import unseal
from common.settings import Settings
from services.email_service.store.smtp_configs import get_smtp_config


async def mail_route(connection: Connection, settings: Settings, tenant_id: UUID) -> MailRoute:
    """Return the tenant's own server if it has one, or else `DEFAULT_SMTP_…`, or else files.

    Raises:
        SealBroken: the stored password was sealed with another key.
    """
    own = await get_smtp_config(connection, tenant_id)
    if own is None:
        return default_route(settings, tenant_id)
    sealed = own.password_sealed
    password = unseal(settings, sealed, SMTP_PASSWORD.place(tenant_id)) if sealed else ""
    # A tenant's admin must not be able to probe the network of a shared installation.
    guard = Guard(settings)
    address = ServerAddress(own.server, own.port, own.from_address, own.username, password, own.use_tls, guard)
    return MailRoute(settings, tenant_id, address)
