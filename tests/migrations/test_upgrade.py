import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from pydantic import SecretStr

from common.db import Connection
from common.embedded.postgres import EmbeddedPostgres
from common.events.contracts.data_users_changed import UsersChanged
from common.settings import Settings
from common.testing.cluster import MigratedDatabase, PostgresCluster, embedded_postgres
from database import upgrade as upgrading
from database.clear import clear
from database.errors import DatabaseIsNewer
from database.rights import MissingRights, bootstrap_sql, ensure_database
from database.sql_files import SqlFile, SqlFileFailed
from database.upgrade import upgrade

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def test_a_second_upgrade_finds_nothing_to_do(database: MigratedDatabase) -> None:
    settings = database.settings
    done = await upgrade(settings.admin_dsn(), settings.role_password)
    assert done.before == done.after
    assert not done.applied_files


async def test_a_database_of_a_newer_version_is_left_alone_and_told_of(database: MigratedDatabase) -> None:
    settings = database.settings
    connection = await asyncpg.connect(database.superuser_dsn)
    await connection.execute("update migration.alembic_version set version_num = '9999_future'")
    with pytest.raises(DatabaseIsNewer, match=r"9999_future.*newer one"):
        await upgrade(settings.admin_dsn(), settings.role_password)
    await connection.close()


async def test_two_upgrades_at_once_both_end_well(empty_database: Settings) -> None:
    dsn, password_of = empty_database.admin_dsn(), empty_database.role_password
    first, second = await asyncio.gather(upgrade(dsn, password_of), upgrade(dsn, password_of))
    assert sorted([first.applied_files, second.applied_files]) == [False, True]


