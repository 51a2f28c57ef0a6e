"""How much is to be told: table `insights.alert_setting`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from common.db import Connection

# The recipient of the company's own setting.
_COMPANY = ""


class RecipientSetting(NamedTuple):
    """How many alerts a week one recipient wants, and from which share of the total on."""

    recipient: str
    alerts_per_week: int
    least_impact_pct: Decimal


class AlertSettings(NamedTuple):
    """Those of a company, and of the recipients that want others."""

    alerts_per_week: int = 7
    least_impact_pct: Decimal = Decimal(1)
    recipients: Sequence[RecipientSetting] = ()


async def get_alert_settings(connection: Connection, tenant_id: UUID) -> AlertSettings:
    """The tenant's settings, or the defaults."""
    rows = await connection.fetch(
        "select recipient, alerts_per_week, least_impact_pct from insights.alert_setting"
        " where tenant_id = $1 order by recipient",
        tenant_id,
    )
    kept = {row["recipient"]: RecipientSetting(*row) for row in rows}
    company = kept.pop(_COMPANY, None)
    settings = AlertSettings(*company[1:]) if company else AlertSettings()
    return settings._replace(recipients=list(kept.values()))


async def set_alert_settings(connection: Connection, tenant_id: UUID, settings: AlertSettings, by: UUID) -> None:
    """Write all of them; who has none any more is told what the company is."""
    company = RecipientSetting(_COMPANY, settings.alerts_per_week, settings.least_impact_pct)
    wanted = [company, *settings.recipients]
    names = [one.recipient for one in wanted]
    await connection.execute(
        "delete from insights.alert_setting where tenant_id = $1 and recipient <> all($2)", tenant_id, names
    )
    await connection.execute(
        "insert into insights.alert_setting"
        " (tenant_id, recipient, alerts_per_week, least_impact_pct, updated_by, updated_at)"
        " select $1, w.recipient, w.alerts, w.least, $5, now()"
        " from unnest($2::text[], $3::smallint[], $4::numeric[]) as w (recipient, alerts, least)"
        " on conflict (tenant_id, recipient) do update set alerts_per_week = excluded.alerts_per_week,"
        " least_impact_pct = excluded.least_impact_pct, updated_by = excluded.updated_by,"
        " updated_at = excluded.updated_at",
        tenant_id,
        names,
        [one.alerts_per_week for one in wanted],
        [one.least_impact_pct for one in wanted],
        by,
    )
