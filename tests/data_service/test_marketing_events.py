"""What writes of leads, contracts, ads and campaigns tell of: in their own transaction, and nothing of what stays."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.data_service.store.ads.ad_accounts import keep_time_zone
from services.data_service.store.ads.ad_objects import AdObject, end_unseen_objects, keep_ad_objects
from services.data_service.store.ads.ad_performance import record_ad_performance
from services.data_service.store.ads.campaigns import keep_in_step
from services.data_service.store.events.marketing_batches import announce_marketing
from services.data_service.store.syncs.sources import remove_source
from tests.data_service.ads import ad_day, connect_source, platform_campaign
from tests.data_service.files.uploads import imported, lines, previewed
from tests.data_service.harness import Data
from tests.data_service.marketing import (
    Touched,
    backend_of,
    events,
    record,
    record_leads,
    touched,
    wait_until_it_blocks,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize(
    ("kind", "rows", "expected"),
    [
        (
            "leads",
            ("lead_id,created_at", "L1,2026-03-01", "L2,2026-03-02"),
            Touched(lead_days=("2026-03-01", "2026-03-02")),
        ),
        ("contracts", ("contract_id,lead_id,signed_at,amount", "C1,L1,2026-03-01,5"), Touched(lead_ids=("L1",))),
        (
            "campaign-performance",
            ("date,platform,campaign_id,campaign_name,impressions,clicks,spend", "2026-03-01,meta,C1,Spring,9,1,2.5"),
            Touched(ad_days=("2026-03-01",), campaigns=True),
        ),
    ],
)
async def test_an_import_is_completed_once_the_answers_include_what_it_touched(
    data: Data, kind: str, rows: tuple[str, ...], expected: Touched
):
    company = await data.company()
    job = await imported(data, company, kind, lines(*rows))
    assert (job["status"], await touched(data, company)) == ("completed", expected)


async def test_a_preview_or_the_same_file_again_tells_nothing(data: Data):
    company = await data.company()
    content = lines("lead_id,created_at", "L1,2026-03-01")
    for number in range(2):
        await previewed(data, company, "leads", content)
        assert await events(data, company) == []
        await imported(data, company, "leads", content)
        assert len(await events(data, company)) == (1 if number == 0 else 0)


async def test_leads_and_contracts_are_told_of_as_they_are_and_as_they_were(data: Data):
    company = await data.company()
    leads = ("lead_id", "created_day", "created_at", "name", "attributes")
    contracts = ("contract_id", "lead_id", "signed_day", "amount", "status", "attributes")
    steps: list[tuple[str, tuple[str, ...], tuple[str, ...], Touched]] = [
        ("lead", leads, ("L1", "2026-03-01", "", "Ann", "{}"), Touched(lead_days=("2026-03-01",))),
        ("lead", leads, ("L1", "2026-03-01", "", "Ann", "{}"), Touched()),
        ("lead", leads, ("L1", "2026-03-01", "", "Anna", "{}"), Touched(lead_days=("2026-03-01",))),
        # Half past four in UTC is the day before in Chicago, whatever zone the row was read in.
        (
            *("lead", leads, ("L1", "2026-03-06", "2026-03-06T04:30:00Z", "Anna", "{}")),
            Touched(lead_days=("2026-03-01", "2026-03-05")),
        ),
        ("contract", contracts, ("C1", "L1", "2026-03-01", "5", "signed", "{}"), Touched(lead_ids=("L1",))),
        ("contract", contracts, ("C1", "L1", "2026-03-01", "5.00", "signed", "{}"), Touched()),
        ("contract", contracts, ("C1", "L9", "2026-03-01", "5", "signed", "{}"), Touched(lead_ids=("L1", "L9"))),
        ("contract", contracts, ("C1", "L9", "2026-03-01", "5", "cancelled", "{}"), Touched(lead_ids=("L9",))),
    ]
    for table, columns, row, expected in steps:
        async with data.context.db.tenant(company.tenant_id) as connection:
            await record(connection, company.tenant_id, table, columns, row)
        assert await touched(data, company) == expected, row


async def test_what_a_connected_source_says_is_told_and_what_leaves_before_it(data: Data):
    company = await data.company()
    tenant_id, job_id = company.tenant_id, uuid4()
    first, second = [await connect_source(data.admin, tenant_id, kind) for kind in ("meta_ads", "ga4")]
    by_name = ad_day("Spring", 3, campaign_name="Spring", account_id="")
    steps: list[tuple[list[Any], UUID | None, tuple[str, ...]]] = [
        ([by_name, ad_day(day=4)], None, ("2026-11-03", "2026-11-04")),
        # A file's rows of the same days give way; the one that says the same only changes hands.
        ([ad_day("C7", 3, campaign_name="Spring"), ad_day(day=4)], first, ("2026-11-03",)),
        ([ad_day(day=4, spend="99"), ad_day(day=5)], second, ("2026-11-05",)),  # (who came first has the fourth)
        ([ad_day(day=4, spend="99")], None, ()),
    ]
    for rows, source_id, days in steps:
        async with data.context.db.tenant(tenant_id) as connection:
            await record_ad_performance(connection, tenant_id, rows, source_id, job_id)
        assert await touched(data, company) == Touched(ad_days=days), rows
    kept = [
        ([platform_campaign()], True),
        ([platform_campaign(status="paused", budget=None)], False),
        ([platform_campaign(name="Another")], True),
    ]
    for campaigns, is_told in kept:
        async with data.context.db.tenant(tenant_id) as connection:
            await keep_in_step(connection, tenant_id, campaigns, first, job_id)
        assert await touched(data, company) == Touched(campaigns=is_told), campaigns


async def test_ads_and_ad_sets_are_told_of_where_leads_may_join_by_them_otherwise(data: Data):
    company = await data.company()
    tenant_id = company.tenant_id
    source_id = await connect_source(data.admin, tenant_id)
    ad = AdObject("ad", "A1", "S1", "Lamp", "ACTIVE", {"n": 1})
    steps = [
        (ad, True),
        (ad, False),
        (ad._replace(status="PAUSED", said={"n": 2}), False),
        (ad._replace(name="Shade", said={"n": 3}), True),
        (ad._replace(name="Shade", parent_id="S2", said={"n": 4}), True),
        (None, True),
        (ad._replace(name="Shade", parent_id="S2", said={"n": 4}), True),
    ]
    for one, is_told in steps:
        async with data.context.db.tenant(tenant_id) as connection:
            if one is None:
                await end_unseen_objects(connection, tenant_id, source_id, "ad", [])
            else:
                await keep_ad_objects(connection, tenant_id, source_id, [one])
        assert await touched(data, company) == Touched(campaigns=is_told), one
    for is_told in (True, False):  # (its objects go with it)
        async with data.context.db.tenant(tenant_id) as connection:
            await remove_source(connection, tenant_id, source_id)
        assert await touched(data, company) == Touched(campaigns=is_told)


async def test_the_clock_of_an_ad_account_is_told_of_where_it_is_new_or_another(data: Data):
    company = await data.company()
    tenant_id, job_id = company.tenant_id, uuid4()
    for account, zone, is_told in (
        ("1", "Europe/Berlin", True),
        ("1", "Europe/Berlin", False),
        ("1", "Asia/Tokyo", True),
        ("2", "Asia/Tokyo", True),
        # (of one that the database does not know, what was known stays)
        ("2", "Mars/Olympus", False),
        ("3", "Mars/Olympus", False),
    ):
        async with data.context.db.tenant(tenant_id) as connection:
            await keep_time_zone(connection, tenant_id, "meta", account, zone, job_id)
        assert await touched(data, company) == Touched(ledger=is_told), (account, zone)
    kept = "select account_id, time_zone from data.ad_account where tenant_id = $1"
    assert dict(await data.admin.fetch(kept, tenant_id)) == {"1": "Asia/Tokyo", "2": "Asia/Tokyo"}


async def test_a_shop_that_goes_takes_what_it_said_of_refunds_along(data: Data):
    company = await data.company()
    source_id = await connect_source(data.admin, company.tenant_id, "woocommerce")
    for is_told in (True, False):
        async with data.context.db.tenant(company.tenant_id) as connection:
            await remove_source(connection, company.tenant_id, source_id)
        assert await touched(data, company) == Touched(ledger=is_told)


async def test_campaigns_made_by_hand_are_told_of_where_their_words_change(data: Data):
    company = await data.company()
    made = await data.api.post("/api/campaigns", json={"name": "Spring", "platform": "meta"}, headers=company.headers)
    assert await touched(data, company) == Touched(campaigns=True)
    path = f"/api/campaigns/{made.json()['id']}"
    for change, is_told in (({"status": "paused", "name": "Spring"}, False), ({"name": "Easter"}, True)):
        answer = await data.api.put(path, json=change, headers=company.headers)
        assert (answer.status_code, await touched(data, company)) == (200, Touched(campaigns=is_told))
    assert (await data.api.delete(path, headers=company.headers)).status_code == 204
    assert await touched(data, company) == Touched(campaigns=True)


async def test_many_leads_are_told_of_in_pieces_that_each_are_a_batch(data: Data):
    company = await data.company()
    ids = [f"{number:05}{'x' * 100}" for number in range(10_001)]
    async with data.context.db.tenant(company.tenant_id) as connection:
        await announce_marketing(
            connection, company.tenant_id, None, 10_001, lead_days=[date(2026, 3, 1)], lead_ids=ids, campaigns=True
        )
    told = await events(data, company)
    assert sorted(lead for event in told for lead in event.lead_ids) == ids
    assert max(len(event.lead_ids) for event in told) < 10_000
    assert [(event.lead_days, event.campaigns) for event in told if event.lead_days] == [(["2026-03-01"], True)]
    assert len({event.batch_id for event in told}) == len(told)


async def test_of_two_restatements_at_once_each_tells_the_day_that_the_other_left(data: Data):
    company = await data.company()
    db, tenant_id = data.context.db, company.tenant_id
    async with db.tenant(tenant_id) as connection:
        await record_leads(connection, tenant_id, ("L1", "2026-03-01"))
    await events(data, company)

    async def restate() -> None:
        async with db.tenant(tenant_id) as connection:
            await record_leads(connection, tenant_id, ("L1", "2026-03-09"))

    async with db.tenant(tenant_id) as connection:
        await record_leads(connection, tenant_id, ("L1", "2026-03-05"))
        other = asyncio.ensure_future(restate())
        await wait_until_it_blocks(data, await backend_of(connection))
    await other
    told = sorted(event.lead_days for event in await events(data, company))
    assert told == [["2026-03-01", "2026-03-05"], ["2026-03-05", "2026-03-09"]]


async def test_a_writer_that_dies_before_its_commit_leaves_neither_rows_nor_words_nor_its_turn(data: Data):
    company = await data.company()
    db, tenant_id = data.context.db, company.tenant_id
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)):
        async with db.tenant(tenant_id) as connection:
            await record_leads(connection, tenant_id, ("L1", "2026-03-01"))
            await data.admin.execute("select pg_terminate_backend($1, 5000)", await backend_of(connection))
    for table in ("lead", "batch", "outbox"):
        assert await data.admin.fetchval(f"select count(*) from data.{table} where tenant_id = $1", tenant_id) == 0
    async with db.tenant(tenant_id) as connection:
        await record_leads(connection, tenant_id, ("L1", "2026-03-02"))
    assert await touched(data, company) == Touched(("2026-03-02",))
