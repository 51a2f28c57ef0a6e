"""Alert settings of companies and their recipients: tables `insights.alert_setting` and `insights.recipient`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class RecipientSetting(NamedTuple):
    """A recipient's own setting: alerts a week, the least impact as a percentage of the total, and since when."""

    account_id: UUID
    alerts_per_week: int
    least_impact_pct: Decimal
    since: datetime | None = None


class AlertSettings(NamedTuple):
    """A company's settings, and those of recipients who want others.

    `language` is None for the country's language. `since` is when the present number of alerts was set; None if it has
    held since anything was judged. `is_chosen` says whether somebody chose the number.
    """

    alerts_per_week: int = 7
    least_impact_pct: Decimal = Decimal(1)
    language: str | None = None
    recipients: Sequence[RecipientSetting] = ()
    since: datetime | None = None
    is_chosen: bool = False


async def get_alert_settings(connection: Connection, tenant_id: UUID) -> AlertSettings:
    """Return the tenant's settings, or the defaults.

    Former members, and members who are held to branches now, are left out of the recipients.
    """
    company = await connection.fetchrow(
        "select coalesce(alerts_per_week, $2) as alerts_per_week, least_impact_pct, language, since,"
        " alerts_per_week is not null as is_chosen from insights.alert_setting where tenant_id = $1",
        tenant_id,
        AlertSettings().alerts_per_week,
    )
    rows = await connection.fetch(
        "select r.account_id, r.alerts_per_week, r.least_impact_pct, r.since from insights.recipient r"
        " join auth.membership m on m.tenant_id = r.tenant_id and m.account_id = r.account_id"
        " where r.tenant_id = $1 and m.joined_at is not null and m.role <> 'rep' order by r.account_id",
        tenant_id,
    )
    settings = AlertSettings(**company) if company else AlertSettings()
    return settings._replace(recipients=[RecipientSetting(*row) for row in rows])


async def get_addresses(connection: Connection, tenant_id: UUID) -> dict[UUID, str]:
    """Return the addresses of those who may be recipients, by account: the members who are not held to branches."""
    rows = await connection.fetch("select account_id, email from auth.readers_of_company($1)", tenant_id)
    return {row["account_id"]: row["email"] for row in rows}


async def set_alert_settings(connection: Connection, tenant_id: UUID, settings: AlertSettings, by: UUID) -> None:
    """Replace all settings. A recipient who is left out is shown what the company is shown from now on."""
    await connection.execute(
        "insert into insights.alert_setting as s"
        " (tenant_id, alerts_per_week, least_impact_pct, language, updated_by, updated_at, since)"
        " select $1, $2::smallint, $3, $4, $5, now(), case when $2 is not null then now() end"
        " on conflict (tenant_id) do update set alerts_per_week = excluded.alerts_per_week,"
        " least_impact_pct = excluded.least_impact_pct, language = excluded.language,"
        " updated_by = excluded.updated_by, updated_at = excluded.updated_at,"
        " since = case when s.alerts_per_week = excluded.alerts_per_week then s.since else excluded.since end",
        tenant_id,
        settings.alerts_per_week if settings.is_chosen else None,
        settings.least_impact_pct,
        settings.language,
        by,
    )
    await _set_recipients(connection, tenant_id, settings.recipients, by)


async def _set_recipients(
    connection: Connection, tenant_id: UUID, recipients: Sequence[RecipientSetting], by: UUID
) -> None:
    wanted = [recipient.account_id for recipient in recipients]
    await connection.execute(
        "delete from insights.recipient where tenant_id = $1 and account_id <> all($2)", tenant_id, wanted
    )
    present = await connection.fetch("select account_id from insights.recipient where tenant_id = $1", tenant_id)
    await connection.execute(
        "insert into insights.recipient as r"
        " (tenant_id, account_id, alerts_per_week, least_impact_pct, since, updated_by, updated_at)"
        " select $1, w.account_id, w.alerts, w.least, now(), $5, now()"
        " from unnest($2::uuid[], $3::smallint[], $4::numeric[]) as w (account_id, alerts, least)"
        " on conflict (tenant_id, account_id) do update set alerts_per_week = excluded.alerts_per_week,"
        " least_impact_pct = excluded.least_impact_pct, updated_by = excluded.updated_by,"
        " updated_at = excluded.updated_at,"
        " since = case when r.alerts_per_week = excluded.alerts_per_week then r.since else excluded.since end",
        tenant_id,
        *([getattr(recipient, name) for recipient in recipients] for name in RecipientSetting._fields[:3]),
        by,
    )
    new = set(wanted) - {row["account_id"] for row in present}
    await _copy_company_insights(connection, tenant_id, sorted(new))


async def _copy_company_insights(connection: Connection, tenant_id: UUID, accounts: list[UUID]) -> None:
    """Show new recipients what the company is shown, and mark it as announced to them as it was to the company."""
    await connection.execute(
        "insert into insights.shown_to (tenant_id, account_id, insight_id, is_shown, told_at)"
        " select $1, a.account_id, i.insight_id, true, i.told_at"
        " from unnest($2::uuid[]) as a (account_id) join insights.insight i on i.tenant_id = $1 and i.is_shown"
        " on conflict do nothing",
        tenant_id,
        accounts,
    )


async def delete_former_recipients(connection: Connection, tenant_id: UUID) -> None:
    """Delete the settings of those who left the company or are held to branches now, with what they were shown."""
    await connection.execute(
        "delete from insights.recipient r where r.tenant_id = $1 and not exists ("
        "select from auth.membership m where m.tenant_id = $1 and m.account_id = r.account_id"
        " and m.joined_at is not null and m.role <> 'rep')",
        tenant_id,
    )
