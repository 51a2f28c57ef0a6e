"""Read, set and test the tenant's own mail server. Its password can be set, but is never returned."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from common import audit
from common.auth.principal import Principal
from common.db import Connection
from common.http.context import Context, ServiceContext
from common.http.require import require
from common.outbound.guard import Guard
from common.outbound.judge import refuse_host
from common.problem import FieldError
from common.sealed_columns import SMTP_PASSWORD
from common.sealing import seal
from services.email_service.api.shapes import Config, ConfigTest, NewConfig
from services.email_service.domain.check_mail_server import check_mail_server
from services.email_service.domain.mail_route import mail_route
from services.email_service.errors import MailServerIncomplete, MailServerNotConfigured, PasswordNeeded
from services.email_service.store.report_settings import get_hold_out_pct, put_hold_out_pct
from services.email_service.store.smtp_configs import SmtpConfig, get_smtp_config, put_smtp_config

router = APIRouter(prefix="/analytics/email/config", tags=["mail server"])
Admin = Annotated[Principal, Depends(require("tenant:admin"))]


@router.get("", summary="The mail server in use")
async def get_config(caller: Admin, context: Context) -> Config:
    """Get the tenant's own mail server, or what is used if it has none (`source`). The password is never returned."""
    async with context.db.of(caller, readonly=True) as conn:
        return await _shown(conn, context, caller)


@router.post("", summary="Set the tenant's mail server")
async def set_config(body: NewConfig, caller: Admin, context: Context) -> Config:
    """Replace the tenant's mail server, or set `hold_out_pct` alone, which leaves the server as it is.

    With `use_tls`, port 465 uses TLS from the start, and any other port must offer STARTTLS. Without `password`, the
    stored one is kept, but only for the same server, port and username, and not if TLS is turned off; otherwise send
    the password again. A server in the installation's own network is refused unless its operator allows it.
    """
    config = await _requested_server(context, caller, body)
    async with context.db.of(caller) as conn:
        if config is not None:
            await _set_server(conn, caller, body, config)
        if body.hold_out_pct is not None:
            await _set_hold_out(conn, caller, body.hold_out_pct)
        shown = await _shown(conn, context, caller)
    context.wake_relay()
    return shown


@router.post("/test", summary="Test the mail server")
async def test_config(caller: Admin, context: Context) -> ConfigTest:
    """Connect to the mail server, sign in, and check that it accepts the sender. No message is sent."""
    async with context.db.of(caller, readonly=True) as conn:
        route = await mail_route(conn, context.settings, caller.tenant_id)
    if route.address is None:
        message = (
            f"no mail server is configured: reports are written to {route.folder.shown} in the installation's home"
        )
        raise MailServerNotConfigured(message)
    ok, detail = await check_mail_server(route.address)
    return ConfigTest(ok=ok, detail=detail)


async def _requested_server(context: ServiceContext, caller: Principal, body: NewConfig) -> SmtpConfig | None:
    """Return the requested server, with a new password sealed; None if the body sets the hold-out alone."""
    if body.model_fields_set == {"hold_out_pct"} and body.hold_out_pct is not None:
        return None
    missing = [name for name in ("server", "from_address") if getattr(body, name) is None]
    if body.server is None or body.from_address is None:
        message = "a mail server needs its name and a sender"
        raise MailServerIncomplete(message, errors=[FieldError(name, "Field required") for name in missing])
    await refuse_host(Guard(context.settings), "server", body.server, body.port)
    sealed = seal(context.settings, body.password, SMTP_PASSWORD.place(caller.tenant_id)) if body.password else None
    return SmtpConfig(body.server, body.port, body.from_address, body.username, sealed, body.use_tls)


async def _set_server(conn: Connection, caller: Principal, body: NewConfig, config: SmtpConfig) -> None:
    before = await get_smtp_config(conn, caller.tenant_id)
    if body.password is None:
        config = config._replace(password_sealed=_kept_password(before, config))
    await put_smtp_config(conn, caller.tenant_id, config, caller.account_id)
    detail = {
        "before": _audited(before) if before else None,
        "after": _audited(config),
        "password": _password_change(before, body),
    }
    await audit.record(conn, "email", caller.tenant_id, caller, "smtp-config.changed", detail=detail)


async def _set_hold_out(conn: Connection, caller: Principal, percent: int) -> None:
    before = await get_hold_out_pct(conn, caller.tenant_id)
    if percent != before:
        await put_hold_out_pct(conn, caller.tenant_id, percent, caller.account_id)
        detail = {"before": before, "after": percent}
        await audit.record(conn, "email", caller.tenant_id, caller, "hold-out.changed", detail=detail)


def _audited(config: SmtpConfig) -> dict[str, Any]:
    """Return what the audit log records about a server: everything except its password."""
    hidden = ("password_sealed", "updated_at")
    return {name: value for name, value in config._asdict().items() if name not in hidden}


def _password_change(before: SmtpConfig | None, body: NewConfig) -> str:
    """Return what happened to the password, without revealing it."""
    if body.password:
        return "set"
    had_one = before is not None and before.password_sealed is not None
    if body.password is None:
        return "kept" if had_one else "none"
    return "removed" if had_one else "none"


def _kept_password(stored: SmtpConfig | None, requested: SmtpConfig) -> str | None:
    """Return the stored, sealed password for a request that names none.

    Nobody can read the password, so nobody may have it sent to another server, or without TLS, either.
    """
    if stored is None or stored.password_sealed is None:
        return None
    is_same = (stored.server, stored.port, stored.username) == (requested.server, requested.port, requested.username)
    if not is_same or (stored.use_tls and not requested.use_tls):
        message = "the stored password is not sent to another server, port or username, nor without TLS: give it again"
        raise PasswordNeeded(message, errors=[FieldError("password", message)])
    return stored.password_sealed


async def _shown(conn: Connection, context: ServiceContext, caller: Principal) -> Config:
    own = await get_smtp_config(conn, caller.tenant_id)
    hold_out_pct = await get_hold_out_pct(conn, caller.tenant_id)
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
            hold_out_pct=hold_out_pct,
        )
    # The installation's server and username are private to its operator. The sender is not: it is in every report.
    return Config(
        source="default" if context.settings.default_smtp_server else "none",
        server=None,
        port=None,
        from_address=context.settings.default_from_email,
        username=None,
        use_tls=None,
        has_password=False,
        updated_at=None,
        hold_out_pct=hold_out_pct,
    )
