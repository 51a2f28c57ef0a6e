from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from common.clock import now
from services.data_service.store.ads.ad_performance import record_ad_performance
from services.data_service.store.syncs.sources import add_unknown_fields, set_flags
from tests.data_service.ads import ad_day, connect_source
from tests.data_service.harness import Company, Data

pytestmark = pytest.mark.asyncio(loop_scope="module")
APRIL_ADS = [ad_day(day=day)._replace(day=date(2024, 4, day)) for day in (1, 2, 3)]
APRIL: dict[str, Any] = {"date_from": "2024-04-01", "date_to": "2024-04-10"}


async def quality(data: Data, company: Company, expected: int = 200, **params: Any) -> dict[str, Any]:
    """What `GET /data/quality` answers."""
    answer = await data.api.get("/data/quality", params=params, headers=company.headers)
    assert answer.status_code == expected, answer.text
    return answer.json()


async def availability(data: Data, company: Company) -> dict[str, Any]:
    """What `GET /data/availability` answers."""
    return (await data.api.get("/data/availability", headers=company.headers)).raise_for_status().json()


async def flagged(data: Data, company: Company, source_id: UUID, stream: str, days: dict[int, dict[str, Any]]) -> None:
    """Let a source's vendor say something of days of April 2024."""
    async with data.context.db.tenant(company.tenant_id) as connection:
        for day, flags in days.items():
            await set_flags(connection, company.tenant_id, source_id, stream, date(2024, 4, day), flags)


async def test_flags_stand_by_source_stream_and_day_with_their_shares(data: Data):
    company = await data.company()
    ga4, meta = [await connect_source(data.admin, company.tenant_id, kind) for kind in ("ga4", "meta_ads")]
    # (the evening of the 4th, where the tenant is)
    await data.admin.execute(
        "update data.source set created_at = '2024-04-05 03:00+00',"
        " last_sync_at = case when source_id = $1 then timestamptz '2024-04-09 03:00+00' end where tenant_id = $2",
        ga4,
        company.tenant_id,
    )
    async with data.context.db.tenant(company.tenant_id) as connection:
        await record_ad_performance(connection, company.tenant_id, APRIL_ADS, meta)
    sampled = {"sampled": {"read": 10, "of": 40}}
    await flagged(data, company, ga4, "events", {7: sampled, 8: sampled | {"thresholded": {}}, 20: sampled})
    await flagged(data, company, meta, "insights", {3: {"incomplete": {}}})
    answer = await quality(data, company, **APRIL)
    assert [(one["day"], one["source_id"], one["stream"], one["flags"]) for one in answer["data"]] == [
        ("2024-04-08", str(ga4), "events", sampled | {"thresholded": {}}),
        ("2024-04-07", str(ga4), "events", sampled),
        ("2024-04-03", str(meta), "insights", {"incomplete": {}}),
    ]
    shares = {(one["stream"], one["flag"]): (one["days"], one["of_days"], one["share_pct"]) for one in answer["shares"]}
    # Of the days that were read: from the connection to the last sync; and those that brought anything.
    assert shares == {
        ("events", "sampled"): (2, 5, 40),
        ("events", "thresholded"): (1, 5, 20),
        ("insights", "incomplete"): (1, 3, 33.3),
    }
    paged = await quality(data, company, **APRIL, limit=2, page=2)
    assert (paged["data"], paged["total"], paged["has_more"]) == (answer["data"][2:], 3, False)
    assert (await quality(data, company, **APRIL, source_id=str(meta)))["data"] == answer["data"][2:]
    assert (await quality(data, company, **APRIL, flag="thresholded"))["total"] == 1
    assert (await quality(data, company))["data"] == []


async def test_fields_that_nobody_knows_and_how_each_source_fares_are_told(data: Data):
    company = await data.company()
    source_id = await connect_source(data.admin, company.tenant_id)
    async with data.context.db.tenant(company.tenant_id) as connection:
        await add_unknown_fields(connection, company.tenant_id, source_id, "insights", ["reels.plays"])
    await data.admin.execute(
        "update data.source set status = 'degraded', reason = 'Meta does not answer' where source_id = $1", source_id
    )
    answer = await quality(data, company)
    [field] = answer["unknown_fields"]
    assert (field["source_id"], field["stream"], field["field"]) == (str(source_id), "insights", "reels.plays")
    expected = {"id": str(source_id), "kind": "meta_ads", "status": "degraded", "reason": "Meta does not answer"}
    assert [one.items() >= expected.items() for one in answer["sources"]] == [True]
    assert answer["sources"] == (await availability(data, company))["sources"]


async def test_imports_that_left_lines_out_are_told_of(data: Data):
    company = await data.company()
    await data.imported(company, "users", b"user_id,email\nu1,u1@example.com\n")
    job = await data.imported(company, "users", b"user_id,email\nu2,u2@example.com\n,nobody@example.com\n")
    [rejecting] = (await quality(data, company))["rejecting_imports"]
    assert (rejecting["job_id"], rejecting["kind"], rejecting["rejected"]) == (job["job_id"], "users", 1)
    assert (await quality(data, company, **APRIL))["rejecting_imports"] == []


async def test_refused_hits_of_the_measurement_protocol_are_counted(data: Data):
    company = await data.company()
    source_id = await connect_source(data.admin, company.tenant_id, "measurement_protocol")
    await data.admin.execute(
        "insert into data.hit_count"
        " (tenant_id, source_id, day, hits, taken, duplicates, superseded, refused, last_hit_at)"
        " select $1, $2, day, 10, 8, 1, 2, 3, '2024-04-05 12:00+00'"
        " from unnest(array['2024-04-04', '2024-04-05', '2024-05-01']::date[]) day",
        *(company.tenant_id, source_id),
    )
    expected = {"source_id": str(source_id), "hits": 20, "taken": 16, "duplicates": 2, "superseded": 4, "refused": 6}
    assert (await quality(data, company, **APRIL))["hits"] == [expected]
    [stream] = (await availability(data, company))["streams"]
    assert (stream["stream"], stream["origin"], stream["rows"]) == ("events", "measurement_protocol", 24)


