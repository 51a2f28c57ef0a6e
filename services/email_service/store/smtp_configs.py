"""Read and store the tenant's own mail server; its password is stored sealed."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class SmtpConfig(NamedTuple):
    """A row of `email.smtp_config`."""

    server: str
    port: int
    from_address: str
    username: str
    password_sealed: str | None
    use_tls: bool
    updated_at: datetime | None = None


async def get_smtp_config(connection: Connection, tenant_id: UUID) -> SmtpConfig | None:
    """Return the tenant's own server, or None."""
    row = await connection.fetchrow(
        "select server, port, from_address, username, password_sealed, use_tls, updated_at"
        " from email.smtp_config where tenant_id = $1",
        tenant_id,
    )
    return SmtpConfig(*row) if row else None


async def put_smtp_config(connection: Connection, tenant_id: UUID, config: SmtpConfig, account_id: UUID) -> None:
    """Store the tenant's server in place of the former one."""
    await connection.execute(
        "insert into email.smtp_config"
        " (tenant_id, server, port, from_address, username, password_sealed, use_tls, updated_by, updated_at)"
        " select $1, $2, $3, $4, $5, $6, $7, $8, now()"
        " on conflict (tenant_id) do update set server = excluded.server, port = excluded.port,"
        " from_address = excluded.from_address, username = excluded.username, use_tls = excluded.use_tls,"
        " password_sealed = excluded.password_sealed,"
        " updated_by = excluded.updated_by, updated_at = excluded.updated_at",
        tenant_id,
        config.server,
        config.port,
        config.from_address,
        config.username,
        config.password_sealed,
        config.use_tls,
        account_id,
    )
