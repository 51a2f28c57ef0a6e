"""The tenant's own mail server. Its password goes in and never comes out."""

from typing import Annotated

from fastapi import APIRouter, Depends

from common.auth.principal import Principal, require
from common.db import Connection
from common.http.context import Context, ServiceContext
from common.sealing import seal
from services.email_service.api.shapes import Config, ConfigTest, NewConfig
from services.email_service.domain.check_mail_server import check_mail_server
from services.email_service.domain.mail_route import mail_route, seal_context
from services.email_service.errors import MailServerNotConfigured
from services.email_service.store.smtp_configs import SmtpConfig, get_smtp_config, put_smtp_config

router = APIRouter(prefix="/analytics/email/config", tags=["mail server"])
Admin = Annotated[Principal, Depends(require("tenant:admin"))]


@router.get("", summary="The mail server in use")
async def get_config(caller: Admin, context: Context) -> Config:
    """The tenant's own server, else what stands in for it. The password is never returned."""
    async with context.db.tenant(caller.tenant_id, readonly=True) as conn:
        return await _shown(conn, context, caller)


@router.post("", summary="Set the tenant's mail server")
async def set_config(body: NewConfig, caller: Admin, context: Context) -> Config:
    """Replace the server. With `use_tls`, port 465 is TLS from the start and any other port must offer STARTTLS."""
    sealed = seal(context.settings, body.password, seal_context(caller.tenant_id)) if body.password else None
    config = SmtpConfig(body.server, body.port, body.from_address, body.username, sealed, body.use_tls)
    async with context.db.tenant(caller.tenant_id) as conn:
        await put_smtp_config(conn, caller.tenant_id, config, caller.account_id, keep_password=body.password is None)
        return await _shown(conn, context, caller)


@router.post("/test", summary="Try the mail server")
async def test_config(caller: Admin, context: Context) -> ConfigTest:
    """Connect, sign in and have the sender accepted; no message is sent."""
    async with context.db.tenant(caller.tenant_id, readonly=True) as conn:
        route = await mail_route(conn, context.settings, caller.tenant_id)
    if route.address is None:
        message = f"no mail server is configured: reports are written to {route.folder.path}"
        raise MailServerNotConfigured(message)
    ok, detail = await check_mail_server(route.address)
    return ConfigTest(ok=ok, detail=detail)


async def _shown(conn: Connection, context: ServiceContext, caller: Principal) -> Config:
    own = await get_smtp_config(conn, caller.tenant_id)
    if own is not None:
        return Config(
            source="tenant",
            server=own.server,
            port=own.port,
            from_address=own.from_address,
            username=own.username,
            use_tls=own.use_tls,
            has_password=own.password_sealed is not None,
            updated_at=own.updated_at,
        )
    # Whose server the installation uses, and as whom, is its operator's business.
    return Config(
        source="default" if context.settings.default_smtp_server else "none",
        server=None,
        port=None,
        from_address=context.settings.default_from_email,
        username=None,
        use_tls=None,
        has_password=False,
        updated_at=None,
    )