async def test_availability_tells_of_ads_by_platform_and_source(data: Data):
    company = await data.company()
    source_id = await connect_source(data.admin, company.tenant_id)
    async with data.context.db.tenant(company.tenant_id) as connection:
        told = [ad_day(campaign, day=day) for campaign in ("C1", "C2") for day in (1, 2, 6)]
        await record_ad_performance(connection, company.tenant_id, told, source_id)
        of_a_file = [ad_day(platform="shopee", account_id="", day=day) for day in (3, 4)]
        await record_ad_performance(connection, company.tenant_id, of_a_file, None)
    answer = await availability(data, company)
    assert [one["rows"] for one in answer["data"]] == [0] * 7
    meta, shopee = answer["streams"]
    age = now() - datetime.fromisoformat(meta.pop("last_row_at"))
    assert age < timedelta(minutes=1)
    assert meta == {
        "stream": "ads",
        "origin": "meta",
        "source_id": str(source_id),
        "source_name": "Ads",
        "first_day": "2026-11-01",
        "last_day": "2026-11-06",
        "rows": 6,
        "age_hours": 0,
        "missing_days": 3,
        "gaps": [{"from_day": "2026-11-03", "to_day": "2026-11-05"}],
    }
    assert (shopee["origin"], shopee["source_id"], shopee["rows"], shopee["gaps"]) == ("shopee", None, 2, [])


async def test_availability_tells_of_orders_in_days_of_the_tenant(data: Data):
    company = await data.company()
    source_id = await connect_source(data.admin, company.tenant_id, "woocommerce")
    await data.admin.execute(
        "insert into data.shop_order (tenant_id, source_id, order_id, number, transaction_id, status, total, total_tax,"
        " shipping_total, discount_total, created_at, modified_at, lines, extra)"
        " select $1, $2, number, number, number, 'processing', 1, 0, 0, 0, made::timestamptz,"
        " '2024-04-09 10:00+00', '[]', '{}'"
        " from unnest(array['2024-04-05 04:59+00', '2024-04-05 05:00+00', '2024-04-08 12:00+00'])"
        " with ordinality as o (made, place), lateral (select place::text as number) n",
        *(company.tenant_id, source_id),
    )
    [orders] = (await availability(data, company))["streams"]
    assert (orders["stream"], orders["origin"], orders["rows"]) == ("orders", "woocommerce", 3)
    assert (orders["first_day"], orders["last_day"], orders["missing_days"]) == ("2024-04-04", "2024-04-08", 2)
    assert orders["last_row_at"] == "2024-04-09T10:00:00Z"


async def test_availability_tells_of_leads_and_contracts(data: Data):
    company = await data.company()
    leads = b"lead_id,created_at\nL1,2024-04-05\nL2,2024-04-05\nL3,2024-04-07\n"
    await data.imported(company, "leads", leads)
    await data.imported(company, "contracts", b"contract_id,lead_id,signed_at,amount\nK1,L1,2024-04-09,100\n")
    found = {one["stream"]: one for one in (await availability(data, company))["streams"]}
    assert [(found[of]["first_day"], found[of]["last_day"], found[of]["rows"]) for of in ("leads", "contracts")] == [
        ("2024-04-05", "2024-04-07", 3),
        ("2024-04-09", "2024-04-09", 1),
    ]
    assert found["leads"]["gaps"] == [{"from_day": "2024-04-06", "to_day": "2024-04-06"}]


async def test_availability_tells_which_road_has_which_days(data: Data):
    company = await data.company()
    await data.admin.execute(
        "insert into data.road_day (tenant_id, starts_at, ends_at, day, road)"
        " select $1, day, day + interval '1 day', day, case when day < '2024-04-05' then 1 else 2 end"
        " from generate_series(timestamptz '2024-04-03 00:00+00', '2024-04-06', '1 day') day",
        company.tenant_id,
    )
    export, api = (await availability(data, company))["streams"]
    assert [(one["origin"], one["first_day"], one["last_day"], one["rows"]) for one in (api, export)] == [
        ("ga4-export", "2024-04-03", "2024-04-04", None),
        ("ga4", "2024-04-05", "2024-04-06", None),
    ]


async def test_nothing_of_another_tenant_is_told(data: Data):
    owner, other = await data.company(), await data.company()
    source_id = await connect_source(data.admin, owner.tenant_id)
    await flagged(data, owner, source_id, "insights", {3: {"incomplete": {}}})
    asked: list[dict[str, Any]] = [APRIL, APRIL | {"source_id": str(source_id)}]
    for params in asked:
        answer = await quality(data, other, **params)
        assert (answer["data"], answer["total"], answer["shares"], answer["sources"]) == ([], 0, [], [])
    assert (await availability(data, other))["streams"] == []


@pytest.mark.parametrize("wrong", [{"date_from": "x"}, {"date_from": "2024-02-01", "date_to": "2024-01-01"}])
async def test_a_range_that_is_none_is_refused(data: Data, wrong: dict[str, Any]):
    await quality(data, await data.company(), expected=422, **wrong)


@pytest.mark.parametrize(("role", "expected"), [("rep", 403), ("analyst", 200)])
async def test_who_may_read_data_may_see_how_good_they_are(data: Data, role: str, expected: int):
    await quality(data, await data.company(role=role), expected=expected)