async def test_a_changed_file_is_applied_again(database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    more = SqlFile("more.sql", "create or replace function data.one() returns int language sql as $$ select 1 $$;")
    _add_file(monkeypatch, more)
    settings = database.settings
    assert (await upgrade(settings.admin_dsn(), settings.role_password)).applied_files
    connection = await asyncpg.connect(database.superuser_dsn)
    assert await connection.fetchval("select data.one()") == 1
    await connection.close()


async def test_a_server_that_goes_away_in_the_middle_is_told_of(
    empty_database: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def lose_it(driver: Connection, _: object) -> None:
        # As where the server is killed: nothing more comes from it.
        driver.terminate()
        await driver.execute("select 1")

    monkeypatch.setattr(upgrading, "set_passwords", lose_it)
    with pytest.raises(ConnectionError, match="in the middle of the upgrade, of which nothing is kept"):
        await upgrade(empty_database.admin_dsn(), empty_database.role_password)


async def test_functions_change_their_shape_and_what_rests_on_one_stays(
    database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = database.settings
    connection = await asyncpg.connect(database.superuser_dsn)
    await connection.execute(
        "set role branchwise_owner;"
        "create function data.shape(a int) returns int language sql as $$ select a $$;"
        "create function data.gone() returns int language sql as $$ select 1 $$;"
        "create function data.rested_on() returns int language sql as $$ select 7 $$;"
        "create table data.resting (a int default data.rested_on());"
    )
    body = "create or replace function data.shape(b int) returns text language sql as $$ select 'now ' || b $$;"
    _add_file(monkeypatch, SqlFile("shape.sql", body))
    assert (await upgrade(settings.admin_dsn(), settings.role_password)).applied_files
    assert await connection.fetchval("select data.shape(3)") == "now 3"
    assert await connection.fetchval("select to_regproc('data.gone')") is None
    assert await connection.fetchval("insert into data.resting values (default) returning a") == 7
    await connection.close()


async def test_a_function_that_does_not_fit_is_named_and_changes_nothing(
    database: MigratedDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = "create function data.broken() returns int language sql as $$ select missing from data.users $$;"
    _add_file(monkeypatch, SqlFile("broken.sql", body))
    settings = database.settings
    with pytest.raises(SqlFileFailed, match=r"data\.broken\(\).*missing"):
        await upgrade(settings.admin_dsn(), settings.role_password)
    connection = await asyncpg.connect(database.superuser_dsn)
    assert await connection.fetchval("select to_regproc('data.broken')") is None
    await connection.close()


async def test_users_who_are_there_already_are_told_of_so_that_search_finds_them(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = empty_database
    await _upgrade_to("0005_email", settings, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(settings.postgres_database))
    tenant_id = await connection.fetchval(
        "insert into data.users (tenant_id, user_id) select gen_random_uuid(), 'ann' returning tenant_id"
    )
    await upgrade(settings.admin_dsn(), settings.role_password)
    payload = await connection.fetchval(
        "select payload from data.outbox where tenant_id = $1 and event_type = $2", tenant_id, UsersChanged.TYPE
    )
    assert msgspec.json.decode(payload, type=UsersChanged) == UsersChanged(user_ids=["ann"])
    await connection.close()


async def test_only_users_whose_words_have_signs_that_search_ignores_are_told_of_and_the_others_texts_are_made_anew(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = empty_database
    await _upgrade_to("0014_session", settings, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(settings.postgres_database))
    tenant = UUID(int=1)
    words = {
        "ar": " شَرِكَة",
        "drawn out": " للتجـارة",
        "he": " שָׁלוֹם",
        "hyphen": " בית־ספר",
        "el": " σίσυφος",
        "arabic": " شركة",
        "hebrew": " שלום",
        "greek": " σισυφο",
        "ann": " ann",
    }
    for who, text in words.items():
        await connection.execute(
            "insert into analytics.user_search (tenant_id, user_id, words) values ($1, $2, $3)", tenant, who, text
        )
    await connection.execute(
        "insert into data.product (tenant_id, product_id, product_name) values ($1, 'p', $2)", tenant, words["ar"]
    )
    await upgrade(settings.admin_dsn(), settings.role_password)
    payloads = await connection.fetch(
        "select payload from data.outbox where tenant_id = $1 and event_type = $2", tenant, UsersChanged.TYPE
    )
    told = [user for row in payloads for user in msgspec.json.decode(row["payload"], type=UsersChanged).user_ids]
    assert sorted(told) == ["ar", "drawn out", "el", "he", "hyphen"]
    assert await connection.fetchval("select search_text from data.product") == " p شركة "
    await connection.close()


async def test_what_the_ledger_and_money_without_rates_rest_on_is_reckoned_anew_and_insights_are_due(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = empty_database
    await _upgrade_to("0006_marketing", settings, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(settings.postgres_database))
    tenant_id = await connection.fetchval(
        "insert into analytics.rollup_state (tenant_id) select gen_random_uuid() returning tenant_id"
    )
    await connection.executemany(
        "insert into analytics.unconverted_day values ($1, '2026-03-01', 'meta', $2, 'EUR', 1, 5)",
        [(tenant_id, "contracts"), (tenant_id, "ads")],
    )
    await connection.executemany(
        "insert into data.other_event (tenant_id, event_ts, event_id, batch_id, user_pseudo_id, event_name, road)"
        " values ($1, $2, gen_random_uuid(), gen_random_uuid(), 'd', $3, 1)",
        [(tenant_id, at, name) for at, name in ((AT, "refund"), (AT + timedelta(hours=1), "scroll"))],
    )
    await upgrade(settings.admin_dsn(), settings.role_password)
    dirty = await connection.fetch(
        "select is_ledger, lead_days, user_pseudo_id, min_ts, max_ts from analytics.dirty_key where tenant_id = $1",
        tenant_id,
    )
    assert {tuple(map(str, row)) for row in dirty} == {
        ("True", *("None",) * 4),
        ("None", str([date(2026, 3, 1)]), *("None",) * 3),
        ("None", "None", "d", str(AT), str(AT)),
    }
    lacking = await connection.fetch("select day, rate_day from analytics.unconverted_day")
    assert {tuple(row) for row in lacking} == {(date(2026, 3, 1), date(2026, 3, 1))}
    # Who has figures has insights from then on.
    due = await connection.fetch("select tenant_id from insights.generation where due_at <= now()")
    assert [row["tenant_id"] for row in due] == [tenant_id]
    await connection.close()


async def test_leads_of_no_campaign_that_stand_are_summed_by_month(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = empty_database
    await _upgrade_to("0006_marketing", settings, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(settings.postgres_database))
    await connection.executemany(
        "insert into analytics.fact_leads (tenant_id, day, lead_id, platform, channel, utm_source, utm_campaign,"
        " utm_id, is_paid, campaign_ref, contracts, revenue)"
        " values ('00000000-0000-0000-0000-000000000001', $1, $2, 'meta', 'email', 'fb', 'x', '', true, $3, 1, 2.5)",
        [
            (date(2026, 3, 1), "a", ""),
            (date(2026, 3, 31), "b", ""),
            (date(2026, 4, 1), "c", ""),
            (date(2026, 4, 1), "d", "one"),
        ],
    )
    await upgrade(settings.admin_dsn(), settings.role_password)
    rows = await connection.fetch("select month, utm_campaign, leads, revenue from analytics.stray_lead_month")
    assert {tuple(row) for row in rows} == {(date(2026, 3, 1), "x", 2, 5), (date(2026, 4, 1), "x", 1, 2.5)}
    await connection.close()


async def test_users_of_branches_days_that_stand_are_counted(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _upgrade_to("0011_counted_changes", empty_database, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(empty_database.postgres_database))
    await connection.execute(
        "insert into analytics.visit_day select t.id, d.device, d.day, '', l.place, d.u, l.place, 1, 0, 0, 0, 0, now()"
        " from (values (uuid '00000000-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-000000000002')) t (id)"
        " cross join (values ('d1', date '2026-03-01', 'ann'), ('d2', '2026-03-01', 'ann'),"
        " ('d3', '2026-03-01', 'bob'), ('', '2026-03-01', null), ('d1', '2026-03-02', 'ann'),"
        " ('', '2026-03-03', null)) d (device, day, u)"
        " cross join (values (''), ('N')) l (place);"
        "insert into analytics.session (tenant_id, user_pseudo_id, session_id, day, first_ts, first_id, last_ts, u,"
        " location_id, page_views, bought, task_key, channel)"
        " select distinct v.tenant_id, v.user_pseudo_id, 's', v.day, now(), gen_random_uuid(), now(), v.u, 'N', 1,"
        " false, '', 'email' from analytics.visit_day v where v.u is not null and v.day = '2026-03-01'"
        " and v.location_id = 'N';"
        "insert into analytics.day_total select distinct v.tenant_id, l.place, v.day, 1, 0, 0, 0, 0, 0, 0, 0,"
        " 0, 0, 0, 0, null::jsonb, now(), case when l.place = '' then array[9] end,"
        " case when l.place = '' then array[8] end"
        " from analytics.visit_day v cross join (values (''), ('N'), ('gone')) l (place)"
    )
    await upgrade(empty_database.admin_dsn(), empty_database.role_password)
    rows = await connection.fetch(
        "select distinct location_id, extract(day from day)::integer, fresh, second from analytics.day_total"
    )
    assert {(place, day, str(fresh), str(second)) for place, day, fresh, second in rows} == {
        *(("", day, "[9]", "[8]") for day in (1, 2, 3)),
        *(("gone", day, "None", "None") for day in (1, 2, 3)),
        *{("N", 1, "[2]", "[1]"), ("N", 2, "[1]", "[0]"), ("N", 3, "[0]", "[0]")},
    }
    await connection.close()


async def test_platforms_months_that_stand_are_summed_from_those_of_their_campaigns_and_leads(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _upgrade_to("0015_search_signs", empty_database, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(empty_database.postgres_database))
    march, tenants = date(2026, 3, 1), [UUID(int=1), UUID(int=2)]
    await connection.executemany(
        "insert into analytics.v6_campaign_roi_monthly values ($1, $2, $3, $4, 3, 1, 2.5, 10.25, 100, 7, 0.5, 4)",
        [(tenant, march, *of) for tenant in tenants for of in (("meta", "one"), ("meta", ""), ("google", "one"))],
    )
    await connection.executemany(
        "insert into analytics.fact_leads_month"
        " values ($1, $2, gen_random_uuid(), 'meta', 'email', 'fb', $3, 'one', 2, 0, 0)",
        [(tenants[0], march, is_paid) for is_paid in (True, False, True)],
    )
    await upgrade(empty_database.admin_dsn(), empty_database.role_password)
    rows = await connection.fetch("select * from analytics.platform_month")
    meta, google = ("6|2|5.0|20.50|200|14|1.0|8", "3|1|2.5|10.25|100|7|0.5|4")
    assert {(row[0], row[1], row[2], "|".join(map(str, row[3:]))) for row in rows} == {
        (tenants[0], march, "meta", f"4|{meta}"),
        (tenants[1], march, "meta", f"0|{meta}"),
        *((tenant, march, "google", f"0|{google}") for tenant in tenants),
    }
    await connection.close()


async def test_people_with_a_setting_of_their_own_keep_it_and_what_they_were_shown(
    empty_database: Settings, postgres: PostgresCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _upgrade_to("0008_insights", empty_database, monkeypatch)
    connection = await asyncpg.connect(postgres.superuser_dsn(empty_database.postgres_database))
    tenant, ann, bob = (UUID(int=n) for n in range(1, 4))
    await connection.execute(
        "insert into auth.tenant (tenant_id, name, time_zone, currency) values ($1, 'A', 'UTC', 'EUR')", tenant
    )
    for who, address, role in ((ann, "ann@a.example", "analyst"), (bob, "bob@a.example", "rep")):
        await connection.execute("insert into auth.account (account_id, email) values ($1, $2)", who, address)
        await connection.execute(
            "insert into auth.membership (tenant_id, account_id, role, joined_at) values ($1, $2, $3, now())",
            *(tenant, who, role),
        )
    for number, recipient in enumerate(("", "ann@a.example", "bob@a.example", "left@a.example"), start=1):
        await connection.execute(
            "insert into insights.alert_setting (tenant_id, recipient, alerts_per_week, least_impact_pct)"
            " values ($1, $2, $3, 5)",
            *(tenant, recipient, number),
        )
    for cause, is_shown in (("a", True), ("b", False)):
        await connection.execute(
            "insert into insights.insight (tenant_id, insight_type, rule, cause, severity, metric, title, description,"
            " evidence, score, starts_at, is_shown, told_at)"
            " values ($1, 'trend', 'r', $2, 'low', 'leads', '', '', '{}', 1, now(), $3, now())",
            *(tenant, cause, is_shown),
        )
    for grain, since in (("hour", AT), ("day", AT + timedelta(1))):
        await connection.execute(
            "insert into insights.judged (tenant_id, grain, judged_until, since) values ($1, $2, now(), $3)",
            *(tenant, grain, since),
        )
    await upgrade(empty_database.admin_dsn(), empty_database.role_password)
    settings = await connection.fetch("select alerts_per_week, least_impact_pct, language from insights.alert_setting")
    assert [tuple(row) for row in settings] == [(1, 5, None)]
    recipients = await connection.fetch("select account_id, alerts_per_week from insights.recipient")
    assert [tuple(row) for row in recipients] == [(ann, 2)]
    shown = await connection.fetch(
        "select s.account_id, i.cause, s.is_shown, s.told_at = i.told_at from insights.shown_to s"
        " join insights.insight i on i.insight_id = s.insight_id"
    )
    assert [tuple(row) for row in shown] == [(ann, "a", True, True)]
    looks = await connection.fetch("select finder, since, job_id from insights.look")
    assert [tuple(row) for row in looks] == [("series", AT, None)]
    await connection.close()


async def _upgrade_to(revision: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an earlier release did it."""
    to_revision = upgrading.command.upgrade

    def to_an_older_one(config: Any, _head: str) -> None:
        to_revision(config, revision)

    with monkeypatch.context() as before:
        before.setattr(upgrading.command, "upgrade", to_an_older_one)
        before.setattr(upgrading, "reapplied_files", list)
        await upgrade(settings.admin_dsn(), settings.role_password)


async def test_without_the_rights_the_message_names_them_and_the_way_out(
    bare: EmbeddedPostgres, tmp_path: Path
) -> None:
    await _as_superuser(bare, "create role weak login password 'of the test'; create database theirs")
    weak = _settings(bare, "weak", "theirs", tmp_path)
    with pytest.raises(MissingRights, match=r"CREATEROLE.*CREATE\).*branchwise db bootstrap --print"):
        await upgrade(weak.admin_dsn(), lambda role: role)
    with pytest.raises(MissingRights, match="may not create it"):
        await ensure_database(_settings(bare, "weak", "another", tmp_path))


async def test_a_missing_database_is_created_and_a_cleared_one_is_as_new(
    bare: EmbeddedPostgres, tmp_path: Path
) -> None:
    await _as_superuser(bare, "create role maker login createrole createdb password 'of the test'")
    settings = _settings(bare, "maker", "made", tmp_path)
    await ensure_database(settings)
    await ensure_database(settings)
    done = await upgrade(settings.admin_dsn(), settings.role_password)
    await clear(settings.admin_dsn())
    await clear(settings.admin_dsn())
    again = await upgrade(settings.admin_dsn(), settings.role_password)
    assert (again.before, again.after, again.applied_files) == (None, done.after, True)


async def test_what_bootstrap_prints_is_enough_for_an_upgrade_without_an_error_in_the_servers_log(
    bare: EmbeddedPostgres,
) -> None:
    await _as_superuser(bare, bootstrap_sql("migrator", "of the test", "ours"))
    dsn = f"postgresql://migrator:of%20the%20test@{bare.host}:{bare.port}/ours"
    assert (await upgrade(dsn, lambda role: role)).applied_files
    assert not (await upgrade(dsn, lambda role: role)).applied_files
    service = await asyncpg.connect(
        host=bare.host, port=bare.port, user="branchwise_data", password="branchwise_data", database="ours"
    )
    await service.close()
    log = bare.log.read_text(encoding="utf-8").splitlines()
    assert [line for line in log if "ERROR:" in line] == []
    assert [line for line in log if "ready to accept connections" in line]


async def test_bootstrap_never_prints_the_password() -> None:
    assert "of the test" not in bootstrap_sql("migrator", "of the test", "theirs")


@pytest.fixture
def bare() -> Iterator[EmbeddedPostgres]:
    """A server on which nothing of ours was ever made."""
    with embedded_postgres() as server:
        yield server


async def _as_superuser(server: EmbeddedPostgres, script: str) -> None:
    connection = await asyncpg.connect(
        host=server.host, port=server.port, user=server.user, password=server.password, database="postgres"
    )
    # One by one: a database is not created inside a transaction, and a script is one.
    lines = [line for line in script.splitlines() if not line.startswith("--")]
    for statement in "\n".join(lines).split(";"):
        if statement.strip():
            await connection.execute(statement)
    await connection.close()


def _settings(server: EmbeddedPostgres, user: str, database: str, home: Path) -> Settings:
    return Settings(
        branchwise_home=home,
        postgres_host=server.host,
        postgres_port=server.port,
        postgres_user=user,
        postgres_password=SecretStr("of the test"),
        postgres_database=database,
    )


def _add_file(monkeypatch: pytest.MonkeyPatch, file: SqlFile) -> None:
    usual = upgrading.reapplied_files

    def more() -> list[SqlFile]:
        return [*usual(), file]

    monkeypatch.setattr(upgrading, "reapplied_files", more)
