"""How much is to be told, and in which language: tables `insights.alert_setting` and, of single people, `recipient`."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from common.db import Connection


class RecipientSetting(NamedTuple):
    """How many alerts a week one person of the company wants, since when, and from which share of the total on."""

    account_id: UUID
    alerts_per_week: int
    least_impact_pct: Decimal
    since: datetime | None = None


class AlertSettings(NamedTuple):
    """Those of a company, and of the people who want others.

    `language` None: the country's. `since` is when so many were first wanted; None: as long as anything is judged.
    `is_chosen`: somebody said how many.
    """

    alerts_per_week: int = 7
    least_impact_pct: Decimal = Decimal(1)
    language: str | None = None
    recipients: Sequence[RecipientSetting] = ()
    since: datetime | None = None
    is_chosen: bool = False


async def get_alert_settings(connection: Connection, tenant_id: UUID) -> AlertSettings:
    """The tenant's settings, or the defaults; who is no member any more, or is held to branches now, has none."""
    company = await connection.fetchrow(
        "select alerts_per_week, least_impact_pct, language, since from insights.alert_setting where tenant_id = $1",
        tenant_id,
    )
    rows = await connection.fetch(
        "select r.account_id, r.alerts_per_week, r.least_impact_pct, r.since from insights.recipient r"
        " join auth.membership m on m.tenant_id = r.tenant_id and m.account_id = r.account_id"
        " where r.tenant_id = $1 and m.joined_at is not null and m.role <> 'rep' order by r.account_id",
        tenant_id,
    )
    settings = AlertSettings(**company, is_chosen=True) if company else AlertSettings()
    return settings._replace(recipients=[RecipientSetting(*row) for row in rows])


async def get_addresses(connection: Connection, tenant_id: UUID) -> dict[UUID, str]:
    """Who may be a recipient, each with the address that the auth service knows: members held to no branches."""
    rows = await connection.fetch("select account_id, email from auth.readers_of_company($1)", tenant_id)
    return {row["account_id"]: row["email"] for row in rows}


async def set_alert_settings(connection: Connection, tenant_id: UUID, settings: AlertSettings, by: UUID) -> None:
    """Write all of them; who has none any more is told what the company is."""
    await connection.execute(
        "insert into insights.alert_setting as s"
        " (tenant_id, alerts_per_week, least_impact_pct, language, updated_by, updated_at, since)"
        " select $1, $2::smallint, $3, $4, $5, now(), case when $2 <> $6::smallint then now() end"
        " on conflict (tenant_id) do update set alerts_per_week = excluded.alerts_per_week,"
        " least_impact_pct = excluded.least_impact_pct, language = excluded.language,"
        " updated_by = excluded.updated_by, updated_at = excluded.updated_at,"
        " since = case when s.alerts_per_week = excluded.alerts_per_week then s.since else excluded.updated_at end",
        tenant_id,
        settings.alerts_per_week,
        settings.least_impact_pct,
        settings.language,
        by,
        AlertSettings().alerts_per_week,
    )
    await _set_recipients(connection, tenant_id, settings.recipients, by)


async def _set_recipients(
    connection: Connection, tenant_id: UUID, recipients: Sequence[RecipientSetting], by: UUID
) -> None:
    wanted = [one.account_id for one in recipients]
    await connection.execute(
        "delete from insights.recipient where tenant_id = $1 and account_id <> all($2)", tenant_id, wanted
    )
    kept = await connection.fetch("select account_id from insights.recipient where tenant_id = $1", tenant_id)
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
        *([getattr(one, name) for one in recipients] for name in RecipientSetting._fields[:3]),
        by,
    )
    new = set(wanted) - {row["account_id"] for row in kept}
    await _show_what_the_company_is_shown(connection, tenant_id, sorted(new))


async def _show_what_the_company_is_shown(connection: Connection, tenant_id: UUID, accounts: list[UUID]) -> None:
    """Who was told what the company is keeps that, and is told of none of it again."""
    await connection.execute(
        "insert into insights.shown_to (tenant_id, account_id, insight_id, is_shown, told_at)"
        " select $1, a.account_id, i.insight_id, true, i.told_at"
        " from unnest($2::uuid[]) as a (account_id) join insights.insight i on i.tenant_id = $1 and i.is_shown"
        " on conflict do nothing",
        tenant_id,
        accounts,
    )


async def drop_strangers(connection: Connection, tenant_id: UUID) -> None:
    """Drop the settings of who left the company, or is held to branches now, with what they were shown."""
    await connection.execute(
        "delete from insights.recipient r where r.tenant_id = $1 and not exists ("
        "select from auth.membership m where m.tenant_id = $1 and m.account_id = r.account_id"
        " and m.joined_at is not null and m.role <> 'rep')",
        tenant_id,
    )
